import { type KeyObject, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import { GatewayError } from '../errors.js';
import { rowOf, SIGNATURES, type SignatureRow } from './algorithms.js';
import { requireRsa } from './rsa-key.js';

/**
 * Whether `signature` is the key's signature over `data`. The key's kind is checked against the algorithm and never
 * chosen by it (security.md C1).
 *
 * @throws GatewayError `crypto.algorithm`; `crypto.key` for a key of another kind
 */
export function verifySignature(
  algorithm: string,
  publicKey: KeyObject,
  data: string | Uint8Array,
  signature: Buffer,
): boolean {
  const row = rowOf(SIGNATURES, algorithm);
  requireKind(row, publicKey, 'public');
  return nodeVerify(row.hash, octets(data), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
}

/** @throws GatewayError `crypto.algorithm`, `crypto.key` */
export function sign(algorithm: string, privateKey: KeyObject, data: string | Uint8Array): Buffer {
  const row = rowOf(SIGNATURES, algorithm);
  requireKind(row, privateKey, 'private');
  return nodeSign(row.hash, octets(data), { key: privateKey, dsaEncoding: 'ieee-p1363' });
}

/** XML Signature §6.4 writes r ‖ s (ieee-p1363), not DER; RSA ignores it. */
function octets(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : data;
}

function requireKind(row: SignatureRow, key: KeyObject, type: 'public' | 'private'): void {
  if (row.keyType === 'rsa') requireRsa(key, type);
  else if (key.type !== type || key.asymmetricKeyType !== 'ec') {
    throw new GatewayError('crypto.key', `not an EC ${type} key`, { type: key.type, kind: key.asymmetricKeyType });
  }
}
