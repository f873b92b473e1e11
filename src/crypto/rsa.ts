import { constants, type KeyObject, privateDecrypt, publicEncrypt, randomBytes } from 'node:crypto';
import { GatewayError } from '../errors.js';
import { DIGESTS, type HashRow, KEY_TRANSPORTS, type KeyTransportRow, MASK_GENERATORS, rowOf } from './algorithms.js';
import { decodeOaep, encodeOaep } from './oaep.js';
import { requireRsa } from './rsa-key.js';
import { MGF1_SHA1, SHA1 } from './uris.js';

const { RSA_PKCS1_OAEP_PADDING, RSA_NO_PADDING, RSA_PKCS1_PADDING } = constants;

export interface KeyTransportParameters {
  /** DigestMethod of the EncryptionMethod; SHA-1 if absent. */
  readonly digest?: string;
  /** xenc11:MGF of the EncryptionMethod; MGF1 with SHA-1 if absent. */
  readonly mgf?: string;
  /** OAEPparams. */
  readonly label?: Buffer;
  /** RSA 1.5 only: octets of the key that is expected; absent: 16, 24 or 32. */
  readonly length?: number;
}

const SESSION_KEY_LENGTHS = [16, 24, 32] as const;
const NO_LABEL = Buffer.alloc(0);

/**
 * The session key of an EncryptedKey.
 *
 * RSA 1.5 never fails on what the block holds: whatever is not a well-formed block with a key of the expected length
 * yields a random key (implicit rejection), and the signature's proof fails later as it would for any wrong key (security.md C5).
 *
 * @throws GatewayError `crypto.decrypt`, one for every cause; `crypto.algorithm`; `crypto.key` for a key that is not RSA of 1024 to 8192 bits
 */
export function unwrapKey(
  algorithm: string,
  privateKey: KeyObject,
  data: Buffer,
  parameters: KeyTransportParameters = {},
): Buffer {
  const row = rowOf(KEY_TRANSPORTS, algorithm);
  const size = requireRsa(privateKey, 'private');
  const oaep = row.padding === 'oaep' ? oaepOf(row, parameters) : undefined;
  if (data.length !== size) throw undecryptable();
  try {
    if (oaep === undefined) return unpadPkcs1(raw(privateKey, data), parameters.length);
    if (oaep.digest.hash === oaep.mgf.hash) {
      return privateDecrypt(
        { key: privateKey, padding: RSA_PKCS1_OAEP_PADDING, oaepHash: oaep.digest.hash, oaepLabel: oaep.label },
        data,
      );
    }
    const key = decodeOaep(raw(privateKey, data), oaep.digest, oaep.mgf, oaep.label);
    if (key !== undefined) return key;
  } catch {
    // Node's error names the cause; ours does not.
  }
  throw undecryptable();
}

/** Wraps `key` for the holder of a certificate. @throws GatewayError `crypto.algorithm`, `crypto.key` */
export function wrapKey(
  algorithm: string,
  publicKey: KeyObject,
  key: Buffer,
  parameters: KeyTransportParameters = {},
): Buffer {
  const row = rowOf(KEY_TRANSPORTS, algorithm);
  const size = requireRsa(publicKey, 'public');
  const tooLong = () => new GatewayError('crypto.key', 'key is too long to be wrapped', { length: key.length, size });
  if (row.padding === 'pkcs1') {
    if (key.length > size - 11) throw tooLong();
    return publicEncrypt({ key: publicKey, padding: RSA_PKCS1_PADDING }, key);
  }
  const { digest, mgf, label } = oaepOf(row, parameters);
  const encoded = encodeOaep(key, size, digest, mgf, label);
  if (encoded === undefined) throw tooLong();
  return publicEncrypt({ key: publicKey, padding: RSA_NO_PADDING }, encoded);
}

function oaepOf(
  row: KeyTransportRow,
  parameters: KeyTransportParameters,
): { digest: HashRow; mgf: HashRow; label: Buffer } {
  const mgf = parameters.mgf ?? MGF1_SHA1;
  if (!row.mgf && mgf !== MGF1_SHA1) {
    throw new GatewayError('crypto.algorithm', 'rsa-oaep-mgf1p has one mask generation function', { mgf });
  }
  return {
    digest: rowOf(DIGESTS, parameters.digest ?? SHA1),
    mgf: rowOf(MASK_GENERATORS, mgf),
    label: parameters.label ?? NO_LABEL,
  };
}

/** m = c^d mod n. OpenSSL blinds it, and fails only for a number not below the modulus, which anybody can see. */
function raw(privateKey: KeyObject, data: Buffer): Buffer {
  return privateDecrypt({ key: privateKey, padding: RSA_NO_PADDING }, data);
}

/**
 * EME-PKCS1-v1_5 (RFC 8017 §7.2.2) with implicit rejection: `00 02 ‖ nonzero octets ‖ 00 ‖ key`. The places that are
 * read depend on the expected lengths alone, never on the block (Node 20 offers no such decoding: CVE-2023-46809).
 */
function unpadPkcs1(block: Buffer, expected: number | undefined): Buffer {
  const lengths = expected === undefined ? SESSION_KEY_LENGTHS : [expected];
  let result = randomBytes(expected ?? 32);
  for (const length of lengths) {
    const separator = block.length - length - 1;
    // RFC 8017: at least eight octets of padding.
    if (separator < 10) continue;
    let wrong = block[0]! | (block[1]! ^ 2) | block[separator]!;
    for (let i = 2; i < separator; i++) wrong |= (block[i]! - 1) >>> 31;
    const candidates = [block.subarray(separator + 1), result] as const;
    result = Buffer.from(candidates[wrong === 0 ? 0 : 1]);
  }
  return result;
}

function undecryptable(): GatewayError {
  return new GatewayError('crypto.decrypt', 'the session key does not decrypt under this key');
}

export { sign, verifySignature } from './signature.js';
