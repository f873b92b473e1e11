import cluster, { type Worker } from 'node:cluster';
import { createServer } from 'node:net';
import type { Config, Listener } from '../config/types.js';
import { watchFiles } from '../config/watch.js';
import { createIdentitySigner } from '../forward/identity.js';
import type { Readiness } from '../http/admin.js';
import { startWorkers, type Workers } from '../http/workers.js';
import type { Log } from '../observe/log.js';
import { mergeMetrics } from '../observe/metrics.js';
import type { Runtime } from '../runtime.js';
import { createAdmin } from './admin.js';
import { listenError } from './listen-error.js';
import { createReloadMetrics } from './reload-metrics.js';
import { failureOf, filesOf } from './server.js';

/** What the primary asks its workers. */
export const QUESTIONS = { readiness: 'readiness', metrics: 'metrics', farmKeys: 'farmKeys' } as const;

/** The process that serves nothing itself: it keeps the workers, and speaks for them on the admin listener. */
export interface Primary {
  /** Reads the configuration, and has the workers do the same if it is sound. */
  reload(): Promise<boolean>;
  drain(): Promise<void>;
  /** Kills the workers. */
  stop(): Promise<void>;
}

export interface PrimaryOptions {
  readonly load: () => Config;
  readonly runtime: Runtime;
  readonly log: Log;
}

/** Beyond what a worker allows itself to end. */
const GRACE = 2_000;

/**
 * Starts as many workers as the configuration says. What would end every worker is met here, before there is one.
 *
 * @throws GatewayError `config.invalid`, `listen.failed`
 */
export async function startPrimary({ load, runtime, log }: PrimaryOptions): Promise<Primary> {
  let config = load();
  log.setLevel(config.log.level);
  log('process.start', { pid: process.pid, workers: config.workers });
  for (const listener of config.listeners) await requireFree(listener);
  let jwks = await keysOf(config, runtime);
  let draining = false;
  let workers: Workers | undefined;
  const ask = async (question: keyof typeof QUESTIONS): Promise<unknown[]> => (await workers?.ask(question)) ?? [];
  const reloads = createReloadMetrics(runtime);
  const admin = createAdmin({
    readiness: async () => combine(draining, await ask('readiness')),
    farmKeys: async () => distinct(await ask('farmKeys')),
    metrics: async () => ({
      contentType: reloads.contentType,
      text: await mergeMetrics([...(await ask('metrics')).filter(isMetrics), await reloads.json()]),
    }),
    jwks: () => jwks,
    log,
  });
  await admin.adopt(config.admin);
  workers = startWorkers({ count: config.workers, log });
  whenAllListen(config, () => log('process.ready'));
  let taken = config.files;
  const reload = async (): Promise<boolean> => {
    try {
      const next = load();
      taken = next.files;
      await admin.adopt(next.admin);
      jwks = await keysOf(next, runtime);
      config = next;
    } catch (error) {
      taken = filesOf(error) ?? taken;
      reloads.refused();
      log('config.failed', failureOf(error));
      return false;
    }
    reloads.taken();
    log.setLevel(config.log.level);
    workers.signal('SIGHUP');
    return true;
  };
  const watcher = watchFiles({
    interval: () => config.watch?.interval,
    taken: () => taken,
    changed: (files) => {
      log('config.changed', { files });
      return reload();
    },
    now: runtime.now,
  });

  return {
    reload,
    async drain() {
      draining = true;
      watcher.close();
      const { delay, timeout } = config.drain;
      log('process.drain', { delay, timeout });
      await workers.stop(delay + timeout + GRACE);
      await admin.close();
      log('process.stop');
    },
    async stop() {
      draining = true;
      watcher.close();
      await workers.stop(0);
      await admin.close();
    },
  };
}

/** A worker that cannot listen is started again and again; here the operator is told once. */
function requireFree(listener: Listener): Promise<void> {
  if (listener.port === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(listenError(listener, error)));
    server.listen({ host: listener.address, port: listener.port, exclusive: true }, () =>
      server.close(() => resolve()),
    );
  });
}

function keysOf({ services }: Config, runtime: Runtime): Promise<{ readonly keys: readonly object[] }> {
  return createIdentitySigner({ services, entries: 1, runtime }).jwks();
}

/** One worker that is ready makes the node ready: connections only come to those that accept. */
function combine(draining: boolean, answers: readonly unknown[]): Readiness {
  const states = answers.filter(isReadiness);
  const reasons = draining
    ? ['draining']
    : states.some(({ ready }) => ready)
      ? []
      : ['no worker is ready', ...new Set(states.flatMap((state) => state.reasons))];
  return { ready: reasons.length === 0, reasons };
}

function isReadiness(value: unknown): value is Readiness {
  return typeof value === 'object' && value !== null && 'ready' in value && 'reasons' in value;
}

/** The rings of all workers, each of them once. */
function distinct(answers: readonly unknown[]): readonly object[] {
  const rings = answers.flat().filter((ring) => typeof ring === 'object' && ring !== null && 'fingerprint' in ring);
  return [...new Map(rings.map((ring) => [Reflect.get(ring, 'fingerprint'), ring])).values()];
}

type WorkerMetrics = Parameters<typeof mergeMetrics>[0][number];

function isMetrics(value: unknown): value is WorkerMetrics {
  return Array.isArray(value);
}

/** Each listener of each worker tells the primary that it listens. */
function whenAllListen({ workers, listeners }: Config, ready: () => void): void {
  const seen = new Map<number, number>();
  const onListening = (worker: Worker): void => {
    seen.set(worker.id, (seen.get(worker.id) ?? 0) + 1);
    const complete = [...seen.values()].filter((count) => count >= listeners.length);
    if (complete.length < workers) return;
    cluster.off('listening', onListening);
    ready();
  };
  cluster.on('listening', onListening);
}
