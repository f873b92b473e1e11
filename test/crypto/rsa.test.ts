import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  sign as nodeSign,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { MASK_GENERATORS } from '../../src/crypto/algorithms.js';
import { sign, unwrapKey, verifySignature, wrapKey } from '../../src/crypto/rsa.js';
import * as uri from '../../src/crypto/uris.js';
import { codeOf, failureOf } from './code-of.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pss = generateKeyPairSync('rsa-pss', { modulusLength: 1024 });
const SIZE = 256;
const key = randomBytes(32);
const DIGEST_URIS = [uri.SHA1, uri.SHA256, uri.SHA384, uri.SHA512];
const ONE_FAILURE = ['crypto.decrypt', 'the session key does not decrypt under this key', {}, undefined];

/** m^e mod n, for blocks that no encoder makes. */
const rawSeal = (block: Buffer) => publicEncrypt({ key: rsa.publicKey, padding: constants.RSA_NO_PADDING }, block);

describe('OAEP', () => {
  test.each(DIGEST_URIS)('rsa-oaep-mgf1p with digest %s', (digest) => {
    const parameters = { digest, label: Buffer.from('12345678') };
    const data = wrapKey(uri.RSA_OAEP_MGF1P, rsa.publicKey, key, parameters);
    expect(unwrapKey(uri.RSA_OAEP_MGF1P, rsa.privateKey, data, parameters)).toEqual(key);
  });

  test('every pair of digest and mask generation function that fits opens', () => {
    for (const digest of DIGEST_URIS) {
      for (const mgf of MASK_GENERATORS.keys()) {
        const data = wrapKey(uri.RSA_OAEP, rsa.publicKey, key, { digest, mgf });
        expect(unwrapKey(uri.RSA_OAEP, rsa.privateKey, data, { digest, mgf })).toEqual(key);
      }
    }
  });

  test.each([
    [undefined, 'sha1'],
    [{ digest: uri.SHA256, mgf: uri.MGF1_SHA256 }, 'sha256'],
  ])('opens what OpenSSL seals with %j', (parameters, oaepHash) => {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const data = publicEncrypt({ key: rsa.publicKey, padding, oaepHash }, key);
    expect(unwrapKey(uri.RSA_OAEP, rsa.privateKey, data, parameters)).toEqual(key);
  });

  test('SHA-1 is the default of digest and of mask generation', () => {
    const data = wrapKey(uri.RSA_OAEP_MGF1P, rsa.publicKey, key);
    const named = { digest: uri.SHA1, mgf: uri.MGF1_SHA1, label: Buffer.alloc(0) };
    expect(unwrapKey(uri.RSA_OAEP, rsa.privateKey, data, named)).toEqual(key);
  });

  test('an empty key and the longest one are wrapped, one octet more is not', () => {
    for (const length of [0, SIZE - 42]) {
      const data = wrapKey(uri.RSA_OAEP_MGF1P, rsa.publicKey, Buffer.alloc(length, 9));
      expect(unwrapKey(uri.RSA_OAEP_MGF1P, rsa.privateKey, data)).toEqual(Buffer.alloc(length, 9));
    }
    expect(codeOf(() => wrapKey(uri.RSA_OAEP_MGF1P, rsa.publicKey, Buffer.alloc(SIZE - 41)))).toBe('crypto.key');
  });

  describe.each([
    ['by OpenSSL', {}],
    ['by our decoding', { digest: uri.SHA256 }],
  ])('%s', (_, parameters) => {
    const data = wrapKey(uri.RSA_OAEP_MGF1P, rsa.publicKey, key, parameters);
    const fails = (bytes: Buffer, privateKey = rsa.privateKey, with_: object = parameters) =>
      expect(failureOf(() => unwrapKey(uri.RSA_OAEP_MGF1P, privateKey, bytes, with_))).toEqual(ONE_FAILURE);

    test('any flipped octet fails as everything else does', () => {
      for (let i = 0; i < data.length; i++) {
        const flipped = Buffer.from(data);
        flipped[i]! ^= 0x55;
        fails(flipped);
      }
    });

    test('another length, another key, another label, another digest, a number not below the modulus', () => {
      fails(Buffer.alloc(0));
      fails(data.subarray(1));
      fails(Buffer.concat([Buffer.alloc(1), data]));
      fails(data, other.privateKey);
      fails(data, rsa.privateKey, { ...parameters, label: Buffer.from('x') });
      fails(data, rsa.privateKey, { digest: uri.SHA384 });
      fails(Buffer.alloc(SIZE, 0xff));
      fails(Buffer.alloc(SIZE));
    });

    test('a block whose first octet is not zero (Manger) fails as everything else does', () => {
      for (const first of [1, 2, 0x7f]) fails(rawSeal(Buffer.concat([Buffer.of(first), randomBytes(SIZE - 1)])));
      for (let i = 0; i < 20; i++) fails(rawSeal(Buffer.concat([Buffer.of(0), randomBytes(SIZE - 1)])));
    });
  });

  test('rsa-oaep-mgf1p takes no other mask generation function', () => {
    const data = wrapKey(uri.RSA_OAEP, rsa.publicKey, key, { mgf: uri.MGF1_SHA256 });
    const parameters = { mgf: uri.MGF1_SHA256 };
    expect(codeOf(() => unwrapKey(uri.RSA_OAEP_MGF1P, rsa.privateKey, data, parameters))).toBe('crypto.algorithm');
  });

  test.each([{ digest: 'md5' }, { digest: '__proto__' }, { digest: uri.MGF1_SHA1 }, { mgf: uri.SHA1 }, { mgf: '' }])(
    '%j is unknown',
    (parameters) => {
      const data = randomBytes(SIZE);
      expect(codeOf(() => unwrapKey(uri.RSA_OAEP, rsa.privateKey, data, parameters))).toBe('crypto.algorithm');
    },
  );
});

