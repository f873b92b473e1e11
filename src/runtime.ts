import { randomFillSync, randomUUID } from 'node:crypto';

/**
 * Time and randomness, handed in from the composition root so that a recorded message can be proven at the time of
 * its recording and a generated one is the same in every run.
 */
export interface Runtime {
  /** Milliseconds since the epoch. */
  now(): number;
  /** `size` octets from a cryptographically strong source. */
  randomBytes(size: number): Buffer;
  /** A random UUID, RFC 9562 version 4. */
  randomUUID(): string;
}

/** Octets drawn at once: a call into the generator costs more than the few octets that a message needs. */
const POOL_SIZE = 4096;
/** What is larger is drawn by itself. */
const MAX_POOLED = 64;

/**
 * `size` octets at a time from a pool that is drawn in one piece, as Node's own randomUUID does. Each octet is given out
 * once, and leaves nothing of itself in the pool.
 */
function pooledRandomBytes(): (size: number) => Buffer {
  const pool = Buffer.allocUnsafeSlow(POOL_SIZE);
  let next = POOL_SIZE;
  return (size) => {
    const octets = Buffer.allocUnsafe(size);
    if (size > MAX_POOLED) return randomFillSync(octets);
    if (next + size > POOL_SIZE) {
      randomFillSync(pool);
      next = 0;
    }
    pool.copy(octets, 0, next, next + size);
    pool.fill(0, next, next + size);
    next += size;
    return octets;
  };
}

export const systemRuntime: Runtime = {
  now: Date.now,
  randomBytes: pooledRandomBytes(),
  randomUUID,
};
