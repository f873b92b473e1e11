import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { CompactEncrypt, type CompactJWEHeaderParameters, compactDecrypt } from 'jose';
import { open, seal } from '../../src/conversation/cookie.js';
import { codeOf, failureOf } from '../crypto/code-of.js';
import { jwk, octets, RING, ring, TYPICAL } from './fixtures.js';

/**
 * jose, held to the same profile, is the oracle: what it refuses we refuse. What it opens and we refuse is another spelling
 * of the same token, or a header that is not ours.
 */
const FARM_KEY = octets(1, 32);
const KID = '2026-11-24-a1b2';
const HEADER = { alg: 'A256KW', enc: 'A256GCM', kid: KID };
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const REFUSED = ['token.format', 'token.key-unknown', 'token.open'];

const joseOpens = (text: string, key = FARM_KEY) =>
  compactDecrypt(text, key, {
    keyManagementAlgorithms: ['A256KW'],
    contentEncryptionAlgorithms: ['A256GCM'],
    maxDecompressedLength: 0,
  }).then(
    () => true,
    () => false,
  );
const ours = (text: string, keys = RING) => codeOf(() => open(keys, text, TYPICAL));

const PLAINTEXT = {
  v: 1,
  i: TYPICAL.identifier,
  s: TYPICAL.service,
  w: TYPICAL.version,
  k: TYPICAL.key.toString('base64url'),
  c: TYPICAL.created,
  e: 1,
  r: 2,
  n: 'alice',
  m: 'username',
};
const sealRaw = (plaintext: string, header: CompactJWEHeaderParameters = HEADER, key: Uint8Array = FARM_KEY) =>
  new CompactEncrypt(Buffer.from(plaintext)).setProtectedHeader(header).encrypt(key, {
    crit: { [Object.keys(header).find((name) => name.startsWith('urn:')) ?? 'urn:none']: true },
  });
const sealPayload = (changes: object, header?: CompactJWEHeaderParameters) =>
  sealRaw(JSON.stringify({ ...PLAINTEXT, ...changes }), header);

describe('what jose seals with this profile', () => {
  test('opens', async () => {
    expect(ours(await sealPayload({}))).toBe('none');
  });

  test.each([
    ['the order of members', { enc: 'A256GCM', alg: 'A256KW', kid: KID }],
    ['a member more', { ...HEADER, typ: 'JWT' }],
    ['a member more', { ...HEADER, cty: 'json' }],
    ['a member more', { ...HEADER, p2c: 4096 }],
    ['a member more', { ...HEADER, jku: 'http://169.254.169.254/' }],
    ['no kid', { alg: 'A256KW', enc: 'A256GCM' }],
    ['a kid of another form', { ...HEADER, kid: '../ring' }],
    ['an empty kid', { ...HEADER, kid: '' }],
    ['a kid of 33 characters', { ...HEADER, kid: 'k'.repeat(33) }],
    ['crit', { ...HEADER, crit: ['urn:x'], 'urn:x': 1 }],
    ['zip', { ...HEADER, zip: 'DEF' }],
  ])('with %s in the header is refused: %j', async (_, header) => {
    expect(ours(await sealPayload({}, header))).toBe('token.format');
  });

  test.each([
    [{ ...HEADER, alg: 'dir' }, FARM_KEY],
    [{ ...HEADER, alg: 'A256GCMKW' }, FARM_KEY],
    [{ ...HEADER, alg: 'A128KW' }, FARM_KEY.subarray(0, 16)],
    [{ ...HEADER, enc: 'A128GCM' }, FARM_KEY],
    [{ ...HEADER, enc: 'A128CBC-HS256' }, FARM_KEY],
    [{ ...HEADER, enc: 'A256CBC-HS512' }, FARM_KEY],
    [{ ...HEADER, alg: 'PBES2-HS256+A128KW' }, FARM_KEY],
  ])('under other algorithms is refused by both: %j', async (header, key) => {
    const token = await sealRaw(JSON.stringify(PLAINTEXT), header, key);
    expect(ours(token)).toBe('token.format');
    expect(await joseOpens(token, key)).toBe(false);
  });

  test.each([
    ['another kid', 'token.key-unknown', { ...HEADER, kid: 'other' }, FARM_KEY],
    ['another key under the kid', 'token.open', HEADER, octets(77, 32)],
  ])('under %s is %s', async (_, code, header, key) => {
    expect(ours(await sealRaw(JSON.stringify(PLAINTEXT), header, key))).toBe(code);
  });

  test('the unknown kid is named for the log', async () => {
    const token = await sealPayload({}, { ...HEADER, kid: '2027-01-01-ffff' });
    expect(() => open(RING, token, TYPICAL)).toThrow(expect.objectContaining({ details: { kid: '2027-01-01-ffff' } }));
  });
});

