import { parseKeyRing } from '../../src/conversation/key-ring.js';
import { type KeyState, reportRing } from '../../src/conversation/ring-report.js';
import { failureOf } from '../crypto/code-of.js';
import { type Jwk, jwk, NOW, octets } from './fixtures.js';

/** Whole seconds, as keys have them. */
const T = Math.floor(NOW / 1000);
const at = (kid: string, fill: number, times: Jwk): Jwk => ({ ...jwk(kid, fill, true), ...times });
const ringAt = (now: number, ...keys: readonly Jwk[]) =>
  parseKeyRing(JSON.stringify({ keys }), 'ring.json', () => now * 1000);
const OLD = at('old', 1, { exp: T + 1000 });
const NEW = at('new', 2, { iat: T, nbf: T + 100 });

describe('a key that seals from its time on', () => {
  test.each([
    [T, 'old'],
    [T + 99, 'old'],
    [T + 100, 'new'],
    [T + 5000, 'new'],
  ])('at %d it is %s that seals, in any order of the file', (now, kid) => {
    expect(ringAt(now, OLD, NEW).current.kid).toBe(kid);
    expect(ringAt(now, NEW, OLD).current.kid).toBe(kid);
  });

  test('opens before, and the one before it opens to its end', () => {
    expect(ringAt(T, OLD, NEW).opener('new')?.kid).toBe('new');
    expect(ringAt(T + 999, OLD, NEW).opener('old')?.kid).toBe('old');
    expect(ringAt(T + 1000, OLD, NEW).opener('old')).toBeUndefined();
    expect(ringAt(T + 1000, OLD, NEW).get('old')?.kid).toBe('old');
  });

  test('seals at once where a clock says that no key does yet', () => {
    expect(ringAt(0, at('b', 2, { nbf: T + 5 }), at('a', 1, { nbf: T })).current.kid).toBe('a');
  });

  test('changes nothing of the fingerprint when its time comes, and all of it by having one', () => {
    const fingerprint = (now: number, ...keys: readonly Jwk[]) => ringAt(now, ...keys).fingerprint();
    expect(fingerprint(T, OLD, NEW)).toBe(fingerprint(T + 5000, NEW, OLD));
    const others = [at('old', 1, { exp: T + 1001 }), at('old', 1, { nbf: 0, exp: T + 1000 })];
    for (const other of others) expect(fingerprint(T, other, NEW)).not.toBe(fingerprint(T, OLD, NEW));
  });
});

test.each<[number, KeyState[]]>([
  [T, ['active', 'staged', 'opens']],
  [T + 100, ['retiring', 'active', 'opens']],
  [T + 1000, ['ended', 'active', 'opens']],
])('at %d the keys are reported as %j', (now, states) => {
  const report = reportRing(ringAt(now, OLD, NEW, jwk('by-hand', 3, false)), now * 1000);
  expect(report.keys.map(({ state }) => state)).toEqual(states);
  expect(report.keys[0]).toEqual({
    kid: 'old',
    alg: 'A256KW',
    state: states[0],
    endsAt: new Date((T + 1000) * 1000).toISOString(),
  });
  expect(JSON.stringify(report)).not.toContain(octets(1, 32).toString('base64url').slice(0, 8));
});

test.each<[string, string, string, readonly Jwk[]]>([
  ['iat in words', 'new', 'iat must be a time in whole seconds since the epoch', [OLD, { ...NEW, iat: '2026-11-24' }]],
  [
    'nbf with a fraction',
    'new',
    'nbf must be a time in whole seconds since the epoch',
    [OLD, { ...NEW, nbf: T + 0.5 }],
  ],
  ['nbf before the epoch', 'new', 'nbf must be a time in whole seconds since the epoch', [OLD, { ...NEW, nbf: -1 }]],
  ['exp null', 'old', 'exp must be a time in whole seconds since the epoch', [{ ...OLD, exp: null }, NEW]],
  [
    'exp beyond all time',
    'old',
    'exp must be a time in whole seconds since the epoch',
    [{ ...OLD, exp: 2 ** 53 }, NEW],
  ],
  ['an end at the beginning', 'new', 'exp must be after nbf', [OLD, { ...NEW, exp: T + 100 }]],
  ['an end with nothing after it', 'new', 'exp: there is no key that seals after it', [OLD, { ...NEW, exp: T + 999 }]],
  ['an end of the only key', 'old', 'exp: there is no key that seals after it', [OLD]],
  ['an end before the next begins', 'old', 'exp must be after nbf of key new', [{ ...OLD, exp: T + 100 }, NEW]],
  [
    'two of one time',
    'b',
    'key_ops "wrapKey" also stands at key new: one key seals, unless nbf tells when',
    [OLD, NEW, at('b', 3, { nbf: T + 100 })],
  ],
])('%s is refused', (_, kid, reason, keys) => {
  expect(failureOf(() => ringAt(T, ...keys))).toEqual([
    'key.invalid',
    `ring.json: key ${kid}: ${reason}`,
    expect.objectContaining({ source: 'ring.json', kid, reason }),
    undefined,
  ]);
});

test('a single key is a ring of one', () => {
  expect(parseKeyRing(JSON.stringify(jwk('one', 1, true)), 'one.json').kids).toEqual(['one']);
});
