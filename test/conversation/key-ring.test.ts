import { inspect } from 'node:util';
import { generateKeyRing, parseKeyRing } from '../../src/conversation/key-ring.js';
import type { Runtime } from '../../src/runtime.js';
import { codeOf, failureOf } from '../crypto/code-of.js';
import { type Jwk, jwk, NOW, octets, ring, symmetric } from './fixtures.js';

const refusal = (keys: readonly unknown[]) =>
  failureOf(() => parseKeyRing(JSON.stringify({ keys }), 'ring.json')) as [string, string, Record<string, unknown>];
const NEW = jwk('new', 1, true);
const OLD = jwk('old', 2, false);

describe('a ring', () => {
  test('has one key that seals and any number that open', () => {
    const keys = ring(OLD, NEW, jwk('older', 3, false));
    expect(keys.current.kid).toBe('new');
    expect(symmetric(keys.current).key.equals(octets(1, 32))).toBe(true);
    expect(keys.kids).toEqual(['old', 'new', 'older']);
    expect(symmetric(keys.get('older')).key.equals(octets(3, 32))).toBe(true);
    expect(keys.get('new')).toBe(keys.current);
  });

  test.each(['', 'NEW', '__proto__', 'constructor'])('has no key %j', (kid) => {
    expect(ring(NEW).get(kid)).toBeUndefined();
  });

  test('of the same order, use and kid of 32 characters is read', () => {
    const kid = 'A-Za-z0-9._-A-Za-z0-9._-A-Za-z0-';
    expect(ring({ ...jwk(kid, 4, true), use: 'enc', key_ops: ['unwrapKey', 'wrapKey'] }).current.kid).toBe(kid);
  });
});

describe('refused, naming source, kid and reason', () => {
  const cases: [string, string | undefined, string, readonly unknown[]][] = [
    ['no keys', undefined, 'holds no key', []],
    ['33 keys', undefined, 'holds more than 32 keys', Array.from({ length: 33 }, (_, i) => jwk(`k${i}`, i, i === 0))],
    ['none that seals', undefined, 'no key has key_ops "wrapKey": one must seal new cookies', [OLD]],
    [
      'two that seal',
      'b',
      'key_ops "wrapKey" also stands at key new: one key seals, unless nbf tells when',
      [NEW, jwk('b', 2, true)],
    ],
    ['one kid twice', 'new', 'two keys have this kid', [NEW, jwk('new', 2, false)]],
    ['the same octets twice', 'b', 'has the same octets as key new', [NEW, OLD, jwk('b', 1, false)]],
    ['a key of 31 octets', 'new', 'k must be 32 octets', [{ ...NEW, k: octets(1, 31).toString('base64url') }]],
    ['a key of 33 octets', 'new', 'k must be 32 octets', [{ ...NEW, k: octets(1, 33).toString('base64url') }]],
    ['an empty key', 'new', 'k must be 32 octets', [{ ...NEW, k: '' }]],
    ['no k', 'new', 'k is not canonical base64url', [{ ...NEW, k: undefined }]],
    ['k as a number', 'new', 'k is not canonical base64url', [{ ...NEW, k: 1 }]],
    ['k with padding', 'new', 'k is not canonical base64url', [{ ...NEW, k: `${NEW.k}=` }]],
    ['k with white space', 'new', 'k is not canonical base64url', [{ ...NEW, k: ` ${NEW.k}` }]],
    ['k in base64', 'new', 'k is not canonical base64url', [{ ...NEW, k: Buffer.alloc(32, 0xfb).toString('base64') }]],
    ['k with unused bits', 'new', 'k is not canonical base64url', [{ ...NEW, k: `${'A'.repeat(42)}B` }]],
    ['kty OKP', 'new', 'kty must be "oct", or "RSA" or "EC" with a certificate', [{ ...NEW, kty: 'OKP' }]],
    ['no kty', 'new', 'kty must be "oct", or "RSA" or "EC" with a certificate', [{ ...NEW, kty: undefined }]],
    ['alg dir', 'new', 'alg must be "A256KW"', [{ ...NEW, alg: 'dir' }]],
    ['no alg', 'new', 'alg must be "A256KW"', [{ ...NEW, alg: undefined }]],
    ['use sig', 'new', 'use must be "enc" or absent', [{ ...NEW, use: 'sig' }]],
    ['a member that is mistyped', 'new', 'has a member that is not known here', [{ ...NEW, keyOps: [] }]],
  ];
  test.each(cases)('%s', (_, kid, reason, keys) => {
    const [code, message, details] = refusal(keys);
    expect(code).toBe('key.invalid');
    expect(message).toBe(kid === undefined ? `ring.json: ${reason}` : `ring.json: key ${kid}: ${reason}`);
    expect(details).toMatchObject({ source: 'ring.json', reason, ...(kid === undefined ? {} : { kid }) });
  });

  test.each([
    undefined,
    'wrapKey',
    [],
    ['wrapKey'],
    ['encrypt'],
    ['unwrapKey', 'encrypt'],
    ['unwrapKey', 'unwrapKey'],
    [null],
  ])('key_ops %j', (key_ops) => {
    expect(refusal([{ ...NEW, key_ops }]).slice(0, 2)).toEqual([
      'key.invalid',
      'ring.json: key new: key_ops must be ["wrapKey","unwrapKey"] (seals and opens) or ["unwrapKey"] (opens)',
    ]);
  });

  test.each([undefined, '', 1, null, 'a b', 'é', '../x', 'a/b', 'a\n', 'k'.repeat(33)])('kid %j', (kid) => {
    expect(refusal([OLD, { ...NEW, kid }]).slice(0, 2)).toEqual([
      'key.invalid',
      'ring.json: keys[1]: kid must be 1 to 32 of A-Z a-z 0-9 . _ -',
    ]);
  });

  test.each([null, 1, 'x', []])('keys[0] %j', (key) => {
    expect(refusal([key])[1]).toBe('ring.json: keys[0] is not an object');
  });

  test.each(['', '{', 'null', '[]', '{}', '{"keys":{}}', '{"keys":null}', '"keys"'])('text %j', (text) => {
    expect(codeOf(() => parseKeyRing(text, 'SCT_KEYS'))).toBe('key.invalid');
  });
});

