import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { DIGESTS, MACS, rowOf } from './algorithms.js';

/** @param data a string is taken as UTF-8 @throws GatewayError `crypto.algorithm` */
export function mac(algorithm: string, key: Buffer, data: string | Uint8Array): Buffer {
  const hmac = createHmac(rowOf(MACS, algorithm).hash, key);
  return (typeof data === 'string' ? hmac.update(data, 'utf8') : hmac.update(data)).digest();
}

/**
 * Whether `expected` is the whole MAC of `data`. HMACOutputLength does not exist here: a shorter value is never
 * a match (CVE-2009-0217).
 *
 * @throws GatewayError `crypto.algorithm`
 */
export function verifyMac(algorithm: string, key: Buffer, data: string | Uint8Array, expected: Buffer): boolean {
  return equal(mac(algorithm, key, data), expected);
}

/** @param data a string is taken as UTF-8 @throws GatewayError `crypto.algorithm` */
export function digest(algorithm: string, data: string | Uint8Array): Buffer {
  return hash(rowOf(DIGESTS, algorithm).hash, data, 'buffer');
}

/** As {@link digest}, in base64. @throws GatewayError `crypto.algorithm` */
export function digestText(algorithm: string, data: string | Uint8Array): string {
  return hash(rowOf(DIGESTS, algorithm).hash, data, 'base64');
}

/** Equality in time that depends on the lengths alone: the one comparison of secrets (security.md C7). */
export function equal(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
