import { HMAC_SHA1, HMAC_SHA256, RSA_15, RSA_OAEP, RSA_SHA1, RSA_SHA256, SHA1, SHA256 } from './ciphers.js';
import { XENC } from './names.js';

type Size = 'Basic256' | 'Basic192' | 'Basic128' | 'TripleDes';
export type SuiteName = `${Size}${'' | 'Sha256' | 'Rsa15' | 'Sha256Rsa15'}`;

export interface Algorithms {
  readonly digest: string;
  readonly mac: string;
  readonly signature: string;
  readonly cipher: string;
  readonly keyTransport: string;
  /** Octets: of a derived key that encrypts, of one that signs, of the SCT's key and of an EncryptedKey's. */
  readonly encryptionLength: number;
  readonly signatureLength: number;
  readonly tokenLength: number;
}

/** WCF's lengths (SecurityAlgorithmSuite.cs:533-640), which CXF's recordings have as well. */
const SIZES: Readonly<Record<Size, readonly [cipher: string, encryption: number, signature: number, token: number]>> = {
  Basic256: ['aes256-cbc', 32, 24, 32],
  Basic192: ['aes192-cbc', 24, 24, 24],
  Basic128: ['aes128-cbc', 16, 16, 16],
  TripleDes: ['tripledes-cbc', 24, 24, 24],
};

/**
 * What a suite makes a client write.
 *
 * @param sha256Macs whether `…Sha256` also means hmac-sha256 and rsa-sha256: WCF's reading. CXF and Metro stay with
 *   hmac-sha1 and rsa-sha1 (CXF's recordings of Basic256Sha256)
 */
export function algorithmsOf(suite: SuiteName, sha256Macs: boolean): Algorithms {
  const size = (Object.keys(SIZES) as Size[]).find((name) => suite.startsWith(name))!;
  const [cipher, encryptionLength, signatureLength, tokenLength] = SIZES[size];
  const sha256 = suite.includes('Sha256');
  return {
    digest: sha256 ? SHA256 : SHA1,
    mac: sha256 && sha256Macs ? HMAC_SHA256 : HMAC_SHA1,
    signature: sha256 && sha256Macs ? RSA_SHA256 : RSA_SHA1,
    cipher: `${XENC}${cipher}`,
    keyTransport: suite.endsWith('Rsa15') ? RSA_15 : RSA_OAEP,
    encryptionLength,
    signatureLength,
    tokenLength,
  };
}