describe('RSA 1.5', () => {
  const block = (head: readonly number[], tail: Buffer, fill = 0xaa) =>
    Buffer.concat([Buffer.from(head), Buffer.alloc(SIZE - head.length - tail.length, fill), tail]);
  const tail = (length: number) => Buffer.concat([Buffer.of(0), key.subarray(0, length)]);
  const open = (data: Buffer, length?: number) =>
    unwrapKey(uri.RSA_1_5, rsa.privateKey, data, length === undefined ? {} : { length });

  test.each([16, 24, 32])('opens a key of %i octets, expected or not', (length) => {
    const data = wrapKey(uri.RSA_1_5, rsa.publicKey, key.subarray(0, length));
    expect(open(data)).toEqual(key.subarray(0, length));
    expect(open(data, length)).toEqual(key.subarray(0, length));
  });

  test('opens the shortest padding', () => {
    const long = randomBytes(SIZE - 11);
    expect(open(wrapKey(uri.RSA_1_5, rsa.publicKey, long), long.length)).toEqual(long);
    expect(codeOf(() => wrapKey(uri.RSA_1_5, rsa.publicKey, randomBytes(SIZE - 10)))).toBe('crypto.key');
  });

  test.each([
    ['first octet', block([1, 2], tail(32))],
    ['block type 0', block([0, 0], tail(32))],
    ['block type 1', block([0, 1], tail(32))],
    ['no separator', block([0, 2], key)],
    ['a zero in the padding', block([0, 2, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0], tail(32))],
    ['a zero in the first eight octets', block([0, 2, 7, 0], tail(32))],
    ['separator one octet early', block([0, 2], Buffer.concat([Buffer.of(0, 7), key]))],
    ['separator one octet late', block([0, 2], Buffer.concat([Buffer.of(0), key.subarray(1)]))],
    ['a key of 20 octets', block([0, 2], tail(20))],
    ['all zero', Buffer.alloc(SIZE)],
  ])('implicit rejection: %s yields a random key, never a failure', (_, encoded) => {
    const data = rawSeal(encoded);
    for (const length of [undefined, 32]) {
      const first = open(data, length);
      expect(first).toHaveLength(32);
      expect(first).not.toEqual(key);
      expect(open(data, length)).not.toEqual(first);
    }
  });

  test('a well-formed key of another length than the expected yields a random key of the expected one', () => {
    const data = wrapKey(uri.RSA_1_5, rsa.publicKey, key.subarray(0, 16));
    expect(open(data, 32)).toHaveLength(32);
    expect(open(data, 24)).toHaveLength(24);
  });

  test('only what anybody can see fails: the length, a number not below the modulus', () => {
    for (const data of [Buffer.alloc(0), randomBytes(SIZE - 1), randomBytes(SIZE + 1), Buffer.alloc(SIZE, 0xff)]) {
      expect(failureOf(() => open(data))).toEqual(ONE_FAILURE);
    }
  });

  test('random ciphertexts never fail', () => {
    for (let i = 0; i < 100; i++) {
      const data = randomBytes(SIZE);
      data[0] = 0;
      expect([16, 24, 32]).toContain(open(data).length);
    }
  });
});

describe('key kinds', () => {
  const data = randomBytes(SIZE);

  test('only an RSA private key unwraps', () => {
    for (const wrong of [rsa.publicKey, ec.privateKey, pss.privateKey]) {
      expect(codeOf(() => unwrapKey(uri.RSA_OAEP, wrong, data))).toBe('crypto.key');
      expect(codeOf(() => unwrapKey(uri.RSA_1_5, wrong, data))).toBe('crypto.key');
    }
  });

  test('only an RSA public key wraps', () => {
    for (const wrong of [rsa.privateKey, ec.publicKey, pss.publicKey]) {
      expect(codeOf(() => wrapKey(uri.RSA_OAEP, wrong, key))).toBe('crypto.key');
    }
  });

  test.each(['', '__proto__', uri.KW_AES128, uri.RSA_SHA1])('key transport %j is unknown', (algorithm) => {
    expect(codeOf(() => unwrapKey(algorithm, rsa.privateKey, data))).toBe('crypto.algorithm');
    expect(codeOf(() => wrapKey(algorithm, rsa.publicKey, key))).toBe('crypto.algorithm');
  });
});

