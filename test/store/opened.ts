import type { RedisPolicy } from '../../src/config/types.js';
import { createMetrics } from '../../src/observe/metrics.js';
import { systemRuntime } from '../../src/runtime.js';
import { openStore } from '../../src/store/open.js';
import type { Store } from '../../src/store/store.js';
import { until } from './redis-server.js';

/** A store as the gateway opens it, and what it has said. */
export interface OpenedStore {
  readonly store: Store;
  readonly lines: { readonly event: string; readonly [field: string]: unknown }[];
}

export const TIMEOUT = 150;

export function policy(port: number, more: Partial<RedisPolicy> = {}): RedisPolicy {
  return {
    mode: 'single',
    addresses: [{ host: '127.0.0.1', port }],
    database: 0,
    timeout: TIMEOUT,
    connectTimeout: 1000,
    prefix: 'test:',
    ...more,
  };
}

export function open(redis: RedisPolicy): OpenedStore {
  const lines: OpenedStore['lines'] = [];
  const log = Object.assign(
    (event: string, fields: Record<string, unknown> = {}) => void lines.push({ event, ...fields }),
    { setLevel: () => {} },
  );
  const store = openStore(redis, { runtime: systemRuntime, log, metrics: createMetrics({ process: false }) });
  stores.add(store);
  return { store, lines };
}

/** @throws Error if it is not up in time */
export async function openUp(redis: RedisPolicy): Promise<OpenedStore> {
  const opened = open(redis);
  await until('the store is up', () => opened.store.up);
  return opened;
}

const stores = new Set<Store>();

/** Each test lets go of what it opened, whatever came of it: an open store keeps the process. */
export function closeAll(): void {
  for (const store of stores) store.close();
  stores.clear();
}

/** What a refused operation says, and how long it took. */
export async function refusalOf(work: Promise<unknown>): Promise<{ code: unknown; details: unknown; ms: number }> {
  const begun = performance.now();
  try {
    await work;
  } catch (error) {
    const { code, details } = error as { code?: unknown; details?: unknown };
    return { code, details, ms: performance.now() - begun };
  }
  throw new Error('it was not refused');
}
