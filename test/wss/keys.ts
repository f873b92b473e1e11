import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

const DEFAULT_LABEL = 'WS-SecureConversationWS-SecureConversation';

/** P_SHA1 (RFC 2246 §5), written here again for tests that must not trust the gateway's. */
export function derive(secret: Buffer, nonce: Buffer, length: number, offset = 0, label = DEFAULT_LABEL): Buffer {
  const seed = Buffer.concat([Buffer.from(label), nonce]);
  let a = seed;
  let stream = Buffer.alloc(0);
  while (stream.length < offset + length) {
    a = createHmac('sha1', secret).update(a).digest();
    stream = Buffer.concat([stream, createHmac('sha1', secret).update(a).update(seed).digest()]);
  }
  return stream.subarray(offset, offset + length);
}

/** XML Encryption's AES-CBC (§5.2), with padding octets other than the last at random, as the specification allows. */
export function encryptCbc(key: Buffer, plaintext: Buffer, padTo?: number): Buffer {
  const iv = randomBytes(16);
  const length = padTo ?? 16 - (plaintext.length % 16);
  const padded = Buffer.concat([
    plaintext,
    randomBytes(Math.max(length - 1, 0)),
    Buffer.from(length > 0 ? [length] : []),
  ]);
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, iv).setAutoPadding(false);
  return Buffer.concat([iv, cipher.update(padded), cipher.final()]);
}

/** @param algorithm URI of AES-CBC or AES-GCM of XML Encryption */
export function decryptXml(algorithm: string, key: Buffer, data: Buffer): Buffer {
  const [, bits, mode] = /aes(128|192|256)-(cbc|gcm)$/.exec(algorithm) ?? [];
  const exact = key.subarray(0, Number(bits) / 8);
  if (mode === 'gcm') {
    const decipher = createDecipheriv(`aes-${bits}-gcm` as 'aes-256-gcm', exact, data.subarray(0, 12), {
      authTagLength: 16,
    });
    decipher.setAuthTag(data.subarray(-16));
    return Buffer.concat([decipher.update(data.subarray(12, -16)), decipher.final()]);
  }
  const decipher = createDecipheriv(`aes-${bits}-cbc`, exact, data.subarray(0, 16)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(data.subarray(16)), decipher.final()]);
  return padded.subarray(0, padded.length - padded[padded.length - 1]!);
}
