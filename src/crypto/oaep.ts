import { hash, randomBytes } from 'node:crypto';
import type { HashRow } from './algorithms.js';

/**
 * EME-OAEP (RFC 8017 §7.1) for pairs of digest and MGF1 hash that differ, e.g. XML Encryption's rsa-oaep-mgf1p with
 * DigestMethod SHA-256 (its MGF1 stays SHA-1). Node binds both to one hash, so that these alone are decoded here, over a raw
 * RSA operation; equal pairs go to OpenSSL.
 */

/** @returns the encoded message of `size` octets, or undefined where the message is too long for it */
export function encodeOaep(
  message: Buffer,
  size: number,
  digest: HashRow,
  mgf: HashRow,
  label: Buffer,
): Buffer | undefined {
  const { length } = digest;
  const room = size - 2 * length - 2;
  if (message.length > room) return undefined;
  const encoded = Buffer.alloc(size);
  const seed = encoded.subarray(1, 1 + length);
  const block = encoded.subarray(1 + length);
  randomBytes(length).copy(seed);
  hash(digest.hash, label, 'buffer').copy(block);
  block[block.length - message.length - 1] = 1;
  message.copy(block, block.length - message.length);
  mask(block, seed, mgf);
  mask(seed, block, mgf);
  return encoded;
}

/**
 * The message, or undefined. Every octet is looked at whatever the ones before it were, and nothing but the one
 * result is told: Manger's attack needs only to learn whether the first octet was zero.
 *
 * @param encoded overwritten
 */
export function decodeOaep(encoded: Buffer, digest: HashRow, mgf: HashRow, label: Buffer): Buffer | undefined {
  const { length } = digest;
  if (encoded.length < 2 * length + 2) return undefined;
  const seed = encoded.subarray(1, 1 + length);
  const block = encoded.subarray(1 + length);
  mask(seed, block, mgf);
  mask(block, seed, mgf);
  const labelHash = hash(digest.hash, label, 'buffer');
  let wrong = encoded[0]!;
  for (let i = 0; i < length; i++) wrong |= block[i]! ^ labelHash[i]!;
  // `seeking` is 1 until the octet 0x01 that ends the padding; before it only 0x00 may stand.
  let seeking = 1;
  let start = 0;
  for (let i = length; i < block.length; i++) {
    const octet = block[i]!;
    const isOne = ((octet ^ 1) - 1) >>> 31;
    const isZero = (octet - 1) >>> 31;
    start += (i + 1) * (seeking & isOne);
    wrong |= seeking & (1 ^ isOne) & (1 ^ isZero);
    seeking &= 1 ^ isOne;
  }
  wrong |= seeking;
  return wrong === 0 ? Buffer.from(block.subarray(start)) : undefined;
}

/** XORs MGF1(seed) over `target` (RFC 8017 §B.2.1). */
function mask(target: Buffer, seed: Buffer, mgf: HashRow): void {
  const input = Buffer.concat([seed, Buffer.alloc(4)]);
  for (let counter = 0, at = 0; at < target.length; counter++, at += mgf.length) {
    input.writeUInt32BE(counter, seed.length);
    const part = hash(mgf.hash, input, 'buffer');
    const count = Math.min(part.length, target.length - at);
    for (let i = 0; i < count; i++) target[at + i]! ^= part[i]!;
  }
}