describe('a plaintext that no writer makes, sealed under the farm’s own key', () => {
  test.each([
    ['a later format', { v: 2 }],
    ['no format', { v: undefined }],
    ['the format as text', { v: '1' }],
    ['a member more', { password: 'x' }],
    ['a member named __proto__', JSON.parse('{"__proto__":{"v":1}}')],
    ['no identifier', { i: undefined }],
    ['no service', { s: undefined }],
    ['no key', { k: undefined }],
    ['an empty key', { k: '' }],
    ['a key of 15 octets', { k: octets(1, 15).toString('base64url') }],
    ['a key of 65 octets', { k: octets(1, 65).toString('base64url') }],
    ['a version that is none', { w: '1.4' }],
    ['a method that is none', { m: 'root' }],
    ['a time as text', { e: '1' }],
    ['a broken time', { c: 1.5 }],
    ['a time beyond integers', { r: 1e300 }],
    ['groups as text', { g: 'admin' }],
    ['groups of numbers', { g: [1] }],
    ['claims as a list', { a: [] }],
    ['claims of objects', { a: { x: {} } }],
    ['a null', { n: null }],
  ])('%s', async (_, changes) => {
    expect(ours(await sealPayload(changes))).toBe('token.format');
  });

  test.each(['', 'null', '[]', '1', '{}', '{"v":1}', 'not json', '{"v":1,}', '\ufeff{}'])('%j', async (plaintext) => {
    expect(ours(await sealRaw(plaintext))).toBe('token.format');
  });
});

describe('a cookie that was touched', () => {
  let cookie: string;
  let parts: string[];
  beforeAll(async () => {
    cookie = await seal(RING, TYPICAL);
    parts = cookie.split('.');
  });
  const replaced = (index: number, part: string) => parts.map((old, i) => (i === index ? part : old)).join('.');

  test('at any character is refused by both, but that jose does not mind unused bits', async () => {
    const spellings: number[] = [];
    for (let i = 0; i < cookie.length; i++) {
      const old = cookie[i]!;
      const next = old === '.' ? 'A' : ALPHABET[(ALPHABET.indexOf(old) + 1) % 64]!;
      const touched = cookie.slice(0, i) + next + cookie.slice(i + 1);
      expect(REFUSED).toContain(ours(touched));
      if (await joseOpens(touched)) spellings.push(i);
    }
    // Only the last character of a part can have unused bits.
    for (const i of spellings) expect([undefined, '.']).toContain(cookie[i + 1]);
  });

  test('at any bit of any part is refused by both', async () => {
    for (let part = 0; part < 5; part++) {
      const bytes = Buffer.from(parts[part]!, 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const touched = replaced(part, flipped.toString('base64url'));
        expect(part === 0 ? REFUSED : ['token.open']).toContain(ours(touched));
        if (bit % 16 === 0) expect(await joseOpens(touched)).toBe(false);
      }
    }
  });

  test('cut anywhere, or with a part missing, empty, doubled or swapped, is refused', async () => {
    for (let length = 0; length < cookie.length; length++) expect(REFUSED).toContain(ours(cookie.slice(0, length)));
    for (let part = 0; part < 5; part++) {
      for (const touched of [
        replaced(part, ''),
        replaced(part, parts[part]! + parts[part]!),
        replaced(part, parts[(part + 1) % 5]!),
        parts.filter((_, i) => i !== part).join('.'),
        [...parts.slice(0, part), parts[part], ...parts.slice(part)].join('.'),
      ]) {
        expect(REFUSED).toContain(ours(touched));
        expect(await joseOpens(touched)).toBe(false);
      }
    }
  });

  test('with parts of another cookie of the same key is refused', async () => {
    const other = (await seal(RING, TYPICAL)).split('.');
    for (const part of [1, 2, 3, 4]) expect(ours(replaced(part, other[part]!))).toBe('token.open');
  });

  test('with a shorter tag or another IV length is refused', () => {
    const bytes = (part: number) => Buffer.from(parts[part]!, 'base64url');
    for (const length of [0, 4, 8, 12, 15]) {
      expect(ours(replaced(4, bytes(4).subarray(0, length).toString('base64url')))).toBe('token.format');
    }
    for (const length of [0, 8, 16])
      expect(ours(replaced(2, randomBytes(length).toString('base64url')))).toBe('token.format');
    for (const length of [0, 24, 32, 48])
      expect(ours(replaced(1, randomBytes(length).toString('base64url')))).toBe('token.format');
  });

  test('in another spelling of the same octets is refused, whatever jose thinks', () => {
    const spelled = (part: number, spell: (text: string) => string) => replaced(part, spell(parts[part]!));
    for (let part = 0; part < 5; part++) {
      for (const touched of [
        spelled(part, (text) => `${text}=`),
        spelled(part, (text) => `${text}==`),
        spelled(part, (text) => ` ${text}`),
        spelled(part, (text) => `${text}\n`),
        spelled(part, (text) => `${text.slice(0, 8)}\r\n${text.slice(8)}`),
        spelled(part, (text) => `${text.slice(0, 5)}\u0000${text.slice(5)}`),
        spelled(part, (text) => `${text.slice(0, 5)}*${text.slice(5)}`),
      ]) {
        expect(ours(touched)).toBe('token.format');
      }
      const standard = parts[part]!.replaceAll('-', '+').replaceAll('_', '/');
      if (standard !== parts[part]) expect(ours(replaced(part, standard))).toBe('token.format');
      const last = parts[part]!.at(-1)!;
      const unused = { 0: 0, 2: 4, 3: 2 }[parts[part]!.length % 4] ?? 0;
      for (let bits = 1; bits < 1 << unused; bits++) {
        const twin = ALPHABET[ALPHABET.indexOf(last) ^ bits]!;
        expect(ours(spelled(part, (text) => text.slice(0, -1) + twin))).toBe('token.format');
      }
    }
    for (const touched of [
      ` ${cookie}`,
      `${cookie} `,
      `${cookie}\n`,
      `${cookie}.`,
      `.${cookie}`,
      `${cookie}=`,
      `"${cookie}"`,
    ]) {
      expect(ours(touched)).toBe('token.format');
    }
  });

  test('under a header of the same meaning in another JSON spelling is refused', () => {
    for (const header of [
      '{"alg":"A256KW", "enc":"A256GCM","kid":"2026-11-24-a1b2"}',
      '{"alg":"A256KW","enc":"A256GCM","kid":"2026-11-24-a1b2"}\n',
      '{"alg":"A256KW","enc":"A256GCM","kid":"2026-11-24-a1b\\u0032"}',
      '{"alg":"A256KW","alg":"A256KW","enc":"A256GCM","kid":"2026-11-24-a1b2"}',
      '{"alg":"A256KW","enc":"A256GCM","kid":"2026-11-24-a1b2","zip":"DEF"}',
      '{"alg":"none","enc":"A256GCM","kid":"2026-11-24-a1b2"}',
      '\ufeff{"alg":"A256KW","enc":"A256GCM","kid":"2026-11-24-a1b2"}',
    ]) {
      expect(ours(replaced(0, Buffer.from(header).toString('base64url')))).toBe('token.format');
    }
  });

  test('under the kid of another key of the ring is refused', () => {
    const header = Buffer.from(JSON.stringify({ ...HEADER, kid: '2026-08-01-c3d4' })).toString('base64url');
    expect(ours(replaced(0, header))).toBe('token.open');
    const twins = ring(jwk(KID, 1, true), jwk('x', 9, false));
    expect(ours(cookie, twins)).toBe('none');
  });

  test('every failure of cryptography is one failure', () => {
    const failures = new Set<string>();
    for (const part of [1, 2, 3, 4]) {
      const bytes = Buffer.from(parts[part]!, 'base64url');
      for (let i = 0; i < bytes.length; i++) {
        const flipped = Buffer.from(bytes);
        flipped[i]! ^= 1;
        failures.add(
          JSON.stringify(failureOf(() => open(RING, replaced(part, flipped.toString('base64url')), TYPICAL))),
        );
      }
    }
    expect([...failures]).toEqual(['["token.open","the cookie does not open under its key",{},null]']);
  });
});

