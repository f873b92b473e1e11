import { isDeepStrictEqual } from 'node:util';
import type { Config, RedisPolicy } from '../config/types.js';
import { createFarmMemory, type FarmMemory } from '../conversation/farm-memory.js';
import type { Revocations } from '../conversation/revocation.js';
import { createRevocationJournal, type RevocationJournal } from '../conversation/revocation-journal.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { Runtime } from '../runtime.js';
import { openStore } from '../store/open.js';
import type { Store } from '../store/store.js';

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

export function finite(age: number): number {
  return Math.min(age, performance.now());
}
