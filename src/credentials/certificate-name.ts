import type { X509Certificate } from 'node:crypto';
import { GatewayError } from '../errors.js';
import type { CertificateFields } from './certificate-fields.js';
import { nameProblem } from './names.js';

/** By what a certificate names its holder to the service. */
export type CertificateName = 'subject' | 'email' | 'upn' | 'issuer-serial';

/** A distinguished name on one line, in the certificate's order; commas within a value are escaped by OpenSSL. */
function oneLine(name: string | undefined): string {
  return name?.replaceAll('\n', ', ') ?? '';
}

/** Of two names, who may choose? A certificate that holds more than one of a kind names nobody. */
function only(names: readonly string[], kind: string): string {
  const [name, ...others] = names;
  if (name === undefined || others.length > 0) {
    throw new GatewayError('auth.failed', `the certificate must name one ${kind}`, { names: names.length });
  }
  return name;
}

type Reader = (certificate: X509Certificate, fields: CertificateFields) => string;

const READERS: Readonly<Record<CertificateName, Reader>> = {
  subject: ({ subject }) => oneLine(subject),
  email: (_, { emails }) => only(emails, 'e-mail address'),
  upn: (_, { upns }) => only(upns, 'user principal name'),
  'issuer-serial': ({ issuer }, { serial }) => `${oneLine(issuer)}#${BigInt(`0x${serial}`)}`,
};

/**
 * The name of a certificate's holder: `O=interop, CN=alice`, an address, a UPN, or the issuer's name, `#` and the
 * decimal serial number.
 *
 * @throws GatewayError `auth.failed` where the certificate has no such name, or one that is no name of a user
 */
export function certificateName(
  certificate: X509Certificate,
  fields: CertificateFields,
  kind: CertificateName,
): string {
  const name = READERS[kind](certificate, fields);
  const problem = nameProblem(name);
  if (problem !== undefined) throw new GatewayError('auth.failed', `in the certificate, ${problem}`, { kind });
  return name;
}
