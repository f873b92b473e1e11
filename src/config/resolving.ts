import type { X509Certificate } from 'node:crypto';
import { parseRevocationLists, type RevocationList } from '../credentials/revocation.js';
import { GatewayError } from '../errors.js';
import type { SecretSource } from './blocks.js';
import { parseCertificates, parsePrivateKey, requirePair, validity } from './certificates.js';
import { type Files, secretBytes, Unusable } from './files.js';
import type { Path } from './problems.js';
import type { ServiceCertificate } from './types.js';

/** What turns one validated file into what it means: reports, and goes on with what is left. */
export interface Resolving {
  /** The file's own name, which paths in it are relative to. */
  readonly file: string;
  readonly files: Files;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** As `now`, at any later time. */
  readonly clock: () => number;
  report(path: Path, message: string): void;
  warn(path: Path, message: string): void;
}

/** Does what may find a file unusable; then there is a problem at `path`, and no result. */
export function attempt<Result>(
  resolving: Resolving,
  path: Path,
  name: string,
  work: () => Result,
): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Unusable) resolving.report(path, `${name} ${error.message}`);
    else if (error instanceof GatewayError && error.code === 'key.invalid') resolving.report(path, error.message);
    else throw error;
    return undefined;
  }
}

export function readSecret(resolving: Resolving, path: Path, source: SecretSource): string | undefined {
  const name =
    source.fromFile === undefined
      ? `environment variable ${source.fromEnv}`
      : resolving.files.resolve(resolving.file, source.fromFile);
  const key = source.fromFile === undefined ? 'fromEnv' : 'fromFile';
  return attempt(resolving, [...path, key], name, () => resolving.files.secret(resolving.file, source));
}

export function readCertificates(
  resolving: Resolving,
  path: Path,
  name: string,
): readonly [X509Certificate, ...X509Certificate[]] | undefined {
  const file = resolving.files.resolve(resolving.file, name);
  const certificates = attempt(resolving, path, file, () => parseCertificates(resolving.files.text(file)));
  for (const certificate of certificates ?? []) {
    const problem = validity(certificate, resolving.now);
    if (problem !== undefined) resolving.warn(path, problem);
  }
  return certificates;
}

/** The revocation lists of a file, with a warning for those that are not current. */
export function readRevocationLists(resolving: Resolving, path: Path, name: string): readonly RevocationList[] {
  const file = resolving.files.resolve(resolving.file, name);
  const lists = attempt(resolving, path, file, () => {
    const parsed = parseRevocationLists(resolving.files.octets(file));
    if (typeof parsed === 'string') throw new Unusable(parsed);
    return parsed;
  });
  for (const { nextUpdate } of lists ?? []) {
    if (nextUpdate >= resolving.now) continue;
    const day = new Date(nextUpdate).toISOString().slice(0, 10);
    resolving.warn(path, `${file} ended on ${day}: certificates of its issuer are refused`);
  }
  return lists ?? [];
}

/** A certificate, its chain and its key, which must be a pair. */
export function readPair(
  resolving: Resolving,
  path: Path,
  { certificate, privateKey }: { readonly certificate: string; readonly privateKey: SecretSource },
): ServiceCertificate | undefined {
  const chain = readCertificates(resolving, [...path, 'certificate'], certificate);
  const text = readSecret(resolving, [...path, 'privateKey'], privateKey);
  const at = [...path, 'privateKey'];
  return attempt(resolving, at, 'the private key', () => {
    if (text === undefined) return undefined;
    const key = parsePrivateKey(text);
    if (chain === undefined) return undefined;
    requirePair(chain[0], key);
    return { certificate: chain[0], chain: chain.slice(1), privateKey: key };
  });
}

/** PEM as node:tls takes it. */
export function certificatesPem(certificates: readonly X509Certificate[]): Buffer {
  return Buffer.from(certificates.map((certificate) => certificate.toString()).join(''), 'latin1');
}

export function privateKeyPem({ privateKey }: ServiceCertificate): Buffer {
  return secretBytes(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}
