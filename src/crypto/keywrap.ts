import { createCipheriv, createDecipheriv } from 'node:crypto';
import { GatewayError } from '../errors.js';
import { KEY_WRAPS, type KeyWrapRow, rowOf } from './algorithms.js';

const RFC3394_IV = Buffer.alloc(8, 0xa6);
/** RFC 3217's IVs are in the algorithm: OpenSSL takes none. */
const NO_IV = null;
/** A session key; nothing longer is ever wrapped. */
const MAX_KEY = 128;

/**
 * Wraps a key under a key: RFC 3394 for AES, RFC 3217 for Triple DES (XML Encryption §5.6).
 *
 * @throws GatewayError `crypto.algorithm`, `crypto.key`
 */
export function wrapSymmetric(algorithm: string, kek: Buffer, key: Buffer): Buffer {
  const row = rowOf(KEY_WRAPS, algorithm);
  requireKek(row, kek);
  const least = row.cipher === 'des3-wrap' ? 8 : 16;
  if (key.length % 8 !== 0 || key.length < least || key.length > MAX_KEY) {
    throw new GatewayError('crypto.key', 'key cannot be wrapped', { length: key.length });
  }
  return createCipheriv(row.cipher, kek, ivOf(row)).update(key);
}

/**
 * The key that was wrapped.
 *
 * @throws GatewayError `crypto.decrypt`, one for every cause; `crypto.algorithm`, `crypto.key` for the wrapping key's length
 */
export function unwrapSymmetric(algorithm: string, kek: Buffer, data: Buffer): Buffer {
  const row = rowOf(KEY_WRAPS, algorithm);
  requireKek(row, kek);
  try {
    if (data.length % 8 !== 0 || data.length < 24 || data.length > MAX_KEY + 16) throw new RangeError('length');
    const key = createDecipheriv(row.cipher, kek, ivOf(row)).update(data);
    if (key.length === 0) throw new RangeError('empty');
    return key;
  } catch {
    throw new GatewayError('crypto.decrypt', 'the wrapped key does not unwrap under this key');
  }
}

function ivOf(row: KeyWrapRow): Buffer | null {
  return row.cipher === 'des3-wrap' ? NO_IV : RFC3394_IV;
}

function requireKek(row: KeyWrapRow, kek: Buffer): void {
  if (kek.length !== row.keyLength) {
    throw new GatewayError('crypto.key', 'wrapping key has a wrong length', {
      length: kek.length,
      needed: row.keyLength,
    });
  }
}
