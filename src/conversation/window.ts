import type { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';

/**
 * What was seen and must not be seen again, exactly: nothing is forgotten before its time, and where there is no room
 * the answer is a refusal (security.md T6, T9). Of one worker.
 */
export interface Window {
  readonly size: number;
  /**
   * Remembers a key, in one step with the question whether it is known.
   *
   * @param until milliseconds since the epoch; at most one window's length from now
   * @returns false if it was remembered already
   * @throws GatewayError the error for a full window
   */
  remember(key: string, until: number): boolean;
  /** Whether a key is remembered now. */
  has(key: string): boolean;
}

/** Entries looked at for each new one: more than one, so that the front never falls behind. */
const STEP = 2;
/** A full window is not searched through more often than this. Milliseconds. */
const SWEEP_INTERVAL = 1000;

/** @param full makes the error of a window without room */
export function createWindow(capacity: number, runtime: Pick<Runtime, 'now'>, full: () => GatewayError): Window {
  // In order of arrival, which is nearly the order of ending: the front is where the ended ones are.
  const entries = new Map<string, number>();
  let swept = Number.NEGATIVE_INFINITY;
  const dropEnded = (now: number): void => {
    let looked = 0;
    for (const [key, until] of entries) {
      if (until >= now || looked++ >= STEP) return;
      entries.delete(key);
    }
  };
  const sweep = (now: number): void => {
    if (now - swept < SWEEP_INTERVAL) return;
    swept = now;
    for (const [key, until] of entries) if (until < now) entries.delete(key);
  };
  return {
    get size() {
      return entries.size;
    },
    has: (key) => (entries.get(key) ?? Number.NEGATIVE_INFINITY) >= runtime.now(),
    remember: (key, until) => {
      const now = runtime.now();
      const known = entries.get(key);
      if (known !== undefined && known >= now) return false;
      dropEnded(now);
      if (entries.size >= capacity) sweep(now);
      if (entries.size >= capacity) throw full();
      // Anew, so that its place fits its time.
      entries.delete(key);
      entries.set(key, until);
      return true;
    },
  };
}
