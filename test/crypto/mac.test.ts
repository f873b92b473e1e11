import { DIGESTS, MACS } from '../../src/crypto/algorithms.js';
import { digest, equal, mac, verifyMac } from '../../src/crypto/mac.js';
import * as uri from '../../src/crypto/uris.js';
import { codeOf } from './code-of.js';

const fill = (octet: number, count: number) => Buffer.alloc(count, octet);
const hex = (text: string) => Buffer.from(text, 'hex');

// RFC 2202 §3
const RFC2202: readonly [Buffer, Buffer, string][] = [
  [fill(0x0b, 20), Buffer.from('Hi There'), 'b617318655057264e28bc0b6fb378c8ef146be00'],
  [Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?'), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
  [fill(0xaa, 20), fill(0xdd, 50), '125d7342b9ac11cd91a39af48aa17b4f63f175d3'],
  [
    hex('0102030405060708090a0b0c0d0e0f10111213141516171819'),
    fill(0xcd, 50),
    '4c9007f4026250c6bc8414f9bf50c86c2d7235da',
  ],
  [fill(0x0c, 20), Buffer.from('Test With Truncation'), '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04'],
  [
    fill(0xaa, 80),
    Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
    'aa4ae5e15272d00e95705637ce8a3b55ed402112',
  ],
  [
    fill(0xaa, 80),
    Buffer.from('Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data'),
    'e8e99d0f45237d786d6bbaa7965c7808bbff1a91',
  ],
];

// RFC 4231 §4
const RFC4231: readonly [Buffer, Buffer, Record<string, string>][] = [
  [
    fill(0x0b, 20),
    Buffer.from('Hi There'),
    {
      [uri.HMAC_SHA256]: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
      [uri.HMAC_SHA384]:
        'afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6',
      [uri.HMAC_SHA512]:
        '87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854',
    },
  ],
  [
    Buffer.from('Jefe'),
    Buffer.from('what do ya want for nothing?'),
    {
      [uri.HMAC_SHA256]: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
      [uri.HMAC_SHA384]:
        'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
      [uri.HMAC_SHA512]:
        '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    },
  ],
  [
    fill(0xaa, 131),
    Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
    { [uri.HMAC_SHA256]: '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54' },
  ],
];

test.each(RFC2202)('RFC 2202 case %#', (key, data, expected) => {
  expect(mac(uri.HMAC_SHA1, key, data).toString('hex')).toBe(expected);
  expect(verifyMac(uri.HMAC_SHA1, key, data, hex(expected))).toBe(true);
});

test.each(RFC4231)('RFC 4231 case %#', (key, data, expected) => {
  for (const [algorithm, value] of Object.entries(expected))
    expect(mac(algorithm, key, data).toString('hex')).toBe(value);
});

// FIPS 180-4 examples
test.each([
  [uri.SHA1, 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  [uri.SHA256, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [uri.SHA384, 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7'],
  [
    uri.SHA512,
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
])('%s of abc', (algorithm, expected) => {
  expect(digest(algorithm, 'abc').toString('hex')).toBe(expected);
  expect(digest(algorithm, Buffer.from('abc'))).toEqual(digest(algorithm, 'abc'));
});

test('a string is UTF-8 for digest and MAC', () => {
  const text = 'Łukasz \u2028 €';
  expect(digest(uri.SHA1, text)).toEqual(digest(uri.SHA1, Buffer.from(text, 'utf8')));
  expect(mac(uri.HMAC_SHA1, fill(1, 16), text)).toEqual(mac(uri.HMAC_SHA1, fill(1, 16), Buffer.from(text, 'utf8')));
});

describe('a MAC that is not the whole MAC', () => {
  const key = fill(7, 24);
  const whole = mac(uri.HMAC_SHA1, key, 'data');

  test.each([0, 1, 8, 10, 19])('of %i octets is refused (HMACOutputLength, CVE-2009-0217)', (length) => {
    expect(verifyMac(uri.HMAC_SHA1, key, 'data', whole.subarray(0, length))).toBe(false);
  });

  test('with an octet more is refused', () => {
    expect(verifyMac(uri.HMAC_SHA1, key, 'data', Buffer.concat([whole, fill(0, 1)]))).toBe(false);
  });

  test('with any one bit flipped is refused', () => {
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(verifyMac(uri.HMAC_SHA1, key, 'data', flipped)).toBe(false);
    }
  });

  test('of another algorithm, key or text is refused', () => {
    expect(verifyMac(uri.HMAC_SHA256, key, 'data', whole)).toBe(false);
    expect(verifyMac(uri.HMAC_SHA1, fill(8, 24), 'data', whole)).toBe(false);
    expect(verifyMac(uri.HMAC_SHA1, key, 'datA', whole)).toBe(false);
  });
});

test.each([
  '',
  '__proto__',
  'constructor',
  'hmac-sha1',
  uri.SHA1,
  `${uri.HMAC_SHA1} `,
  'http://www.w3.org/2001/04/xmldsig-more#hmac-md5',
])('MAC algorithm %j is unknown', (algorithm) => {
  expect(codeOf(() => mac(algorithm, fill(1, 16), ''))).toBe('crypto.algorithm');
  expect(codeOf(() => verifyMac(algorithm, fill(1, 16), '', fill(0, 20)))).toBe('crypto.algorithm');
});

test.each(['', '__proto__', 'toString', uri.HMAC_SHA1, 'http://www.w3.org/2001/04/xmldsig-more#md5'])(
  'digest algorithm %j is unknown',
  (algorithm) => {
    expect(codeOf(() => digest(algorithm, ''))).toBe('crypto.algorithm');
  },
);

test('each row states the length of its output', () => {
  for (const [algorithm, row] of DIGESTS) expect(digest(algorithm, '')).toHaveLength(row.length);
  for (const [algorithm, row] of MACS) expect(mac(algorithm, fill(1, 16), '')).toHaveLength(row.length);
});

test('equal compares lengths and octets', () => {
  expect(equal(hex('0102'), hex('0102'))).toBe(true);
  expect(equal(hex(''), hex(''))).toBe(true);
  expect(equal(hex('0102'), hex('0103'))).toBe(false);
  expect(equal(hex('0102'), hex('01'))).toBe(false);
  expect(equal(hex('01'), hex('0102'))).toBe(false);
});
