import { execFileSync } from 'node:child_process';
import {
  DEFAULT_COST,
  dummyHash,
  formatHash,
  hashPassword,
  parseHash,
  verifyPassword,
} from '../../src/credentials/hash.js';
import { OPENSSL } from '../openssl.js';
import { COST, clock, derivations } from './fixtures.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

describe('known answers', () => {
  // RFC 7914 §12; the vectors have 64 octets, of which a key of 32 is the first half
  test.each([
    ['', '', 16, 1, 1, '77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442'],
    ['password', 'NaCl', 1024, 8, 16, 'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162'],
    [
      'pleaseletmein',
      'SodiumChloride',
      16384,
      8,
      1,
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2',
    ],
  ])('scrypt(%j, %j, %i, %i, %i)', async (password, salt, N, r, p, key) => {
    const hash = { N, r, p, salt: Buffer.from(salt), key: hex(key) };
    expect(await verifyPassword(password, hash)).toBe(true);
    expect(await verifyPassword(`${password}x`, hash)).toBe(false);
  });

  if (OPENSSL) {
    test('OpenSSL derives the same from a line of ours', async () => {
      const text = await hashPassword('ecilA Łódź', clock(), COST);
      const [, N, r, p, salt = '', key = ''] = text.split('$');
      const octets = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');
      const options = [`hexpass:${Buffer.from('ecilA Łódź').toString('hex')}`, `hexsalt:${octets(salt)}`];
      const derived = execFileSync(
        'openssl',
        [
          'kdf',
          '-keylen',
          '32',
          ...[...options, `n:${N}`, `r:${r}`, `p:${p}`].flatMap((o) => ['-kdfopt', o]),
          'SCRYPT',
        ],
        { encoding: 'utf8' },
      );
      expect(derived.trim().replaceAll(':', '').toLowerCase()).toBe(octets(key));
    });
  }
});

test('what is written is read back, and proves its password alone', async () => {
  const text = await hashPassword('ecilA', clock(), COST);
  expect(text).toMatch(/^scrypt\$16384\$8\$1\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=$/);
  const hash = parseHash(text);
  if (typeof hash === 'string') throw new Error(hash);
  expect(formatHash(hash)).toBe(text);
  expect(await verifyPassword('ecilA', hash)).toBe(true);
  for (const wrong of ['', 'ecila', 'ecilA ', '\0ecilA', 'e']) expect(await verifyPassword(wrong, hash)).toBe(false);
});

test('HMAC fills its key up with NUL, so a password that ends in it is no other: the token’s reader refuses NUL', async () => {
  const hash = parseHash(await hashPassword('ecilA', clock(), COST));
  if (typeof hash === 'string') throw new Error(hash);
  expect(await verifyPassword('ecilA\0', hash)).toBe(true);
});

test('two passwords that only look alike are two', async () => {
  const hash = parseHash(await hashPassword('\u00e9', clock(), COST));
  if (typeof hash === 'string') throw new Error(hash);
  expect(await verifyPassword('e\u0301', hash)).toBe(false);
});

test('a new hash costs 32 MiB', async () => {
  expect(128 * DEFAULT_COST.N * DEFAULT_COST.r).toBe(32 * 1024 * 1024);
  expect(typeof parseHash(formatHash(dummyHash(clock(), DEFAULT_COST)))).toBe('object');
});

test('the hash that nobody has costs as much as one', async () => {
  const dummy = dummyHash(clock(), COST);
  expect(dummy).toMatchObject(COST);
  expect(await derivations(() => verifyPassword('x', dummy))).toBe(1);
  expect(await verifyPassword('x', dummy)).toBe(false);
});

const SALT = Buffer.alloc(16, 1).toString('base64');
const KEY = Buffer.alloc(32, 2).toString('base64');

test.each([
  ['nothing', '', /must be scrypt\$N/],
  ['another scheme', '$2y$10$abc', /must be scrypt\$N/],
  ['a field less', `scrypt$16384$8$1$${SALT}`, /must be scrypt\$N/],
  ['a field more', `scrypt$16384$8$1$${SALT}$${KEY}$`, /must be scrypt\$N/],
  ['no number', `scrypt$x$8$1$${SALT}$${KEY}`, /must be scrypt\$N/],
  ['a signed number', `scrypt$+16384$8$1$${SALT}$${KEY}`, /must be scrypt\$N/],
  ['a leading zero', `scrypt$016384$8$1$${SALT}$${KEY}`, /must be scrypt\$N/],
  ['a fraction', `scrypt$16384$8.0$1$${SALT}$${KEY}`, /must be scrypt\$N/],
  ['zero', `scrypt$16384$0$1$${SALT}$${KEY}`, /must be scrypt\$N/],
  ['N no power of two', `scrypt$16385$8$1$${SALT}$${KEY}`, /power of two/],
  ['N too small', `scrypt$8192$8$1$${SALT}$${KEY}`, /power of two/],
  ['N too large', `scrypt$2097152$1$1$${SALT}$${KEY}`, /power of two/],
  ['more memory than allowed', `scrypt$1048576$8$1$${SALT}$${KEY}`, /256 MiB/],
  ['p too large', `scrypt$16384$8$17$${SALT}$${KEY}`, /256 MiB/],
  ['r too large', `scrypt$16384$33$1$${SALT}$${KEY}`, /256 MiB/],
  ['a short salt', `scrypt$16384$8$1$${Buffer.alloc(15).toString('base64')}$${KEY}`, /salt/],
  ['a salt that is no base64', `scrypt$16384$8$1$!!!!$${KEY}`, /salt/],
  ['a long salt', `scrypt$16384$8$1$${Buffer.alloc(65).toString('base64')}$${KEY}`, /salt/],
  ['a short key', `scrypt$16384$8$1$${SALT}$${Buffer.alloc(31).toString('base64')}`, /key/],
  ['a long key', `scrypt$16384$8$1$${SALT}$${Buffer.alloc(33).toString('base64')}`, /key/],
  ['a key in the URL alphabet', `scrypt$16384$8$1$${SALT}$${'_'.repeat(43)}=`, /key/],
])('a hash with %s is refused, and not quoted', (_, text, problem) => {
  const result = parseHash(text);
  expect(result).toMatch(problem);
  expect(result).not.toContain(SALT);
  expect(result).not.toContain(KEY);
});
