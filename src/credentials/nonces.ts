import { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';

/**
 * What was seen and must not be seen again, exactly: nothing is forgotten before its time, and when there is no room the
 * answer is a refusal (security.md T6, T9). Of one worker: another node does not know of it.
 */
export interface NonceWindow {
  readonly size: number;
  /**
   * Remembers a key, in one step with the question whether it is known.
   *
   * @param until milliseconds since the epoch
   * @returns false if it was remembered already
   * @throws GatewayError `auth.unavailable` if there is no room
   */
  remember(key: string, until: number): boolean;
}

/** A full window is not searched for what has ended more often than this. Milliseconds. */
const SWEEP_INTERVAL = 1000;

export function createNonceWindow(capacity: number, runtime: Runtime): NonceWindow {
  const entries = new Map<string, number>();
  let swept = Number.NEGATIVE_INFINITY;
  const sweep = (now: number): void => {
    if (now - swept < SWEEP_INTERVAL) return;
    swept = now;
    for (const [key, until] of entries) if (until < now) entries.delete(key);
  };
  return {
    get size() {
      return entries.size;
    },
    remember: (key, until) => {
      const now = runtime.now();
      const known = entries.get(key);
      if (known !== undefined && known >= now) return false;
      if (known === undefined && entries.size >= capacity) sweep(now);
      if (known === undefined && entries.size >= capacity) {
        throw new GatewayError('auth.unavailable', 'no room to remember another nonce', { capacity });
      }
      entries.set(key, until);
      return true;
    },
  };
}
