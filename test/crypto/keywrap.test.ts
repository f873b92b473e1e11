import { randomBytes } from 'node:crypto';
import { KEY_WRAPS } from '../../src/crypto/algorithms.js';
import { unwrapSymmetric, wrapSymmetric } from '../../src/crypto/keywrap.js';
import * as uri from '../../src/crypto/uris.js';
import { codeOf, failureOf } from './code-of.js';

const hex = (text: string) => Buffer.from(text, 'hex');

// RFC 3394 §4.1 to §4.6
const KEK = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const DATA = '00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f';
test.each([
  [uri.KW_AES128, 16, 16, '1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5'],
  [uri.KW_AES192, 24, 16, '96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d'],
  [uri.KW_AES256, 32, 16, '64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7'],
  [uri.KW_AES192, 24, 24, '031d33264e15d33268f24ec260743edce1c6c7ddee725a936ba814915c6762d2'],
  [uri.KW_AES256, 32, 24, 'a8f9bc1612c68b3ff6e6f4fbe30e71e4769c8b80a32cb8958cd5d17d6b254da1'],
  [uri.KW_AES256, 32, 32, '28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21'],
])('RFC 3394: %s wraps with %i octets a key of %i', (algorithm, kekLength, length, expected) => {
  const kek = hex(KEK).subarray(0, kekLength);
  const key = hex(DATA).subarray(0, length);
  expect(wrapSymmetric(algorithm, kek, key).toString('hex')).toBe(expected);
  expect(unwrapSymmetric(algorithm, kek, hex(expected))).toEqual(key);
});

// RFC 3217 §3.3; the IV is random, so that only unwrapping is the same each time
test('RFC 3217: kw-tripledes', () => {
  const kek = hex('255e0d1c07b646dfb3134cc843ba8aa71f025b7c0838251f');
  const key = hex('2923bf85e06dd6ae529149f1f1bae9eab3a7da3d860d3e98');
  const wrapped = hex('690107618ef092b3b48ca1796b234ae9fa33ebb4159604037db5d6a84eb3aac2768c632775a467d4');
  expect(unwrapSymmetric(uri.KW_TRIPLEDES, kek, wrapped)).toEqual(key);
});

describe.each([...KEY_WRAPS])('%s', (algorithm, row) => {
  const kek = randomBytes(row.keyLength);
  const key = randomBytes(24);
  const wrapped = wrapSymmetric(algorithm, kek, key);

  test('unwraps what it wraps', () => {
    for (const length of [16, 24, 32, 64]) {
      const other = randomBytes(length);
      expect(unwrapSymmetric(algorithm, kek, wrapSymmetric(algorithm, kek, other))).toEqual(other);
    }
  });

  test('any flipped bit, any truncation, another key: one failure', () => {
    const failures = new Set<string>();
    const fail = (data: Buffer, with_ = kek) =>
      failures.add(JSON.stringify(failureOf(() => unwrapSymmetric(algorithm, with_, data))));
    for (let bit = 0; bit < wrapped.length * 8; bit++) {
      const flipped = Buffer.from(wrapped);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      fail(flipped);
    }
    for (let length = 0; length < wrapped.length; length++) fail(wrapped.subarray(0, length));
    fail(Buffer.concat([wrapped, Buffer.alloc(8)]));
    fail(wrapped, randomBytes(row.keyLength));
    fail(randomBytes(152));
    expect([...failures]).toEqual(['["crypto.decrypt","the wrapped key does not unwrap under this key",{},null]']);
  });

  test('a wrapping key of another length is refused', () => {
    for (const length of [0, row.keyLength - 1, row.keyLength + 1]) {
      expect(codeOf(() => unwrapSymmetric(algorithm, randomBytes(length), wrapped))).toBe('crypto.key');
      expect(codeOf(() => wrapSymmetric(algorithm, randomBytes(length), key))).toBe('crypto.key');
    }
  });

  test('a key that cannot be wrapped is refused', () => {
    for (const length of [0, 7, 20, 136]) {
      expect(codeOf(() => wrapSymmetric(algorithm, kek, randomBytes(length)))).toBe('crypto.key');
    }
  });
});

test.each(['', '__proto__', uri.AES128_CBC, uri.RSA_OAEP])('key wrap %j is unknown', (algorithm) => {
  expect(codeOf(() => unwrapSymmetric(algorithm, randomBytes(16), randomBytes(24)))).toBe('crypto.algorithm');
  expect(codeOf(() => wrapSymmetric(algorithm, randomBytes(16), randomBytes(24)))).toBe('crypto.algorithm');
});
