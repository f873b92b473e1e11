import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createAuthority, type Party } from './certificate-authority.js';

export { type Authority, type CertificateOptions, createAuthority, type Party } from './certificate-authority.js';

/**
 * The throw-away PKI of the interoperability runs: `ca` has issued the others; `service` is the SOAP service that
 * clients encrypt for, `alice` a client, `tls` the HTTPS listener on localhost and 127.0.0.1.
 */
export interface Pki {
  /** Where they lie as `NAME.pem` and `NAME.key` (PKCS #8). */
  readonly directory: string;
  readonly ca: Pick<Party, 'certificate'>;
  readonly service: Party;
  readonly alice: Party;
  readonly tls: Party;
}

const PARTIES = {
  service: { commonName: 'service' },
  alice: { commonName: 'alice' },
  tls: { commonName: 'localhost', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
} as const;

/**
 * The PKI in `directory`, made there first if the folder does not exist. Without a directory: one that all test files
 * of this user share for the day, because four RSA keys cost a second.
 *
 * A folder made by the interoperability scripts (`make-certs.sh`) is read as well.
 *
 * @throws Error if the folder is there and lacks a file
 */
export async function pki(directory: string = sharedDirectory()): Promise<Pki> {
  if (!existsSync(directory)) await make(directory);
  const read = (file: string): string => readFileSync(join(directory, file), 'utf8');
  const party = (name: keyof typeof PARTIES): Party => ({
    certificate: read(`${name}.pem`),
    privateKey: read(`${name}.key`),
  });
  return {
    directory,
    ca: { certificate: read('ca.pem') },
    service: party('service'),
    alice: party('alice'),
    tls: party('tls'),
  };
}

function sharedDirectory(): string {
  const day = new Date().toISOString().slice(0, 10);
  return join(tmpdir(), `sct-gateway-pki-${process.getuid?.() ?? 'user'}-${day}`);
}

/** Complete or not there at all: written beside, then renamed, since several test processes may be first at once. */
async function make(directory: string): Promise<void> {
  mkdirSync(dirname(directory), { recursive: true });
  const draft = mkdtempSync(`${directory}.`);
  const authority = await createAuthority({ commonName: 'Interop CA' });
  write(draft, 'ca', authority);
  for (const [name, options] of Object.entries(PARTIES)) write(draft, name, await authority.issue(options));
  try {
    renameSync(draft, directory);
  } catch (error) {
    rmSync(draft, { recursive: true });
    if (!existsSync(directory)) throw error;
  }
}

function write(directory: string, name: string, { certificate, privateKey }: Party): void {
  writeFileSync(join(directory, `${name}.pem`), certificate);
  writeFileSync(join(directory, `${name}.key`), privateKey, { mode: 0o600 });
}