describe('length', () => {
  test('4096 characters are looked at, 4097 are not', async () => {
    const long = (length: number) => {
      const header = Buffer.from(JSON.stringify(HEADER)).toString('base64url');
      const frame = [header, 'A'.repeat(54), 'A'.repeat(16), '', 'A'.repeat(22)].join('.');
      return frame.replace('..', `.${'A'.repeat(length - frame.length)}.`);
    };
    expect(long(4096)).toHaveLength(4096);
    expect(failureOf(() => open(RING, long(4096), TYPICAL))).toEqual(
      expect.arrayContaining([expect.stringMatching(/token\.(open|format)/), expect.not.stringContaining('too long')]),
    );
    expect(failureOf(() => open(RING, long(4097), TYPICAL))).toEqual([
      'token.format',
      'the cookie is too long',
      { length: 4097 },
      undefined,
    ]);
  });

  test('the caller may ask for less', async () => {
    const cookie = await seal(RING, TYPICAL);
    expect(codeOf(() => open(RING, cookie, TYPICAL, { length: cookie.length }))).toBe('none');
    expect(codeOf(() => open(RING, cookie, TYPICAL, { length: cookie.length - 1 }))).toBe('token.format');
  });

  test('a megabyte of dots or letters costs nothing', () => {
    const begin = performance.now();
    for (const text of ['.'.repeat(1 << 20), 'A'.repeat(1 << 20)]) expect(ours(text)).toBe('token.format');
    expect(performance.now() - begin).toBeLessThan(20);
  });
});

test('no text makes anything but our own errors', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'.AZaz09-_= \n\u0000é{}"'), maxLength: 200 }), (text) => {
      expect(REFUSED).toContain(ours(text));
    }),
    { numRuns: 500 },
  );
});

test('no error shows a part of the cookie or of a key', async () => {
  const cookie = await seal(RING, TYPICAL);
  const touched = cookie.slice(0, -3) + (cookie.endsWith('AAA') ? 'BBB' : 'AAA');
  for (const text of [touched, cookie.slice(0, 200), `${cookie}x`]) {
    const shown = JSON.stringify(failureOf(() => open(RING, text, TYPICAL)));
    expect(shown).not.toContain(cookie.slice(0, 16));
    expect(shown).not.toContain(cookie.slice(120, 136));
  }
});
