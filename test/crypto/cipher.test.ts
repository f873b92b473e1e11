import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { CIPHERS, type CipherRow } from '../../src/crypto/algorithms.js';
import { decrypt, encrypt, ivLength } from '../../src/crypto/cipher.js';
import * as uri from '../../src/crypto/uris.js';
import { codeOf, failureOf } from './code-of.js';

const hex = (text: string) => Buffer.from(text, 'hex');
const ALL = [...CIPHERS];
const CBC = ALL.filter(([, row]) => row.mode === 'cbc');
const GCM = ALL.filter(([, row]) => row.mode === 'gcm');

// NIST SP 800-38A F.2: four blocks; XML Encryption's padding adds a fifth, which is not compared.
const PLAIN_38A = hex(
  '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
);
const IV_38A = hex('000102030405060708090a0b0c0d0e0f');
test.each([
  [
    uri.AES128_CBC,
    '2b7e151628aed2a6abf7158809cf4f3c',
    '7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7',
  ],
  [
    uri.AES192_CBC,
    '8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b',
    '4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd',
  ],
  [
    uri.AES256_CBC,
    '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
    'f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b',
  ],
])('SP 800-38A: %s', (algorithm, key, expected) => {
  const data = encrypt(algorithm, hex(key), PLAIN_38A, IV_38A);
  expect(data.subarray(0, 80).toString('hex')).toBe(IV_38A.toString('hex') + expected);
  expect(data).toHaveLength(96);
  expect(decrypt(algorithm, hex(key), data)).toEqual(PLAIN_38A);
});

// The GCM specification (McGrew, Viega), test cases 3 and 15: no associated data, 96-bit IV.
const PLAIN_GCM = hex(
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
);
const IV_GCM = hex('cafebabefacedbaddecaf888');
test.each([
  [
    uri.AES128_GCM,
    'feffe9928665731c6d6a8f9467308308',
    '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f59854d5c2af327cd64a62cf35abd2ba6fab4',
  ],
  [
    uri.AES256_GCM,
    'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015adb094dac5d93471bdec1a502270e3cc6c',
  ],
])('GCM specification: %s', (algorithm, key, expected) => {
  const data = encrypt(algorithm, hex(key), PLAIN_GCM, IV_GCM);
  expect(data.toString('hex')).toBe(IV_GCM.toString('hex') + expected);
  expect(decrypt(algorithm, hex(key), data)).toEqual(PLAIN_GCM);
});

test.each(ALL)('%s: opens what it seals, of every length', (algorithm, row) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (octets) => {
      const key = randomBytes(row.keyLength);
      const plaintext = Buffer.from(octets);
      const data = encrypt(algorithm, key, plaintext, randomBytes(ivLength(algorithm)));
      expect(decrypt(algorithm, key, data)).toEqual(plaintext);
    }),
    { numRuns: 50 },
  );
});

describe.each(CBC)('%s', (algorithm, row) => {
  const key = randomBytes(row.keyLength);
  const iv = randomBytes(row.ivLength);
  const block = row.blockLength;
  const seal = (padded: Buffer) => rawSeal(row, key, iv, padded);

  test('every padding of XML Encryption opens, whatever its other octets are', () => {
    for (let count = 1; count <= block; count++) {
      const padded = Buffer.concat([
        Buffer.from('x'.repeat(2 * block - count)),
        randomBytes(count - 1),
        Buffer.of(count),
      ]);
      expect(decrypt(algorithm, key, seal(padded)).toString()).toBe('x'.repeat(2 * block - count));
    }
  });

  test('a whole block of padding is an empty text', () => {
    expect(decrypt(algorithm, key, seal(Buffer.alloc(block, block)))).toEqual(Buffer.alloc(0));
  });

  test('every other last octet is refused, and all refusals are one', () => {
    const failures = new Set<string>();
    for (let last = 0; last < 256; last++) {
      if (last >= 1 && last <= block) continue;
      failures.add(JSON.stringify(failureOf(() => decrypt(algorithm, key, seal(Buffer.alloc(2 * block, last))))));
    }
    for (const length of [0, 1, row.ivLength - 1, row.ivLength, row.ivLength + 1, row.ivLength + block - 1]) {
      failures.add(JSON.stringify(failureOf(() => decrypt(algorithm, key, randomBytes(length)))));
    }
    expect([...failures]).toEqual(['["crypto.decrypt","the data does not decrypt under this key",{},null]']);
  });

  test('the padding that it writes tells its length in the last octet', () => {
    for (let length = 0; length <= block; length++) {
      const data = encrypt(algorithm, key, Buffer.alloc(length, 0x61), iv);
      const decipher = createDecipheriv(row.cipher, key, data.subarray(0, row.ivLength)).setAutoPadding(false);
      const padded = Buffer.concat([decipher.update(data.subarray(row.ivLength)), decipher.final()]);
      expect(padded.at(-1)).toBe(padded.length - length);
      expect(padded.length).toBe(Math.floor(length / block) * block + block);
    }
  });
});

