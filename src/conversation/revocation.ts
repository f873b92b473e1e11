import { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { createWindow } from './window.js';

/** Conversations that were cancelled, on this worker, for as long as any token of theirs could be good (security.md T3). */
export interface Revocations {
  readonly size: number;
  /**
   * @param until milliseconds since the epoch: the end of the whole conversation
   * @throws GatewayError `http.overloaded` where there is no room to remember it
   */
  revoke(identifier: string, until: number): void;
  isRevoked(identifier: string): boolean;
}

export function createRevocations(capacity: number, runtime: Pick<Runtime, 'now'>): Revocations {
  const window = createWindow(
    capacity,
    runtime,
    () => new GatewayError('http.overloaded', 'no room to remember another cancelled conversation', { capacity }),
  );
  return {
    get size() {
      return window.size;
    },
    revoke: (identifier, until) => void window.remember(identifier, until),
    isRevoked: (identifier) => window.has(identifier),
  };
}
