import { compactDecrypt } from 'jose';
import type { CertificateKey } from './farm-key.js';

/**
 * Opens a JWE under a certificate's private key, through WebCrypto. Algorithms are the key's own and no other.
 *
 * @throws Error of jose, which must not be told to a client
 */
export async function decryptCertified({ alg, privateKey }: CertificateKey, jwe: string): Promise<Buffer> {
  const { plaintext } = await compactDecrypt(jwe, privateKey, {
    keyManagementAlgorithms: [alg],
    contentEncryptionAlgorithms: ['A256GCM'],
    maxDecompressedLength: 0,
  });
  return Buffer.from(plaintext);
}
