import { type FarmKey, invalidKey, isObject } from './farm-key.js';
import { type KeyRing, parseKeyRing, parseKeys, writeKeySet } from './key-ring.js';
import { type KeyState, stateOf } from './ring-report.js';

/** How far the clocks of nodes may be apart. Milliseconds. */
export const CLOCK_SKEW = 300_000;

type Jwk = Readonly<Record<string, unknown>>;

export interface Rotation {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds until every node has the new ring: so long the new key opens and does not seal. */
  readonly sealAfter: number;
  /** Milliseconds that a conversation may last, of any service: so long and the skew of clocks the old key still opens. */
  readonly renewUntil: number;
}

/**
 * Adds a key that opens at once and seals later, and gives the one that it follows its end.
 *
 * @param text the ring as it is
 * @param jwk without role and times
 * @returns the ring as it shall be
 * @throws GatewayError `key.invalid` for a ring that is wrong, or one in which another key waits for its time
 */
export function stageKey(text: string, source: string, jwk: Jwk, { now, sealAfter, renewUntil }: Rotation): string {
  const ring = parseKeyRing(text, source, () => now);
  const { current } = ring;
  const waiting = ring.keys.find((key) => stateOf(key, current, now) === 'staged');
  if (waiting !== undefined) {
    throw invalidKey(source, `is staged already, and seals from ${time(waiting.sealsFrom)} on`, waiting.kid);
  }
  // two keys of one time would leave open which of them seals
  const sealsFrom = Math.max(seconds(now + sealAfter), seconds(current.sealsFrom ?? 0) + 1);
  const exp = sealsFrom + seconds(renewUntil + CLOCK_SKEW);
  const keys = jwks(text, source).map((key) => (key.kid === current.kid ? { ...key, exp } : key));
  const staged = { ...jwk, key_ops: ['wrapKey', 'unwrapKey'], iat: Math.floor(now / 1000), nbf: sealsFrom };
  return checked(writeKeySet([...keys, staged]), source);
}

export interface Retirement {
  readonly now: number;
  /** Also where valid cookies will be refused. */
  readonly force: boolean;
}

/**
 * Removes a key.
 *
 * @throws GatewayError `key.invalid` for a key that is not there, for the last one that seals, and without force for one
 *   under which a cookie may be good
 */
export function retireKey(text: string, source: string, kid: string, { now, force }: Retirement): string {
  const ring = parseKeyRing(text, source, () => now);
  const key = ring.get(kid);
  if (key === undefined) throw invalidKey(source, 'is not in the ring', kid);
  const state = stateOf(key, ring.current, now);
  const reason = REASONS[state]?.(key);
  if (reason !== undefined && !force) throw invalidKey(source, `${reason}; --force retires it all the same`, kid);
  const rest = jwks(text, source).filter((other) => other.kid !== kid);
  return checked(writeKeySet(succeed(rest, key, state, ring, { source, now })), source);
}

/** Why a key should not be retired yet. */
const REASONS: Readonly<Record<KeyState, ((key: FarmKey) => string) | undefined>> = {
  active: () => 'seals: rotate first',
  staged: () => 'may seal already where a clock is ahead',
  retiring: ({ endsAt }) => `opens tokens that may be good until ${time(endsAt)}`,
  opens: () => 'has no end: tokens under it may be good',
  ended: undefined,
};

/** What is left does what the removed key did: the next one seals now, or the one before it without an end. */
function succeed(
  rest: readonly Jwk[],
  { kid }: FarmKey,
  state: KeyState,
  { keys, current }: KeyRing,
  { source, now }: { readonly source: string; readonly now: number },
): readonly Jwk[] {
  if (state === 'staged') return rest.map(({ exp, ...key }) => (key.kid === current.kid ? key : withEnd(key, exp)));
  if (state !== 'active') return rest;
  const next = keys.find((key) => stateOf(key, current, now) === 'staged');
  if (next === undefined) throw invalidKey(source, 'is the last that seals: rotate first', kid);
  return rest.map((key) => (key.kid === next.kid ? { ...key, nbf: Math.floor(now / 1000) } : key));
}

function withEnd(key: Jwk, exp: unknown): Jwk {
  return exp === undefined ? key : { ...key, exp };
}

function jwks(text: string, source: string): readonly Jwk[] {
  return parseKeys({ text, source }).filter(isObject);
}

function checked(text: string, source: string): string {
  parseKeyRing(text, source);
  return text;
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

function time(ms: number | undefined): string {
  return new Date(ms ?? 0).toISOString();
}
