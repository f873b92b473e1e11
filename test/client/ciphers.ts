import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto';
import { DS, XENC } from './names.js';

/** The client's own cryptography, over node:crypto alone: what it says of the gateway does not hang on the gateway's code. */

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';

export const SHA1 = `${DS}sha1`;
export const SHA256 = `${XENC}sha256`;
export const HMAC_SHA1 = `${DS}hmac-sha1`;
export const HMAC_SHA256 = `${MORE}hmac-sha256`;
export const RSA_SHA1 = `${DS}rsa-sha1`;
export const RSA_SHA256 = `${MORE}rsa-sha256`;
export const RSA_OAEP = `${XENC}rsa-oaep-mgf1p`;
export const RSA_15 = `${XENC}rsa-1_5`;

const HASHES: Readonly<Record<string, string>> = {
  [SHA1]: 'sha1',
  [SHA256]: 'sha256',
  [HMAC_SHA1]: 'sha1',
  [HMAC_SHA256]: 'sha256',
  [RSA_SHA1]: 'sha1',
  [RSA_SHA256]: 'sha256',
};

const CIPHERS: Readonly<Record<string, { readonly name: string; readonly key: number; readonly block: number }>> = {
  [`${XENC}aes128-cbc`]: { name: 'aes-128-cbc', key: 16, block: 16 },
  [`${XENC}aes192-cbc`]: { name: 'aes-192-cbc', key: 24, block: 16 },
  [`${XENC}aes256-cbc`]: { name: 'aes-256-cbc', key: 32, block: 16 },
  [`${XENC}tripledes-cbc`]: { name: 'des-ede3-cbc', key: 24, block: 8 },
};

function row<Row>(table: Readonly<Record<string, Row>>, algorithm: string): Row {
  const found = Object.hasOwn(table, algorithm) ? table[algorithm] : undefined;
  if (found === undefined) throw new Error(`the client does not know ${algorithm}`);
  return found;
}

export function digest(algorithm: string, data: string | Buffer): Buffer {
  return createHash(row(HASHES, algorithm)).update(data).digest();
}

export function mac(algorithm: string, key: Buffer, data: string): Buffer {
  return createHmac(row(HASHES, algorithm), key).update(data).digest();
}

export function signRsa(algorithm: string, key: KeyObject, data: string): Buffer {
  return sign(row(HASHES, algorithm), Buffer.from(data), key);
}

export function verifyRsa(algorithm: string, key: KeyObject, data: string, signature: Buffer): boolean {
  return verify(row(HASHES, algorithm), Buffer.from(data), key, signature);
}

/** P_SHA1 (RFC 2246 §5); the seed is label ‖ nonce. */
export function psha1(secret: Buffer, seed: Buffer, offset: number, length: number): Buffer {
  const hmac = (data: Buffer): Buffer => createHmac('sha1', secret).update(data).digest();
  const parts: Buffer[] = [];
  for (let a = hmac(seed), have = 0; have < offset + length; a = hmac(a), have += 20) {
    parts.push(hmac(Buffer.concat([a, seed])));
  }
  return Buffer.concat(parts).subarray(offset, offset + length);
}

/** IV ‖ ciphertext, with the padding of XML Encryption §5.2. */
export function encrypt(algorithm: string, key: Buffer, plaintext: string, iv: Buffer): Buffer {
  const { name, key: size, block } = row(CIPHERS, algorithm);
  const data = Buffer.from(plaintext);
  const padding = Buffer.alloc(block - (data.length % block));
  padding[padding.length - 1] = padding.length;
  const cipher = createCipheriv(name, key.subarray(0, size), iv.subarray(0, block)).setAutoPadding(false);
  return Buffer.concat([iv.subarray(0, block), cipher.update(data), cipher.update(padding), cipher.final()]);
}

export function decrypt(algorithm: string, key: Buffer, data: Buffer): Buffer {
  const { name, key: size, block } = row(CIPHERS, algorithm);
  const decipher = createDecipheriv(name, key.subarray(0, size), data.subarray(0, block)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(data.subarray(block)), decipher.final()]);
  const padding = padded[padded.length - 1] ?? 0;
  if (padding < 1 || padding > block) throw new Error('padding');
  return padded.subarray(0, padded.length - padding);
}

export function wrap(algorithm: string, key: KeyObject, secret: Buffer): Buffer {
  return publicEncrypt({ key, padding: padding(algorithm) }, secret);
}

export function unwrap(algorithm: string, key: KeyObject, data: Buffer): Buffer {
  return privateDecrypt({ key, padding: padding(algorithm) }, data);
}

/** OAEP's hash is SHA-1, as rsa-oaep-mgf1p has it without a DigestMethod. */
function padding(algorithm: string): number {
  return algorithm === RSA_OAEP ? constants.RSA_PKCS1_OAEP_PADDING : constants.RSA_PKCS1_PADDING;
}
