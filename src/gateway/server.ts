import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/types.js';
import { type Digests, watchFiles } from '../config/watch.js';
import type { RingReport } from '../conversation/ring-report.js';
import { GatewayError } from '../errors.js';
import type { Readiness } from '../http/admin.js';
import type { Metrics } from '../observe/metrics.js';
import { type CollaboratorOptions, createCollaborators } from './collaborators.js';

/** A gateway that serves: one process, or one worker of several. */
export interface Gateway {
  /** The one that is in force. */
  readonly config: Config;
  /** Where clients connect, in the order of the configuration; a port 0 is the real one here. */
  readonly addresses: readonly AddressInfo[];
  readonly admin: AddressInfo | undefined;
  readonly metrics: Metrics;
  readiness(): Readiness;
  farmKeys(): readonly RingReport[];
  /**
   * Takes another configuration: the one given, else what the source says now. What is wrong with it is logged, and the
   * running one stays.
   *
   * @returns whether it was taken
   */
  reload(next?: Config): Promise<boolean>;
  /** Says that it is not ready, waits `drain.delay`, accepts no more, and ends what is in work within `drain.timeout`. */
  drain(): Promise<void>;
  /** Stops at once: what is in work is cut, that too which `drain` waits for. */
  stop(): Promise<void>;
}

export interface ServerOptions<State> extends CollaboratorOptions<State> {
  /** Reads the configuration, on start and on every reload. */
  readonly load: () => Config;
  /** Whether a change of the files is looked for, as the configuration says; a worker is told by its primary. */
  readonly watch: boolean;
}

/**
 * Opens everything that the configuration names.
 *
 * @throws GatewayError `config.invalid`, `listen.failed`; then nothing is open
 */
export async function startServer<State>(options: ServerOptions<State>): Promise<Gateway> {
  const { load, log, metrics } = options;
  let config = load();
  log.setLevel(config.log.level);
  log('process.start', { pid: process.pid });
  const collaborators = createCollaborators(config, options);
  try {
    await collaborators.adopt(config);
  } catch (error) {
    await collaborators.close(0);
    throw error;
  }
  const report = (): void => {
    for (const warning of config.warnings) log('config.warning', { warning });
    log('config.loaded', {
      services: config.services.map(({ name }) => name),
      farm_keys: config.keyRing.fingerprint(),
    });
  };
  report();
  log('process.ready');

  let turn: Promise<unknown> = Promise.resolve();
  /** One after the other: a reload that comes during another must not meet it half done. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  };

  let taken = config.files;
  const reload = async (next: Config | undefined): Promise<boolean> => {
    if (ending !== undefined) return false;
    try {
      const loaded = next ?? load();
      taken = loaded.files;
      await collaborators.adopt(loaded);
      config = loaded;
    } catch (error) {
      taken = filesOf(error) ?? taken;
      metrics.count('config_reloads_total', { result: 'failure' });
      metrics.set('config_last_reload_successful', {}, 0);
      log('config.failed', failureOf(error));
      return false;
    }
    metrics.count('config_reloads_total', { result: 'success' });
    report();
    return true;
  };

  const watcher = watchFiles({
    interval: () => (options.watch ? config.watch?.interval : undefined),
    taken: () => taken,
    changed: (files) => {
      log('config.changed', { files });
      return inTurn(() => reload(undefined));
    },
    now: options.runtime.now,
  });

  let ending: Promise<void> | undefined;
  const hurry = new AbortController();
  const end = async (delay: number, timeout: number): Promise<void> => {
    watcher.close();
    collaborators.drain();
    await sleep(delay, undefined, { signal: hurry.signal }).catch(() => undefined);
    await inTurn(() => {
      hurry.signal.addEventListener('abort', () => void collaborators.close(0));
      return collaborators.close(hurry.signal.aborted ? 0 : timeout);
    });
    log('process.stop');
  };

  return {
    get config() {
      return config;
    },
    get addresses() {
      return collaborators.addresses;
    },
    get admin() {
      return collaborators.admin;
    },
    metrics,
    readiness: collaborators.readiness,
    farmKeys: collaborators.farmKeys,
    reload: (next) => inTurn(() => reload(next)),
    drain: () => {
      if (ending === undefined) log('process.drain', { ...config.drain });
      ending ??= end(config.drain.delay, config.drain.timeout);
      return ending;
    },
    stop: () => {
      hurry.abort();
      ending ??= end(0, 0);
      return ending;
    },
  };
}

/** What was read of a configuration that is refused. */
export function filesOf(error: unknown): Digests | undefined {
  const files = error instanceof GatewayError ? error.details.files : undefined;
  return files instanceof Map ? files : undefined;
}

/** Of a wrong configuration all problems, each as the line that `check` prints. */
export function failureOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof GatewayError) || error.code !== 'config.invalid') return { error };
  return { code: error.code, problems: error.message.split('\n').slice(1) };
}
