import { createHook } from 'node:async_hooks';
import { scryptSync } from 'node:crypto';
import { formatHash } from '../../src/credentials/hash.js';
import type { User } from '../../src/credentials/user-file.js';
import { GatewayError } from '../../src/errors.js';
import type { Runtime } from '../../src/runtime.js';

export { jwk, RING, ring } from '../conversation/fixtures.js';

export const START = Date.parse('2026-11-24T12:00:00Z');

/** Time that stands until it is moved; octets that count up. */
export interface Clock extends Runtime {
  set(now: number): void;
}

export function clock(): Clock {
  let now = START;
  let next = 0;
  return {
    now: () => now,
    set: (time) => {
      now = time;
    },
    randomBytes: (size) => Buffer.from(Array.from({ length: size }, () => next++ & 255)),
    randomUUID: () => '00000000-0000-4000-8000-000000000000',
  };
}

/** The least that is accepted: a test must not wait. */
export const COST = { N: 2 ** 14, r: 8, p: 1 } as const;

export function hashed(name: string, password: string, groups: readonly string[] = []): User {
  const salt = Buffer.from(`salt of ${name}`.padEnd(16, '.'));
  const key = scryptSync(password, salt, 32, { ...COST, maxmem: 64 * 1024 * 1024 });
  return { name, groups, hash: { ...COST, salt, key } };
}

export const line = (user: User): string => (user.hash === undefined ? '' : `${user.name}:${formatHash(user.hash)}`);

/** How many scrypt derivations `work` starts, whoever calls for them. */
export async function derivations(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'SCRYPTREQUEST') count++;
    },
  }).enable();
  try {
    await work();
  } finally {
    hook.disable();
  }
  return count;
}

export async function failureOf(work: () => unknown): Promise<GatewayError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
