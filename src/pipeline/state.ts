import { LRUCache } from 'lru-cache';
import type { Config, ConversationPolicy } from '../config/types.js';
import { ConversationCache } from '../conversation/cache.js';
import { open, seal, survivors } from '../conversation/cookie.js';
import type { KeptState } from '../conversation/kept-state.js';
import type { KeyRing } from '../conversation/key-ring.js';
import { createMemoryState } from '../conversation/memory-state.js';
import { createRedisState } from '../conversation/redis-state.js';
import { createReplayWindow, type ReplayWindow } from '../conversation/replay.js';
import { createRevocations, type Revocations } from '../conversation/revocation.js';
import { createGate } from '../credentials/gate.js';
import { createNonceWindow } from '../credentials/nonces.js';
import { createThrottle } from '../credentials/throttle.js';
import { type AuthenticateUsername, usernameAuthenticator } from '../credentials/username.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { Runtime } from '../runtime.js';
import { type AnswerKeys, createAnswerKeys } from '../wss/answer-keys.js';
import { requireShared } from './farm.js';
import { createShared, type Shared } from './shared.js';

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
  /** Where the state is of conversations whose tokens do not carry it. */
  readonly kept: { readonly [State in ConversationPolicy['state']]?: KeptState };
  readonly shared: Shared;
  readonly answerKeys: AnswerKeys;
  readonly authenticateUsername: AuthenticateUsername;
  /** Failed proofs by the digest of the EncryptedKey: an RST that was overheard must not serve as an oracle (security.md C4). */
  readonly keyFailures: LRUCache<string, number>;
}

const KEY_FAILURES = 10_000;

/** @throws nothing; sizes come from a checked configuration */
export function createPipelineState(config: Config, runtime: Runtime, metrics: Metrics, log: Log): PipelineState {
  const { authentication, cache } = config;
  const conversations = new ConversationCache(
    (cookie, outer) => {
      metrics.count('context_cache_misses_total', {});
      return open(state.ring, cookie, outer);
    },
    { entries: cache.conversations, derivedKeys: cache.derivedKeys },
    runtime.now,
  );
  const revocations = createRevocations(cache.revocations, runtime, (rule) => log('token.revoked', { ...rule }));
  const shared = createShared(config, { revocations, runtime, log, metrics });
  const state: PipelineState = {
    ring: config.keyRing,
    conversations,
    replay: createReplayWindow(cache.replay, runtime),
    revocations,
    kept: {
      memory: createMemoryState(cache.conversations, conversations, runtime),
      redis: createRedisState({
        store: () => requireShared(shared.store),
        seal: (context) => seal(state.ring, context),
        conversations,
        runtime,
      }),
    },
    shared,
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
  state.shared.adopt(config);
  state.ring = config.keyRing;
  if (state.ring.fingerprint() !== ring.fingerprint()) conversations.retain(survivors(ring, state.ring));
}

/** Why this worker should get no messages, besides its upstreams. */
export function unreadyReasons({ shared }: PipelineState): readonly string[] {
  return shared.unready();
}

/** Lets go of what is open. */
export function closePipelineState({ shared }: PipelineState): void {
  shared.close();
}
