import { isDeepStrictEqual } from 'node:util';
import type { Config, RedisPolicy, ServicePolicy } from '../config/types.js';
import { createFarmMemory, type FarmMemory } from '../conversation/farm-memory.js';
import type { Revocations } from '../conversation/revocation.js';
import type { Ending } from '../conversation/revocation-entry.js';
import { createRevocationJournal, type RevocationJournal } from '../conversation/revocation-journal.js';
import { GatewayError } from '../errors.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { Runtime } from '../runtime.js';
import { openStore } from '../store/open.js';
import type { Store } from '../store/store.js';
import type { PipelineOptions } from './context.js';

/** What a worker shares with all nodes of the farm; nothing of it is there without Redis. */
export interface Shared {
  readonly store: Store | undefined;
  readonly journal: RevocationJournal | undefined;
  readonly memory: FarmMemory | undefined;
  /** Takes over another configuration; a store that moved is asked as soon as it answers. */
  adopt(config: Config): void;
  /** Why this worker should get no messages. */
  unready(): readonly string[];
  close(): void;
}

export interface SharedOptions {
  readonly revocations: Revocations;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly metrics: Metrics;
}

interface Link {
  readonly policy: RedisPolicy;
  readonly store: Store;
  readonly journal: RevocationJournal;
  readonly memory: FarmMemory;
}

/** Without news of revocations for so long, `closed` services refuse. Milliseconds. */
export const MAX_AGE = 2000;
/** A worker that has not read the revocations yet is not ready, but waits no longer than this. Milliseconds. */
const START = 5000;
/** From one look at a store that is to take over to the next. Milliseconds. */
const LOOK = 50;
/** What was asked of a store that is left is waited for. Milliseconds. */
const FAREWELL = 10_000;

export function createShared(first: Config, options: SharedOptions): Shared {
  let services = first.services;
  let link: Link | undefined;
  let next: Link | undefined;
  const begun = performance.now();

  const open = (policy: RedisPolicy): Link => {
    const store = openStore(policy, options);
    const { revocations, log } = options;
    const journal = createRevocationJournal({
      store,
      revocations,
      lifetime: () => Math.max(...services.map(({ conversation }) => conversation.renewUntil)),
      onIncomplete: (reason) => log('store.journal', { reason }),
    });
    return { policy, store, journal, memory: createFarmMemory(store) };
  };
  const leave = (left: Link | undefined, after: number): void => {
    left?.journal.close();
    if (left !== undefined) setTimeout(() => left.store.close(), after).unref();
  };
  const takeOver = (from: Link | undefined): void => {
    if (next === undefined || link !== from) return;
    link = next;
    next = undefined;
    leave(from, FAREWELL);
  };
  /** What is asked meanwhile is asked of the old one: a reload fails no message. */
  const takeOverWhenUp = (from: Link, to: Link, latest: number): void => {
    if (next !== to) return;
    if (to.store.up || performance.now() > latest) takeOver(from);
    else setTimeout(() => takeOverWhenUp(from, to, latest), LOOK).unref();
  };
  const adopt = ({ redis, services: current }: Config): void => {
    services = current;
    if (isDeepStrictEqual((next ?? link)?.policy, redis)) return;
    leave(next, 0);
    next = undefined;
    if (redis === undefined) {
      leave(link, FAREWELL);
      link = undefined;
      return;
    }
    next = open(redis);
    const from = link;
    if (from === undefined) takeOver(from);
    else takeOverWhenUp(from, next, performance.now() + START);
  };

  adopt(first);
  options.metrics.read('revocations_entries', () => options.revocations.size);
  options.metrics.read('revocations_age_seconds', () => (link === undefined ? 0 : finite(link.journal.age) / 1000));
  return {
    get store() {
      return link?.store;
    },
    get journal() {
      return link?.journal;
    },
    get memory() {
      return link?.memory;
    },
    adopt,
    unready() {
      if (link === undefined) return [];
      const needed = services.some(({ whenStoreIsAway }) => whenStoreIsAway === 'closed');
      const isStart = performance.now() - begun < START;
      if (needed && !link.store.up) return ['the shared store does not answer'];
      return (needed && link.journal.age > MAX_AGE) || (isStart && link.journal.age === Number.POSITIVE_INFINITY)
        ? ['the revocations of other nodes are not known']
        : [];
    },
    close() {
      for (const each of [link, next]) {
        each?.journal.close();
        each?.store.close();
      }
      link = undefined;
      next = undefined;
    },
  };
}

function finite(age: number): number {
  return Math.min(age, performance.now());
}

/** @throws GatewayError `store.unavailable` where no store is configured */
export function requireShared<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new GatewayError('store.unavailable', 'no shared store is configured');
  return part;
}

/** Where revocations might have been missed, `closed` services serve nothing. @throws GatewayError `store.unavailable` */
export function requireNews({ journal }: Shared, service: ServicePolicy, metrics: Metrics): void {
  if (service.whenStoreIsAway === 'open' || journal === undefined || journal.age <= MAX_AGE) return;
  metrics.count('store_decisions_total', { route: service.name, decision: 'closed' });
  throw new GatewayError('store.unavailable', 'the revocations of other nodes are not known', {
    age_ms: Math.round(finite(journal.age)),
  });
}

/**
 * What the store answers, or while it is away what the service's policy says.
 *
 * @param open what an open service goes on with
 * @throws GatewayError `store.unavailable` for a closed one
 */
export async function askShared<Answer>(
  service: ServicePolicy,
  metrics: Metrics,
  ask: () => Promise<Answer>,
  open: Answer,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'store.unavailable') throw error;
    metrics.count('store_decisions_total', { route: service.name, decision: service.whenStoreIsAway });
    if (service.whenStoreIsAway === 'closed') throw error;
    return open;
  }
}

/**
 * Remembers what must be new on every node, where the service wants that.
 *
 * @param until milliseconds since the epoch, on a clock that may be as wrong as the service allows
 * @returns false if a node has seen it
 * @throws GatewayError `store.unavailable` for a closed service
 */
export async function rememberOnFarm(
  { state, runtime, metrics }: Pick<PipelineOptions, 'state' | 'runtime' | 'metrics'>,
  service: ServicePolicy,
  kind: 'message' | 'nonce',
  key: string,
  until: number,
): Promise<boolean> {
  if (service.replay !== 'farm') return true;
  const ttl = until - runtime.now() + service.timestamp.skew;
  return askShared(service, metrics, async () => requireShared(state.shared.memory).remember(kind, key, ttl), true);
}

/**
 * Ends a conversation or a token before its time, here and on every node.
 *
 * @param away what is done where the other nodes cannot be told now; they are later in any case
 * @throws GatewayError `store.unavailable`; `http.overloaded` where there is no room to remember it
 */
export async function endOnFarm(
  { state, metrics }: Pick<PipelineOptions, 'state' | 'metrics'>,
  service: ServicePolicy,
  ending: Ending,
  away: ServicePolicy['whenStoreIsAway'] = service.whenStoreIsAway,
): Promise<void> {
  const { journal } = state.shared;
  if (journal === undefined) return ending.apply(state.revocations);
  await askShared({ ...service, whenStoreIsAway: away }, metrics, () => journal.publish(ending), undefined);
}
