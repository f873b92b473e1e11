import type { FarmKey } from './farm-key.js';
import type { KeyRing } from './key-ring.js';

/**
 * staged: opens, and will seal. active: seals. retiring: opens what it has sealed. opens: as retiring, or staged, of a key whose
 * end is not known. ended: opens no more, and may be retired.
 */
export type KeyState = 'staged' | 'active' | 'retiring' | 'opens' | 'ended';

export interface KeyReport {
  readonly kid: string;
  readonly alg: FarmKey['alg'];
  readonly state: KeyState;
  /** ISO 8601, as is `endsAt`; absent where there is no such time. */
  readonly sealsFrom?: string;
  readonly endsAt?: string;
}

/** What may be told of a ring to whoever can reach the admin listener. */
export interface RingReport {
  readonly fingerprint: string;
  readonly active: string;
  readonly keys: readonly KeyReport[];
}

/** @param now milliseconds since the epoch */
export function reportRing(ring: KeyRing, now: number): RingReport {
  const active = ring.current;
  return {
    fingerprint: ring.fingerprint(),
    active: active.kid,
    keys: ring.keys.map((key) => {
      const { kid, alg, sealsFrom, endsAt } = key;
      return {
        kid,
        alg,
        state: stateOf(key, active, now),
        ...(sealsFrom === undefined ? {} : { sealsFrom: new Date(sealsFrom).toISOString() }),
        ...(endsAt === undefined ? {} : { endsAt: new Date(endsAt).toISOString() }),
      };
    }),
  };
}

/** @param active the key of the ring that seals */
export function stateOf(key: FarmKey, active: FarmKey, now: number): KeyState {
  if (key.kid === active.kid) return 'active';
  if (key.endsAt !== undefined && key.endsAt <= now) return 'ended';
  if (key.wraps && (key.sealsFrom ?? 0) > (active.sealsFrom ?? 0)) return 'staged';
  return key.endsAt === undefined ? 'opens' : 'retiring';
}
