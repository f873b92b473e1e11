import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { equal } from '../crypto/mac.js';
import { SECRET, secret } from '../crypto/secret.js';
import { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';

/**
 * The farm's keys: a JSON Web Key Set (RFC 7517 §5) of A256KW keys. `key_ops` says what a key is for, in the
 * standard's words: the one key with `wrapKey` seals new cookies, every key opens with `unwrapKey`. A rotation is three
 * rollouts, none of which refuses a valid cookie: add the new key with `["unwrapKey"]` to every node (staged); move `wrapKey` to it
 * (active); when the last cookie of the old one has ended (retiring), remove that.
 */
export interface FarmKey {
  readonly kid: string;
  /** 32 octets; prints as `[secret]`. */
  readonly key: Buffer;
}

export interface KeyRing {
  /** The key that seals. */
  readonly current: FarmKey;
  readonly kids: readonly string[];
  get(kid: string): FarmKey | undefined;
  /** Equal on two nodes exactly if their rings hold the same keys in the same roles; tells nothing of the keys. */
  fingerprint(): string;
}

const KID = /^[A-Za-z0-9._-]{1,32}$/;
const KEY_LENGTH = 32;
const MAX_KEYS = 32;
const MEMBERS: ReadonlySet<string> = new Set(['kty', 'kid', 'k', 'alg', 'use', 'key_ops']);

interface Entry {
  readonly farmKey: FarmKey;
  readonly wraps: boolean;
}

/**
 * Reads a ring from a file or an environment variable.
 *
 * @param source where the text is from, for messages
 * @throws GatewayError `key.invalid`, naming the source, the kid and the reason, and never a part of the text
 */
export function parseKeyRing(text: string, source: string): KeyRing {
  const entries = parseKeys(text, source).map((jwk, index) => parseKey(jwk, index, source));
  for (const [index, { farmKey }] of entries.entries()) {
    for (const { farmKey: earlier } of entries.slice(0, index)) {
      if (earlier.kid === farmKey.kid) throw invalid(source, 'two keys have this kid', farmKey.kid);
      if (equal(earlier.key, farmKey.key)) {
        throw invalid(source, `has the same octets as key ${earlier.kid}`, farmKey.kid);
      }
    }
  }
  const [current, second] = entries.filter(({ wraps }) => wraps);
  if (current === undefined) throw invalid(source, 'no key has key_ops "wrapKey": one must seal new cookies');
  if (second !== undefined) {
    throw invalid(
      source,
      `key_ops "wrapKey" also stands at key ${current.farmKey.kid}: one key seals`,
      second.farmKey.kid,
    );
  }
  return keyRing(current.farmKey, entries);
}

/** A ring of one new key, as `parseKeyRing` reads it. */
export function generateKeyRing(runtime: Runtime): string {
  const day = new Date(runtime.now()).toISOString().slice(0, 10);
  const jwk = {
    kty: 'oct',
    kid: `${day}-${runtime.randomBytes(2).toString('hex')}`,
    alg: 'A256KW',
    key_ops: ['wrapKey', 'unwrapKey'],
    k: runtime.randomBytes(KEY_LENGTH).toString('base64url'),
  };
  return `${JSON.stringify({ keys: [jwk] }, undefined, 2)}\n`;
}

function keyRing(current: FarmKey, entries: readonly Entry[]): KeyRing {
  const byKid = new Map(entries.map(({ farmKey }) => [farmKey.kid, farmKey]));
  const kids = Object.freeze([...byKid.keys()]);
  const hash = createHash('sha256');
  for (const { kid, key } of [...byKid.values()].sort((a, b) => (a.kid < b.kid ? -1 : 1))) {
    hash
      .update(`${kid}\0${kid === current.kid ? 'wraps' : 'unwraps'}\0`)
      .update(createHash('sha256').update(key).digest());
  }
  const fingerprint = hash.digest('hex').slice(0, 32);
  const summary = () => ({ current: current.kid, kids, fingerprint, keys: SECRET });
  return Object.freeze({
    current,
    kids,
    get: (kid: string) => byKid.get(kid),
    fingerprint: () => fingerprint,
    toJSON: summary,
    [inspect.custom]: summary,
  });
}

function parseKeys(text: string, source: string): readonly unknown[] {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and the text is the key.
    throw invalid(source, 'is not JSON');
  }
  const keys = isObject(set) ? set.keys : undefined;
  if (!Array.isArray(keys)) throw invalid(source, 'is not a JSON Web Key Set: {"keys": […]}');
  if (keys.length === 0) throw invalid(source, 'holds no key');
  if (keys.length > MAX_KEYS) throw invalid(source, `holds more than ${MAX_KEYS} keys`);
  return keys;
}

function parseKey(jwk: unknown, index: number, source: string): Entry {
  if (!isObject(jwk)) throw invalid(source, `keys[${index}] is not an object`);
  const { kid } = jwk;
  if (typeof kid !== 'string' || !KID.test(kid)) {
    throw invalid(source, `keys[${index}]: kid must be 1 to 32 of A-Z a-z 0-9 . _ -`);
  }
  if (jwk.kty !== 'oct') throw invalid(source, 'kty must be "oct"', kid);
  if (jwk.alg !== 'A256KW') throw invalid(source, 'alg must be "A256KW"', kid);
  if (jwk.use !== undefined && jwk.use !== 'enc') throw invalid(source, 'use must be "enc" or absent', kid);
  const stranger = Object.keys(jwk).find((member) => !MEMBERS.has(member));
  if (stranger !== undefined) throw invalid(source, 'has a member that is not known here', kid, { member: stranger });
  return { farmKey: farmKey(kid, parseOctets(jwk.k, kid, source)), wraps: parseOperations(jwk.key_ops, kid, source) };
}

function parseOctets(k: unknown, kid: string, source: string): Buffer {
  const octets = typeof k === 'string' ? Buffer.from(k, 'base64url') : undefined;
  if (octets === undefined || octets.toString('base64url') !== k)
    throw invalid(source, 'k is not canonical base64url', kid);
  if (octets.length !== KEY_LENGTH) {
    throw invalid(source, `k must be ${KEY_LENGTH} octets`, kid, { length: octets.length });
  }
  return octets;
}

function parseOperations(operations: unknown, kid: string, source: string): boolean {
  const list: readonly unknown[] = Array.isArray(operations) ? operations : [];
  const unknown = list.some((operation) => operation !== 'wrapKey' && operation !== 'unwrapKey');
  if (unknown || !list.includes('unwrapKey') || new Set(list).size !== list.length) {
    throw invalid(source, 'key_ops must be ["wrapKey","unwrapKey"] (seals and opens) or ["unwrapKey"] (opens)', kid);
  }
  return list.includes('wrapKey');
}

function farmKey(kid: string, key: Buffer): FarmKey {
  return Object.freeze({ kid, key: secret(key) });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(source: string, reason: string, kid?: string, details: Record<string, unknown> = {}): GatewayError {
  const message = kid === undefined ? `${source}: ${reason}` : `${source}: key ${kid}: ${reason}`;
  return new GatewayError('key.invalid', message, {
    source,
    ...(kid === undefined ? {} : { kid }),
    reason,
    ...details,
  });
}
