import type { SecretSource } from './blocks.js';
import type { Path } from './problems.js';
import { certificatesPem, privateKeyPem, type Resolving, readCertificates, readPair } from './resolving.js';
import type { UpstreamTls } from './types.js';

/** What a file says of TLS to a server. */
export interface ClientTlsFile {
  readonly trust?: string | undefined;
  readonly certificate?: string | undefined;
  readonly privateKey?: SecretSource | undefined;
  readonly serverName?: string | undefined;
}

/** Reads what we trust and show where we are the client. */
export function resolveClientTls(tls: ClientTlsFile, path: Path, resolving: Resolving): UpstreamTls {
  const { certificate, privateKey, serverName } = tls;
  if ((certificate === undefined) !== (privateKey === undefined)) {
    resolving.report(path, 'certificate and privateKey are needed together');
  }
  const trust = tls.trust === undefined ? undefined : readCertificates(resolving, [...path, 'trust'], tls.trust);
  const pair =
    certificate === undefined || privateKey === undefined
      ? undefined
      : readPair(resolving, path, { certificate, privateKey });
  return {
    ...(trust === undefined ? {} : { trust: certificatesPem(trust) }),
    ...(pair === undefined
      ? {}
      : { certificate: certificatesPem([pair.certificate, ...pair.chain]), privateKey: privateKeyPem(pair) }),
    ...(serverName === undefined ? {} : { serverName }),
  };
}
