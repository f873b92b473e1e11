import { createWindow, type Window } from '../conversation/window.js';
import { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';

/** Nonces of UsernameTokens that were proven, on this worker (security.md T9). */
export type NonceWindow = Pick<Window, 'size' | 'remember'>;

/** A full window refuses with `auth.unavailable`. */
export function createNonceWindow(capacity: number, runtime: Runtime): NonceWindow {
  return createWindow(
    capacity,
    runtime,
    () => new GatewayError('auth.unavailable', 'no room to remember another nonce', { capacity }),
  );
}
