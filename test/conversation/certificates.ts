// tsyringe, under @peculiar/x509, reads decorators' metadata and wants the polyfill loaded before it.
import 'reflect-metadata';
import { KeyObject, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]) };
const EC = { name: 'ECDSA', hash: 'SHA-256' };

const KINDS = {
  'RSA-1024': { ...RSA, modulusLength: 1024 },
  'RSA-2048': { ...RSA, modulusLength: 2048 },
  'RSA-3072': { ...RSA, modulusLength: 3072 },
  'P-256': { ...EC, namedCurve: 'P-256' },
  'P-384': { ...EC, namedCurve: 'P-384' },
  'P-521': { ...EC, namedCurve: 'P-521' },
} as const;

export type KeyKind = keyof typeof KINDS;

export interface Pair {
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
  /** PEM. */
  readonly texts: { readonly certificate: string; readonly privateKey: string };
}

/** A self-signed certificate of a fresh key. */
export async function selfSigned(kind: KeyKind): Promise<Pair> {
  const keys = (await crypto.subtle.generateKey(KINDS[kind], true, ['sign', 'verify'])) as CryptoKeyPair;
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    { name: `CN=farm ${kind}`, keys, signingAlgorithm: KINDS[kind] },
    crypto,
  );
  const certificate = made.toString('pem');
  const privateKey = KeyObject.from(keys.privateKey);
  return {
    certificate: new X509Certificate(certificate),
    privateKey,
    texts: { certificate, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string },
  };
}
