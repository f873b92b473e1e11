import { randomBytes, randomUUID } from 'node:crypto';

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

export const systemRuntime: Runtime = {
  now: Date.now,
  randomBytes,
  randomUUID,
};
