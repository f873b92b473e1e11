import { isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';
import { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';

/** How many failures in a row are borne; one is forgiven each `refill` milliseconds. */
export interface ThrottleLimits {
  readonly userFailures: number;
  readonly addressFailures: number;
  readonly refill: number;
  /** Users and addresses watched; the ones longest without an attempt are dropped first (100 000). */
  readonly entries?: number;
}

/**
 * Slows guessing (security.md T9), on this worker. Only failures count: a hundred servers may log in with one account at
 * once.
 *
 * What it gives up: who knows a user's name can keep him out of *new* conversations for as long as he goes on guessing.
 */
export interface Throttle {
  /** @throws GatewayError `auth.throttled`, for the user or the address */
  check(user: string, address: string): void;
  failed(user: string, address: string): void;
  /** Forgives the user, not the address: one good account must not pay for guesses at others. */
  succeeded(user: string): void;
}

interface Bucket {
  readonly failures: number;
  /** When the oldest of them began to be forgiven. */
  readonly since: number;
}

const DEFAULT_ENTRIES = 100_000;

export function createThrottle(limits: ThrottleLimits, runtime: Runtime): Throttle {
  const buckets = new LRUCache<string, Bucket>({ max: limits.entries ?? DEFAULT_ENTRIES });
  const failures = (key: string): Bucket => {
    const now = runtime.now();
    const bucket = buckets.get(key) ?? { failures: 0, since: now };
    const forgiven = Math.max(0, Math.floor((now - bucket.since) / limits.refill));
    const left = Math.max(0, bucket.failures - forgiven);
    return { failures: left, since: left === 0 ? now : bucket.since + forgiven * limits.refill };
  };
  const add = (key: string): void => {
    const bucket = failures(key);
    buckets.set(key, { ...bucket, failures: bucket.failures + 1 });
  };
  return {
    check: (user, address) => {
      const by =
        failures(userKey(user)).failures >= limits.userFailures
          ? 'user'
          : failures(addressKey(address)).failures >= limits.addressFailures
            ? 'address'
            : undefined;
      if (by !== undefined) throw new GatewayError('auth.throttled', `too many failed attempts of this ${by}`, { by });
    },
    failed: (user, address) => {
      add(userKey(user));
      add(addressKey(address));
    },
    succeeded: (user) => {
      buckets.delete(userKey(user));
    },
  };
}

function userKey(user: string): string {
  return `user ${user}`;
}

function addressKey(address: string): string {
  return `address ${network(address)}`;
}

/** An IPv6 client has a whole /64 to choose from; an IPv4 one in IPv6's spelling is still one. */
function network(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  // The URL parser writes an address in its one short form, dots as groups.
  const short = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const [left = [], tail] = short.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const missing = tail === undefined ? 0 : 8 - left.length - tail.length;
  const groups = [...left, ...Array<string>(missing).fill('0'), ...(tail ?? [])];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
