import { createCipheriv, createDecipheriv } from 'node:crypto';
import { GatewayError } from '../errors.js';
import { CIPHERS, type CipherRow, type GcmName, rowOf } from './algorithms.js';

const TAG_LENGTH = 16;

/** Octets of the IV that stands before the ciphertext. @throws GatewayError `crypto.algorithm` */
export function ivLength(algorithm: string): number {
  return rowOf(CIPHERS, algorithm).ivLength;
}

/**
 * XML Encryption §5.2: IV ‖ ciphertext, for GCM ‖ tag.
 *
 * @param key longer than the algorithm's: its first octets are the key
 * @param iv fresh and unpredictable for each call
 * @throws GatewayError `crypto.algorithm`, `crypto.key`
 */
export function encrypt(algorithm: string, key: Buffer, plaintext: Buffer, iv: Buffer): Buffer {
  const row = rowOf(CIPHERS, algorithm);
  const exactKey = sizedKey(row, key);
  if (iv.length !== row.ivLength) throw new GatewayError('crypto.key', 'IV has a wrong length', { length: iv.length });
  if (row.mode === 'gcm') {
    const cipher = createCipheriv(row.cipher as GcmName, exactKey, iv, { authTagLength: TAG_LENGTH });
    const body = cipher.update(plaintext);
    cipher.final();
    return Buffer.concat([iv, body, cipher.getAuthTag()]);
  }
  const padding = Buffer.alloc(row.blockLength - (plaintext.length % row.blockLength));
  padding[padding.length - 1] = padding.length;
  const cipher = createCipheriv(row.cipher, exactKey, iv);
  cipher.setAutoPadding(false);
  return Buffer.concat([iv, cipher.update(plaintext), cipher.update(padding)]);
}

/**
 * The plaintext of IV ‖ ciphertext(‖ tag). CBC padding is XML Encryption's (§5.2: the last octet counts, the others
 * may hold anything), which OpenSSL's own check would refuse.
 *
 * @param key longer than the algorithm's: its first octets are the key, as WSS4J does without derived keys
 * @throws GatewayError `crypto.decrypt`, one for every cause (security.md C4); `crypto.algorithm`, `crypto.key`
 */
export function decrypt(algorithm: string, key: Buffer, data: Buffer): Buffer {
  const row = rowOf(CIPHERS, algorithm);
  const exactKey = sizedKey(row, key);
  return row.mode === 'gcm' ? decryptGcm(row, exactKey, data) : decryptCbc(row, exactKey, data);
}

function decryptCbc(row: CipherRow, key: Buffer, data: Buffer): Buffer {
  const bodyLength = data.length - row.ivLength;
  if (bodyLength < row.blockLength || bodyLength % row.blockLength !== 0) throw undecryptable();
  const decipher = createDecipheriv(row.cipher, key, data.subarray(0, row.ivLength));
  decipher.setAutoPadding(false);
  // With whole blocks and no padding `update` returns everything: `final` would only copy.
  const padded = decipher.update(data.subarray(row.ivLength));
  const padding = padded[padded.length - 1]!;
  if (padding < 1 || padding > row.blockLength) throw undecryptable();
  return padded.subarray(0, padded.length - padding);
}

function decryptGcm(row: CipherRow, key: Buffer, data: Buffer): Buffer {
  const end = data.length - TAG_LENGTH;
  if (end < row.ivLength) throw undecryptable();
  // authTagLength: without it Node takes tags of 4 octets (security.md §0.7).
  const decipher = createDecipheriv(row.cipher as GcmName, key, data.subarray(0, row.ivLength), {
    authTagLength: TAG_LENGTH,
  });
  decipher.setAuthTag(data.subarray(end));
  const plaintext = decipher.update(data.subarray(row.ivLength, end));
  try {
    decipher.final();
  } catch {
    throw undecryptable();
  }
  return plaintext;
}

function sizedKey(row: CipherRow, key: Buffer): Buffer {
  if (key.length < row.keyLength) {
    throw new GatewayError('crypto.key', 'key is too short', { length: key.length, needed: row.keyLength });
  }
  return key.length === row.keyLength ? key : key.subarray(0, row.keyLength);
}

function undecryptable(): GatewayError {
  return new GatewayError('crypto.decrypt', 'the data does not decrypt under this key');
}