describe.each(GCM)('%s', (algorithm, row) => {
  const key = randomBytes(row.keyLength);
  const data = encrypt(algorithm, key, Buffer.from('attack at dawn'), randomBytes(12));

  test('any flipped bit is refused', () => {
    for (let bit = 0; bit < data.length * 8; bit++) {
      const flipped = Buffer.from(data);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(codeOf(() => decrypt(algorithm, key, flipped))).toBe('crypto.decrypt');
    }
  });

  test('a tag cut to any length is refused: OpenSSL would take four octets', () => {
    for (let length = 0; length < data.length; length++) {
      expect(codeOf(() => decrypt(algorithm, key, data.subarray(0, length)))).toBe('crypto.decrypt');
    }
  });

  test('an empty text is sealed and opened', () => {
    expect(decrypt(algorithm, key, encrypt(algorithm, key, Buffer.alloc(0), randomBytes(12)))).toHaveLength(0);
  });

  test('another key is refused', () => {
    expect(codeOf(() => decrypt(algorithm, randomBytes(row.keyLength), data))).toBe('crypto.decrypt');
  });
});

test.each(ALL)(
  '%s: a longer key is cut, as WSS4J does without derived keys; a shorter one is refused',
  (algorithm, row) => {
    const long = randomBytes(row.keyLength + 8);
    const iv = randomBytes(row.ivLength);
    const data = encrypt(algorithm, long, Buffer.from('text'), iv);
    expect(data).toEqual(encrypt(algorithm, long.subarray(0, row.keyLength), Buffer.from('text'), iv));
    expect(decrypt(algorithm, long.subarray(0, row.keyLength), data).toString()).toBe('text');
    expect(decrypt(algorithm, long, data).toString()).toBe('text');
    expect(codeOf(() => decrypt(algorithm, long.subarray(0, row.keyLength - 1), data))).toBe('crypto.key');
    expect(codeOf(() => encrypt(algorithm, long.subarray(0, row.keyLength - 1), data, iv))).toBe('crypto.key');
  },
);

test.each(ALL)('%s: an IV of another length is refused', (algorithm, row) => {
  for (const length of [0, row.ivLength - 1, row.ivLength + 1]) {
    expect(codeOf(() => encrypt(algorithm, randomBytes(32), Buffer.from('x'), randomBytes(length)))).toBe('crypto.key');
  }
});

test.each(['', '__proto__', 'aes-256-cbc', uri.KW_AES256, 'http://www.w3.org/2001/04/xmlenc#aes256-ecb'])(
  'cipher %j is unknown',
  (algorithm) => {
    expect(codeOf(() => decrypt(algorithm, randomBytes(32), randomBytes(64)))).toBe('crypto.algorithm');
    expect(codeOf(() => encrypt(algorithm, randomBytes(32), randomBytes(64), randomBytes(16)))).toBe(
      'crypto.algorithm',
    );
    expect(codeOf(() => ivLength(algorithm))).toBe('crypto.algorithm');
  },
);

function rawSeal(row: CipherRow, key: Buffer, iv: Buffer, padded: Buffer): Buffer {
  const cipher = createCipheriv(row.cipher, key, iv).setAutoPadding(false);
  return Buffer.concat([iv, cipher.update(padded), cipher.final()]);
}
