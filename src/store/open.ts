import type { RedisPolicy } from '../config/types.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { Runtime } from '../runtime.js';
import { createCircuit } from './circuit.js';
import { redisConnect } from './redis.js';
import { createStore, type Store } from './store.js';

export interface OpenStoreOptions {
  readonly runtime: Pick<Runtime, 'now'>;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A refusal of Redis' is told once, and again after so long. Milliseconds. */
const TOLD = 10_000;

/** The store that the configuration names, and what the log and the metrics say of it. It is not up at once. */
export function openStore(policy: RedisPolicy, { runtime, log, metrics }: OpenStoreOptions): Store {
  const { timeout, prefix, addresses, mode } = policy;
  const where = { mode, addresses: addresses.map(({ host, port }) => `${host}:${port}`) };
  const told = new Map<string, number>();
  const probe = `${prefix}probe`;
  const circuit = createCircuit({
    connect: redisConnect(policy),
    timeout,
    probe: { key: probe, args: ['SET', probe, '1', 'PX', '60000'] },
    onDown: (reason) => {
      metrics.set('store_up', {}, 0);
      log('store.down', { ...where, reason });
    },
    onUp: () => {
      metrics.set('store_up', {}, 1);
      log('store.up', where);
      void warnOfEviction();
    },
  });
  /** Where keys are evicted, what has been seen once may count as new. Who may not ask is not told. */
  const warnOfEviction = async (): Promise<void> => {
    const memory = await circuit.send(probe, ['INFO', 'memory']).catch(() => undefined);
    const [, evicts] = /^maxmemory_policy:(\S+)/m.exec(typeof memory === 'string' ? memory : '') ?? [];
    if (evicts !== undefined && evicts !== 'noeviction') log('store.evicts', { ...where, policy: evicts });
  };
  metrics.set('store_up', {}, 0);
  return createStore({
    circuit,
    prefix,
    now: runtime.now,
    onDone: (op, seconds, refusal, kind) => {
      if (refusal !== 'away') metrics.observe('store_seconds', { op }, seconds);
      if (refusal === undefined) return;
      metrics.count('store_failures_total', { op, reason: refusal });
      if (kind === undefined || (told.get(kind) ?? Number.NEGATIVE_INFINITY) > performance.now() - TOLD) return;
      told.set(kind, performance.now());
      log('store.refused', { ...where, operation: op, reply: kind });
    },
  });
}