test('an RSA key of a size that is not accepted is refused before it is used', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 512 });
  const n = Buffer.concat([Buffer.of(0xff), randomBytes(1023), Buffer.of(1)]).toString('base64url');
  const huge = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' });
  for (const wrong of [small.publicKey, huge]) {
    expect(codeOf(() => wrapKey(uri.RSA_OAEP, wrong, randomBytes(16)))).toBe('crypto.key');
    expect(codeOf(() => verifySignature(uri.RSA_SHA256, wrong, 'data', randomBytes(64)))).toBe('crypto.key');
  }
  expect(codeOf(() => unwrapKey(uri.RSA_OAEP, small.privateKey, randomBytes(64)))).toBe('crypto.key');
  expect(codeOf(() => sign(uri.RSA_SHA1, small.privateKey, 'data'))).toBe('crypto.key');
});

describe('signatures', () => {
  const RSA_URIS = [uri.RSA_SHA1, uri.RSA_SHA256, uri.RSA_SHA384, uri.RSA_SHA512];
  const EC_URIS = [uri.ECDSA_SHA256, uri.ECDSA_SHA384, uri.ECDSA_SHA512];

  test.each([
    ...RSA_URIS.map((algorithm) => [algorithm, rsa] as const),
    ...EC_URIS.map((algorithm) => [algorithm, ec] as const),
  ])('%s verifies what it signs and nothing else', (algorithm, pair) => {
    const signature = sign(algorithm, pair.privateKey, 'Łukasz');
    expect(verifySignature(algorithm, pair.publicKey, 'Łukasz', signature)).toBe(true);
    expect(verifySignature(algorithm, pair.publicKey, Buffer.from('Łukasz'), signature)).toBe(true);
    expect(verifySignature(algorithm, pair.publicKey, 'Lukasz', signature)).toBe(false);
    expect(verifySignature(algorithm, pair.publicKey, 'Łukasz', signature.subarray(1))).toBe(false);
    expect(verifySignature(algorithm, pair.publicKey, 'Łukasz', Buffer.alloc(0))).toBe(false);
    signature[5]! ^= 1;
    expect(verifySignature(algorithm, pair.publicKey, 'Łukasz', signature)).toBe(false);
  });

  test('ECDSA writes r and s side by side (XML Signature §6.4.3), and DER is refused', () => {
    expect(sign(uri.ECDSA_SHA256, ec.privateKey, 'data')).toHaveLength(64);
    const der = nodeSign('sha256', Buffer.from('data'), ec.privateKey);
    expect(verifySignature(uri.ECDSA_SHA256, ec.publicKey, 'data', der)).toBe(false);
  });

  test('a signature of one algorithm is none of another', () => {
    const signature = sign(uri.RSA_SHA1, rsa.privateKey, 'data');
    expect(verifySignature(uri.RSA_SHA256, rsa.publicKey, 'data', signature)).toBe(false);
    expect(verifySignature(uri.RSA_SHA1, other.publicKey, 'data', signature)).toBe(false);
  });

  test('the key’s kind must be the algorithm’s', () => {
    const signature = randomBytes(SIZE);
    for (const algorithm of RSA_URIS) {
      for (const wrong of [ec.publicKey, pss.publicKey, rsa.privateKey]) {
        expect(codeOf(() => verifySignature(algorithm, wrong, 'data', signature))).toBe('crypto.key');
      }
      expect(codeOf(() => sign(algorithm, ec.privateKey, 'data'))).toBe('crypto.key');
      expect(codeOf(() => sign(algorithm, rsa.publicKey, 'data'))).toBe('crypto.key');
    }
    for (const algorithm of EC_URIS) {
      expect(codeOf(() => verifySignature(algorithm, rsa.publicKey, 'data', signature))).toBe('crypto.key');
    }
  });

  test.each(['', '__proto__', uri.HMAC_SHA1, 'http://www.w3.org/2001/04/xmldsig-more#rsa-md5'])(
    'signature algorithm %j is unknown: an HMAC is never made with a public key',
    (algorithm) => {
      expect(codeOf(() => verifySignature(algorithm, rsa.publicKey, 'data', randomBytes(20)))).toBe('crypto.algorithm');
      expect(codeOf(() => sign(algorithm, rsa.privateKey, 'data'))).toBe('crypto.algorithm');
    },
  );
});
