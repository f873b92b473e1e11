import { parseKeyRing } from '../../src/conversation/key-ring.js';
import { CLOCK_SKEW, retireKey, stageKey } from '../../src/conversation/ring-edit.js';
import { reportRing } from '../../src/conversation/ring-report.js';
import { failureOf } from '../crypto/code-of.js';
import { type Jwk, jwk, octets } from './fixtures.js';

const T = 1_800_000_000;
const HOUR = 3600;
const textOf = (...keys: readonly Jwk[]) => JSON.stringify({ keys });
const fresh = (kid: string, fill: number): Jwk => ({
  kty: 'oct',
  kid,
  alg: 'A256KW',
  k: octets(fill, 32).toString('base64url'),
});
const stage = (text: string, key: Jwk, now = T, sealAfter = 100) =>
  stageKey(text, 'ring.json', key, { now: now * 1000, sealAfter: sealAfter * 1000, renewUntil: HOUR * 1000 });
const retire = (text: string, kid: string, now: number, force = false) =>
  retireKey(text, 'ring.json', kid, { now: now * 1000, force });
const states = (text: string, now: number) =>
  Object.fromEntries(
    reportRing(
      parseKeyRing(text, 'ring.json', () => now * 1000),
      now * 1000,
    ).keys.map(({ kid, state }) => [kid, state]),
  );
const timesOf = (text: string, kid: string) => {
  const { iat, nbf, exp } = JSON.parse(text).keys.find((key: Jwk) => key.kid === kid);
  return { iat, nbf, exp };
};
const reason = (act: () => unknown) => (failureOf(act) as string[])[1];

const ONE = textOf(jwk('a', 1, true));
const END = T + 100 + HOUR + CLOCK_SKEW / 1000;

describe('a rotation', () => {
  const rotated = stage(ONE, fresh('b', 2));

  test('is one edit: the new key has its time, the old one its end', () => {
    expect(timesOf(rotated, 'b')).toEqual({ iat: T, nbf: T + 100, exp: undefined });
    expect(timesOf(rotated, 'a')).toEqual({ iat: undefined, nbf: undefined, exp: END });
    expect(states(rotated, T)).toEqual({ a: 'active', b: 'staged' });
    expect(states(rotated, T + 100)).toEqual({ a: 'retiring', b: 'active' });
    expect(states(rotated, END)).toEqual({ a: 'ended', b: 'active' });
  });

  test('changes nothing else of the file', () => {
    expect(JSON.parse(rotated).keys[0]).toEqual({ ...jwk('a', 1, true), exp: END });
    expect(rotated.endsWith('}\n')).toBe(true);
  });

  test('waits for the one before it', () => {
    expect(reason(() => stage(rotated, fresh('c', 3), T + 99))).toBe(
      `ring.json: key b: is staged already, and seals from ${new Date((T + 100) * 1000).toISOString()} on`,
    );
    expect(states(stage(rotated, fresh('c', 3), T + 100), T + 100)).toEqual({
      a: 'retiring',
      b: 'active',
      c: 'staged',
    });
  });

  test('at once, twice in a second, still has an order', () => {
    const once = stage(ONE, fresh('b', 2), T, 0);
    const twice = stage(once, fresh('c', 3), T, 0);
    expect(timesOf(twice, 'c').nbf).toBe(T + 1);
    expect(states(twice, T + 1)).toEqual({ a: 'retiring', b: 'retiring', c: 'active' });
  });

  test.each<[string, Jwk, string]>([
    ['a kid that is there', fresh('a', 2), 'ring.json: key a: two keys have this kid'],
    ['octets that are there', fresh('b', 1), 'ring.json: key b: has the same octets as key a'],
    ['a key that is none', { ...fresh('b', 2), k: 'AAAA' }, 'ring.json: key b: k must be 32 octets'],
  ])('refuses %s', (_, key, message) => {
    expect(reason(() => stage(ONE, key))).toBe(message);
  });

  test('refuses a 33rd key, and a ring that is wrong already', () => {
    const many = textOf(...Array.from({ length: 32 }, (_, i) => jwk(`k${i}`, i, i === 0)));
    expect(reason(() => stage(many, fresh('b', 200)))).toBe('ring.json: holds more than 32 keys');
    expect(reason(() => stage('{', fresh('b', 2)))).toBe('ring.json: is not JSON');
  });
});

describe('a retirement', () => {
  const rotated = stage(ONE, fresh('b', 2));
  const more = '; --force retires it all the same';

  test('of a key that has ended needs no force', () => {
    expect(states(retire(rotated, 'a', END), END)).toEqual({ b: 'active' });
  });

  test.each<[string, string, string, number]>([
    ['a', rotated, `key a: opens tokens that may be good until ${new Date(END * 1000).toISOString()}${more}`, END - 1],
    ['a', rotated, `key a: seals: rotate first${more}`, T],
    ['b', rotated, `key b: may seal already where a clock is ahead${more}`, T],
    ['c', textOf(jwk('a', 1, true), jwk('c', 3, false)), `key c: has no end: tokens under it may be good${more}`, T],
    ['x', rotated, 'key x: is not in the ring', T],
  ])('of %s is refused', (kid, text, message, now) => {
    expect(reason(() => retire(text, kid, now))).toBe(`ring.json: ${message}`);
  });

  test('with force takes a retiring key', () => {
    expect(states(retire(rotated, 'a', T + 100, true), T + 100)).toEqual({ b: 'active' });
  });

  test('of a staged key gives the active one back its time without end', () => {
    const taken = retire(rotated, 'b', T, true);
    expect(JSON.parse(taken)).toEqual(JSON.parse(ONE));
  });

  test('of the active key lets the staged one seal at once', () => {
    const taken = retire(rotated, 'a', T, true);
    expect(timesOf(taken, 'b').nbf).toBe(T);
    expect(states(taken, T)).toEqual({ b: 'active' });
  });

  test('of the last that seals is refused even with force: an older one must not seal again', () => {
    const message = 'is the last that seals: rotate first';
    expect(reason(() => retire(ONE, 'a', T, true))).toBe(`ring.json: key a: ${message}`);
    expect(reason(() => retire(rotated, 'b', T + 100, true))).toBe(`ring.json: key b: ${message}`);
  });
});