test('no refusal shows a key, not even of a file that is nearly right', () => {
  const secret = NEW.k as string;
  const texts = [
    `{"keys":[{"kty":"oct","k":"${secret}"`,
    `{"keys":[{"k":"${secret}",}]}`,
    JSON.stringify({ keys: [{ ...NEW, alg: 'dir' }] }),
    JSON.stringify({ keys: [{ ...NEW, k: `${secret}A` }] }),
    JSON.stringify({ keys: [NEW, { ...OLD, k: secret }] }),
    secret,
  ];
  for (const text of texts) {
    const failure = failureOf(() => parseKeyRing(text, 'ring.json'));
    expect(JSON.stringify(failure)).not.toContain(secret.slice(0, 8));
    expect((failure as unknown[])[0]).toBe('key.invalid');
  }
});

describe('printing', () => {
  const keys = ring(NEW, OLD);
  const forms = (value: unknown) => [
    inspect(value, { depth: 9, showHidden: true }),
    JSON.stringify(value),
    String(value),
  ];

  test.each([
    ['a ring', () => keys],
    ['a key', () => keys.current],
    ['its octets', () => symmetric(keys.current).key],
    ['whatever holds them', () => ({ config: [{ keys, key: keys.get('old') }] })],
  ])('%s shows no key', (_, value) => {
    for (const text of forms(value())) {
      for (const key of [octets(1, 32), octets(2, 32)]) {
        for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
          expect(text).not.toContain(key.toString(encoding).slice(0, 12));
        }
        expect(text).not.toContain([...key.subarray(0, 4)].join(','));
        expect(text).not.toMatch(
          new RegExp([...key.subarray(0, 4)].map((octet) => octet.toString(16).padStart(2, '0')).join(' ')),
        );
      }
    }
  });

  test('says [secret] and what an operator needs', () => {
    expect(inspect(keys.current)).toMatch(/^\{\s+kid: 'new',.*key: \[secret\]\s+\}$/s);
    expect(JSON.parse(JSON.stringify(keys))).toEqual({
      current: 'new',
      kids: ['new', 'old'],
      fingerprint: keys.fingerprint(),
      keys: '[secret]',
    });
  });
});

describe('fingerprint', () => {
  const base = ring(NEW, OLD).fingerprint();

  test('is the same for the same keys in the same roles, in any order of the file', () => {
    expect(base).toMatch(/^[0-9a-f]{32}$/);
    expect(ring(OLD, NEW).fingerprint()).toBe(base);
  });

  test.each<[string, readonly Jwk[]]>([
    ['a key is missing', [NEW]],
    ['a key is other', [NEW, jwk('old', 9, false)]],
    ['a kid is other', [NEW, jwk('old2', 2, false)]],
    ['the roles are swapped', [jwk('new', 1, false), jwk('old', 2, true)]],
  ])('differs if %s', (_, keys) => {
    expect(ring(...keys).fingerprint()).not.toBe(base);
  });
});

describe('generateKeyRing', () => {
  let seed = 0;
  const runtime: Runtime = { now: () => NOW, randomBytes: (n) => octets(seed++, n), randomUUID: () => '' };

  test('makes a ring that is read, with a kid that says its day', () => {
    const text = generateKeyRing(runtime);
    const keys = parseKeyRing(text, 'new');
    expect(keys.kids).toHaveLength(1);
    expect(keys.current.kid).toMatch(/^2026-11-24-[0-9a-f]{4}$/);
    expect(symmetric(keys.current).key).toHaveLength(32);
    expect(text.endsWith('}\n')).toBe(true);
  });

  test('makes another one each time', () => {
    const [a, b] = [parseKeyRing(generateKeyRing(runtime), 'a'), parseKeyRing(generateKeyRing(runtime), 'b')];
    expect(a.fingerprint()).not.toBe(b.fingerprint());
  });
});
