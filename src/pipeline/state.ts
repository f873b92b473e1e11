import { LRUCache } from 'lru-cache';
import type { Config } from '../config/types.js';
import { ConversationCache } from '../conversation/cache.js';
import { open, survivors } from '../conversation/cookie.js';
import type { KeyRing } from '../conversation/key-ring.js';
import { createReplayWindow, type ReplayWindow } from '../conversation/replay.js';
import { createRevocations, type Revocations } from '../conversation/revocation.js';
import { createGate } from '../credentials/gate.js';
import { createNonceWindow } from '../credentials/nonces.js';
import { createThrottle } from '../credentials/throttle.js';
import { type AuthenticateUsername, usernameAuthenticator } from '../credentials/username.js';
import type { Metrics } from '../observe/metrics.js';
import type { Runtime } from '../runtime.js';
import { type AnswerKeys, createAnswerKeys } from '../wss/answer-keys.js';

/**
 * What a worker remembers from one message to the next, and over reloads. Nothing in it is needed to serve a
 * conversation; what refuses (replay, nonces, revocations) is bounded and exact, what only saves work is bounded and may
 * forget.
 */
export interface PipelineState {
  /** The ring that cookies are opened with; a reload exchanges it. */
  ring: KeyRing;
  readonly conversations: ConversationCache;
  readonly replay: ReplayWindow;
  readonly revocations: Revocations;
  readonly answerKeys: AnswerKeys;
  readonly authenticateUsername: AuthenticateUsername;
  /** Failed proofs by the digest of the EncryptedKey: an RST that was overheard must not serve as an oracle (security.md C4). */
  readonly keyFailures: LRUCache<string, number>;
}

const REVOCATIONS = 1_000_000;
const KEY_FAILURES = 10_000;

/** @throws nothing; sizes come from a checked configuration */
export function createPipelineState(config: Config, runtime: Runtime, metrics: Metrics): PipelineState {
  const { authentication, cache } = config;
  const state: PipelineState = {
    ring: config.keyRing,
    conversations: new ConversationCache(
      (cookie, outer) => {
        metrics.count('context_cache_misses_total', {});
        return open(state.ring, cookie, outer);
      },
      { entries: cache.conversations, derivedKeys: cache.derivedKeys },
      runtime.now,
    ),
    replay: createReplayWindow(cache.replay, runtime),
    revocations: createRevocations(REVOCATIONS, runtime),
    answerKeys: createAnswerKeys(runtime),
    authenticateUsername: usernameAuthenticator({
      runtime,
      throttle: createThrottle(authentication, runtime),
      nonces: createNonceWindow(authentication.nonces, runtime),
      gate: createGate(authentication.concurrency, authentication.queue),
    }),
    keyFailures: new LRUCache({ max: KEY_FAILURES }),
  };
  metrics.read('context_cache_entries', () => state.conversations.size);
  return state;
}

/**
 * Takes over what a reload may change: from now on cookies are opened with the new ring, and what was opened under a key
 * that it has no more is forgotten. Sizes change with a restart.
 */
export function adoptConfig(state: PipelineState, config: Config): void {
  const { ring, conversations } = state;
  state.ring = config.keyRing;
  if (state.ring.fingerprint() !== ring.fingerprint()) conversations.retain(survivors(ring, state.ring));
}
