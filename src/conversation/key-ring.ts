import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { SECRET } from '../crypto/secret.js';
import type { Runtime } from '../runtime.js';
import { type FarmKey, invalidKey, isObject, isSameKey, KEY_LENGTH, parseFarmKey } from './farm-key.js';

export type { FarmKey } from './farm-key.js';

/**
 * The farm's keys: a JSON Web Key Set (RFC 7517 §5). `key_ops` says what a key is for, in the standard's words: one with
 * `wrapKey` may seal new cookies, every key opens with `unwrapKey`. Of those that may seal, the one whose `nbf` came last
 * does: so a new key is rolled out to every node, opens there at once (staged), and seals everywhere from its time on
 * (active), while the one before it opens what it has sealed (retiring) until its `exp`, after which no cookie of it can
 * be good. A rotation is one edit, and none of its steps refuses a valid cookie.
 */
export interface KeyRing {
  /** The key that seals now. */
  readonly current: FarmKey;
  readonly kids: readonly string[];
  /** All that it holds, in the order of its text. */
  readonly keys: readonly FarmKey[];
  /** A key that it holds, whatever the time. */
  get(kid: string): FarmKey | undefined;
  /** A key that opens cookies now. */
  opener(kid: string): FarmKey | undefined;
  /** Equal on two nodes exactly if their rings hold the same keys in the same roles; tells nothing of the keys. */
  fingerprint(): string;
}

/** A part of a ring: a file, one of a folder's, an environment variable. */
export interface KeyText {
  readonly text: string;
  /** Where the text is from, for messages. */
  readonly source: string;
}

const MAX_KEYS = 32;

/**
 * Reads a ring from a file or an environment variable.
 *
 * @param source where the text is from, for messages
 * @param now milliseconds since the epoch
 * @throws GatewayError `key.invalid`, naming the source, the kid and the reason, and never a part of the text
 */
export function parseKeyRing(text: string, source: string, now: () => number = Date.now): KeyRing {
  return joinKeyRing([{ text, source }], source, now);
}

/**
 * As `parseKeyRing`, of several texts that are one ring: each a JSON Web Key Set or a single JSON Web Key.
 *
 * @param source what they are together
 */
export function joinKeyRing(texts: readonly KeyText[], source: string, now: () => number = Date.now): KeyRing {
  const keys = texts.flatMap((part) =>
    parseKeys(part).map((jwk, index) => parseFarmKey(jwk, `keys[${index}]`, part.source)),
  );
  if (keys.length === 0) throw invalidKey(source, 'holds no key');
  if (keys.length > MAX_KEYS) throw invalidKey(source, `holds more than ${MAX_KEYS} keys`);
  for (const [index, key] of keys.entries()) {
    for (const earlier of keys.slice(0, index)) {
      if (earlier.kid === key.kid) throw invalidKey(source, 'two keys have this kid', key.kid);
      if (isSameKey(earlier, key)) {
        throw invalidKey(source, `has the same octets as key ${earlier.kid}`, key.kid);
      }
    }
  }
  return keyRing(keys, sealingOrder(keys, source), now);
}

/** A new key for symmetric sealing, as a private JWK without its role. */
export function generateJwk(runtime: Runtime): Readonly<Record<string, unknown>> {
  const day = new Date(runtime.now()).toISOString().slice(0, 10);
  return {
    kty: 'oct',
    kid: `${day}-${runtime.randomBytes(2).toString('hex')}`,
    alg: 'A256KW',
    k: runtime.randomBytes(KEY_LENGTH).toString('base64url'),
  };
}

/** A ring of one key, as `parseKeyRing` reads it: of a new one, or of the given. */
export function generateKeyRing(
  runtime: Runtime,
  jwk: Readonly<Record<string, unknown>> = generateJwk(runtime),
): string {
  return writeKeySet([{ ...jwk, key_ops: ['wrapKey', 'unwrapKey'], iat: Math.floor(runtime.now() / 1000) }]);
}

export function writeKeySet(keys: readonly Readonly<Record<string, unknown>>[]): string {
  return `${JSON.stringify({ keys }, undefined, 2)}\n`;
}

/** What may seal, in the order in which it does. */
function sealingOrder(keys: readonly FarmKey[], source: string): readonly FarmKey[] {
  const order = keys.filter(({ wraps }) => wraps).toSorted((a, b) => (a.sealsFrom ?? 0) - (b.sealsFrom ?? 0));
  if (order.length === 0) throw invalidKey(source, 'no key has key_ops "wrapKey": one must seal new cookies');
  for (const [index, { kid, sealsFrom, endsAt }] of order.entries()) {
    const next = order[index + 1];
    if (next !== undefined && (next.sealsFrom ?? 0) === (sealsFrom ?? 0)) {
      throw invalidKey(
        source,
        `key_ops "wrapKey" also stands at key ${kid}: one key seals, unless nbf tells when`,
        next.kid,
      );
    }
    if (endsAt === undefined) continue;
    if (next === undefined) throw invalidKey(source, 'exp: there is no key that seals after it', kid);
    if (endsAt <= (next.sealsFrom ?? 0)) throw invalidKey(source, `exp must be after nbf of key ${next.kid}`, kid);
  }
  return order;
}

function keyRing(keys: readonly FarmKey[], order: readonly FarmKey[], now: () => number): KeyRing {
  const byKid = new Map(keys.map((key) => [key.kid, key]));
  const kids = Object.freeze([...byKid.keys()]);
  const fingerprint = fingerprintOf(keys);
  // A clock that is wrong must not leave a node without a key that seals.
  const current = (): FarmKey => order.findLast(({ sealsFrom }) => (sealsFrom ?? 0) <= now()) ?? order[0]!;
  const summary = () => ({ current: current().kid, kids, fingerprint, keys: SECRET });
  return Object.freeze({
    get current() {
      return current();
    },
    kids,
    keys: Object.freeze([...keys]),
    get: (kid: string) => byKid.get(kid),
    opener: (kid: string) => {
      const key = byKid.get(kid);
      return key?.endsAt !== undefined && key.endsAt <= now() ? undefined : key;
    },
    fingerprint: () => fingerprint,
    toJSON: summary,
    [inspect.custom]: summary,
  });
}

function fingerprintOf(keys: readonly FarmKey[]): string {
  const hash = createHash('sha256');
  for (const key of keys.toSorted((a, b) => (a.kid < b.kid ? -1 : 1))) {
    const { kid, wraps, sealsFrom, endsAt } = key;
    const octets = key.alg === 'A256KW' ? key.key : key.certificate.raw;
    hash
      .update(`${kid}\0${wraps ? 'wraps' : 'unwraps'}\0${sealsFrom ?? ''}\0${endsAt ?? ''}\0`)
      .update(createHash('sha256').update(octets).digest());
  }
  return hash.digest('hex').slice(0, 32);
}

/** The keys of a text, as they stand there. @throws GatewayError `key.invalid` */
export function parseKeys({ text, source }: KeyText): readonly unknown[] {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and the text is the key.
    throw invalidKey(source, 'is not JSON');
  }
  if (isObject(set) && set.keys === undefined && set.kty !== undefined) return [set];
  const keys = isObject(set) ? set.keys : undefined;
  if (!Array.isArray(keys)) throw invalidKey(source, 'is not a JSON Web Key Set: {"keys": […]}');
  return keys;
}
