import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/types.js';
import { type RingReport, reportRing } from '../conversation/ring-report.js';
import type { Readiness } from '../http/admin.js';
import { createInFlight } from '../http/in-flight.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { Runtime } from '../runtime.js';
import { createAdmin } from './admin.js';
import { createConfigGauges } from './gauges.js';
import { createGeneration, type Generation, type Lasting, type Pipeline } from './generation.js';
import { createListeners } from './listeners.js';

export interface CollaboratorOptions<State> {
  readonly pipeline: Pipeline<State>;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly metrics: Metrics;
  /** A worker has no admin listener: the primary asks it. */
  readonly admin: boolean;
}

/** Everything that serves, and what connects it. */
export interface Collaborators {
  readonly addresses: readonly AddressInfo[];
  readonly admin: AddressInfo | undefined;
  readiness(): Readiness;
  /** The ring in force, or none before the start. */
  farmKeys(): readonly RingReport[];
  /**
   * Serves by this configuration from now on; the first call opens the listeners.
   *
   * @throws GatewayError `listen.failed`; then all is as it was
   */
  adopt(config: Config): Promise<void>;
  /** Not ready any more; answers end their connections. */
  drain(): void;
  /** Accepts no more, and cuts after `timeout` ms what is in work. A second call can shorten the time. */
  close(timeout: number): Promise<void>;
}

/** What closing may take beyond the requests themselves: a health check under way. */
const CLOSE_TIME = 1_000;

export function createCollaborators<State>(first: Config, options: CollaboratorOptions<State>): Collaborators {
  const { pipeline, runtime, log, metrics } = options;
  const lasting: Lasting = { runtime, log, metrics, inFlight: createInFlight() };
  const state = pipeline.createState(first, runtime, metrics, log);
  const gauges = createConfigGauges(metrics, runtime);
  const listeners = createListeners(lasting);
  let current: Generation | undefined;
  let jwks: { readonly keys: readonly object[] } = { keys: [] };
  let draining = false;
  const retiring = new Set<Promise<void>>();
  metrics.read('requests_in_flight', () => lasting.inFlight.count);

  const readiness = (): Readiness => {
    const targets = current?.statuses() ?? [];
    const reasons = [
      ...(draining ? ['draining'] : []),
      ...(targets.some(({ up }) => up) ? [] : ['no upstream target is up']),
      ...(pipeline.unready?.(state) ?? []),
    ];
    return { ready: reasons.length === 0, reasons };
  };
  const farmKeys = (): readonly RingReport[] =>
    current === undefined ? [] : [reportRing(current.config.keyRing, runtime.now())];
  const admin = createAdmin({
    readiness,
    farmKeys,
    metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
    jwks: () => jwks,
    log,
  });
  const retire = (generation: Generation): void => {
    const retired = generation.retire().finally(() => retiring.delete(retired));
    retiring.add(retired);
  };

  return {
    get addresses() {
      return listeners.addresses;
    },
    get admin() {
      return admin.address;
    },
    readiness,
    farmKeys,
    async adopt(config) {
      const last = current;
      const next = createGeneration(config, pipeline, state, lasting);
      const nextJwks = await next.signer.jwks();
      pipeline.adoptConfig(state, config);
      try {
        if (options.admin) await admin.adopt(config.admin);
        await listeners.adopt(config, next.handler);
      } catch (error) {
        if (last !== undefined) pipeline.adoptConfig(state, last.config);
        next.yieldGauges(last);
        retire(next);
        await admin.adopt(options.admin ? last?.config.admin : undefined);
        throw error;
      }
      current = next;
      jwks = nextJwks;
      if (last !== undefined) {
        last.yieldGauges(next);
        retire(last);
      }
      log.setLevel(config.log.level);
      gauges.loaded(config);
    },
    drain() {
      draining = true;
      listeners.drain();
    },
    async close(timeout) {
      draining = true;
      await listeners.close(timeout);
      if (current !== undefined) retire(current);
      current = undefined;
      await Promise.race([Promise.all(retiring), sleep(CLOSE_TIME, undefined, { ref: false })]);
      await admin.close();
      pipeline.closeState?.(state);
    },
  };
}
