import { readFileSync } from 'node:fs';
import { parseCertificates, parsePrivateKey } from '../config/certificates.js';
import { Unusable } from '../config/files.js';
import { certificateJwk } from '../conversation/certificate-key.js';
import { GatewayError, systemCode } from '../errors.js';
import { type OptionValues, text, UsageError } from './command.js';

export const PAIR_OPTIONS = { certificate: { type: 'string' }, 'private-key': { type: 'string' } } as const;
export const PAIR_HELP = `      --certificate FILE, --private-key FILE
                      PEM: seals under this certificate's key (RSA of 2048 bits or more, EC P-256 or P-384) in place of
                      a symmetric one; tokens are longer, and cost more to open`;

/**
 * The key that the command line names by its certificate, as the ring holds it.
 *
 * @returns undefined if it names none
 * @throws UsageError, GatewayError `key.invalid`
 */
export function certificateKey(values: OptionValues): Readonly<Record<string, unknown>> | undefined {
  const [certificate, privateKey] = [text(values, 'certificate'), text(values, 'private-key')];
  if (certificate === undefined && privateKey === undefined) return undefined;
  if (certificate === undefined || privateKey === undefined) {
    throw new UsageError('--certificate and --private-key are needed together');
  }
  const [first] = from(certificate, parseCertificates);
  const key = from(privateKey, parsePrivateKey);
  return certificateJwk(first, key, (reason) => new GatewayError('key.invalid', `${privateKey} ${reason}`));
}

function from<Result>(file: string, parse: (text: string) => Result): Result {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof Unusable ? error.message : `cannot be read: ${systemCode(error)}`;
    throw new GatewayError('key.invalid', `${file} ${reason}`);
  }
}
