import { GatewayError } from '../errors.js';
import * as uri from './uris.js';

/**
 * Every algorithm that a message may name, keyed by its URI. Maps, not objects: the keys of a look-up come from the
 * message, and `__proto__` must find nothing. What a row makes possible is not yet allowed: the policy's suite says
 * what a message may use (`suites.ts`).
 */

export interface CipherRow {
  readonly mode: 'cbc' | 'gcm';
  /** OpenSSL's name. */
  readonly cipher: 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'des-ede3-cbc' | GcmName;
  readonly keyLength: number;
  readonly ivLength: number;
  readonly blockLength: number;
}

export type GcmName = 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm';
export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512';

export interface HashRow {
  readonly hash: HashName;
  /** Octets of the output. */
  readonly length: number;
}

export interface SignatureRow {
  readonly hash: HashName;
  readonly keyType: 'rsa' | 'ec';
}

export interface KeyTransportRow {
  readonly padding: 'oaep' | 'pkcs1';
  /** Whether the message may choose the mask generation function (XML Encryption 1.1 §5.5.2); else it is MGF1 with SHA-1. */
  readonly mgf: boolean;
}

export interface KeyWrapRow {
  readonly cipher: 'id-aes128-wrap' | 'id-aes192-wrap' | 'id-aes256-wrap' | 'des3-wrap';
  readonly keyLength: number;
}

const SHA1_ROW: HashRow = { hash: 'sha1', length: 20 };
const SHA256_ROW: HashRow = { hash: 'sha256', length: 32 };
const SHA384_ROW: HashRow = { hash: 'sha384', length: 48 };
const SHA512_ROW: HashRow = { hash: 'sha512', length: 64 };

export const DIGESTS: ReadonlyMap<string, HashRow> = new Map([
  [uri.SHA1, SHA1_ROW],
  [uri.SHA256, SHA256_ROW],
  [uri.SHA384, SHA384_ROW],
  [uri.SHA512, SHA512_ROW],
]);

export const MACS: ReadonlyMap<string, HashRow> = new Map([
  [uri.HMAC_SHA1, SHA1_ROW],
  [uri.HMAC_SHA256, SHA256_ROW],
  [uri.HMAC_SHA384, SHA384_ROW],
  [uri.HMAC_SHA512, SHA512_ROW],
]);

/** XML Encryption 1.1 §5.5.2: the hash under MGF1. */
export const MASK_GENERATORS: ReadonlyMap<string, HashRow> = new Map([
  [uri.MGF1_SHA1, SHA1_ROW],
  [uri.MGF1_SHA256, SHA256_ROW],
  [uri.MGF1_SHA384, SHA384_ROW],
  [uri.MGF1_SHA512, SHA512_ROW],
]);

export const CIPHERS: ReadonlyMap<string, CipherRow> = new Map<string, CipherRow>([
  [uri.AES128_CBC, { mode: 'cbc', cipher: 'aes-128-cbc', keyLength: 16, ivLength: 16, blockLength: 16 }],
  [uri.AES192_CBC, { mode: 'cbc', cipher: 'aes-192-cbc', keyLength: 24, ivLength: 16, blockLength: 16 }],
  [uri.AES256_CBC, { mode: 'cbc', cipher: 'aes-256-cbc', keyLength: 32, ivLength: 16, blockLength: 16 }],
  [uri.TRIPLEDES_CBC, { mode: 'cbc', cipher: 'des-ede3-cbc', keyLength: 24, ivLength: 8, blockLength: 8 }],
  [uri.AES128_GCM, { mode: 'gcm', cipher: 'aes-128-gcm', keyLength: 16, ivLength: 12, blockLength: 1 }],
  [uri.AES192_GCM, { mode: 'gcm', cipher: 'aes-192-gcm', keyLength: 24, ivLength: 12, blockLength: 1 }],
  [uri.AES256_GCM, { mode: 'gcm', cipher: 'aes-256-gcm', keyLength: 32, ivLength: 12, blockLength: 1 }],
]);

export const SIGNATURES: ReadonlyMap<string, SignatureRow> = new Map<string, SignatureRow>([
  [uri.RSA_SHA1, { hash: 'sha1', keyType: 'rsa' }],
  [uri.RSA_SHA256, { hash: 'sha256', keyType: 'rsa' }],
  [uri.RSA_SHA384, { hash: 'sha384', keyType: 'rsa' }],
  [uri.RSA_SHA512, { hash: 'sha512', keyType: 'rsa' }],
  [uri.ECDSA_SHA256, { hash: 'sha256', keyType: 'ec' }],
  [uri.ECDSA_SHA384, { hash: 'sha384', keyType: 'ec' }],
  [uri.ECDSA_SHA512, { hash: 'sha512', keyType: 'ec' }],
]);

export const KEY_TRANSPORTS: ReadonlyMap<string, KeyTransportRow> = new Map<string, KeyTransportRow>([
  [uri.RSA_OAEP_MGF1P, { padding: 'oaep', mgf: false }],
  [uri.RSA_OAEP, { padding: 'oaep', mgf: true }],
  [uri.RSA_1_5, { padding: 'pkcs1', mgf: false }],
]);

export const KEY_WRAPS: ReadonlyMap<string, KeyWrapRow> = new Map<string, KeyWrapRow>([
  [uri.KW_AES128, { cipher: 'id-aes128-wrap', keyLength: 16 }],
  [uri.KW_AES192, { cipher: 'id-aes192-wrap', keyLength: 24 }],
  [uri.KW_AES256, { cipher: 'id-aes256-wrap', keyLength: 32 }],
  [uri.KW_TRIPLEDES, { cipher: 'des3-wrap', keyLength: 24 }],
]);

/** The row of `algorithm`. @throws GatewayError `crypto.algorithm` where the table has none */
export function rowOf<Row>(table: ReadonlyMap<string, Row>, algorithm: string): Row {
  const row = table.get(algorithm);
  if (row === undefined) throw new GatewayError('crypto.algorithm', 'unknown algorithm', { algorithm });
  return row;
}

export { isSuiteName, SUITES, type Suite, type SuiteName } from './suites.js';
