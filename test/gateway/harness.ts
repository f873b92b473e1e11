import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/types.js';
import type { Pipeline } from '../../src/gateway/generation.js';
import { type Gateway, startServer } from '../../src/gateway/server.js';
import { createMetrics } from '../../src/observe/metrics.js';
import { systemRuntime } from '../../src/runtime.js';
import { type Folder, folder } from '../config/folder.js';
import { logLines } from '../http/harness.js';

/** What the simple pipeline below remembers over reloads. */
export interface State {
  readonly adopted: Config[];
}

export interface Running {
  readonly gateway: Gateway;
  readonly folder: Folder;
  readonly state: State;
  readonly lines: Record<string, unknown>[];
  /** Fields of the log lines of one event. */
  events(name: string): Record<string, unknown>[];
  port(index?: number): number;
}

const running = new Set<Running>();

/** A pipeline that proves nothing: the body goes to the upstream, and its answer back. */
export function simplePipeline(created: State[]): Pipeline<State> {
  return {
    createState: () => {
      const state = { adopted: [] };
      created.push(state);
      return state;
    },
    adoptConfig: (state, config) => void state.adopted.push(config),
    createHandler:
      ({ exchange }) =>
      async (request) => {
        const { service, body, contentType, headers, signal, id } = request;
        const answer = await exchange(service, { body, contentType, headers, signal, requestId: id });
        return { status: answer.status, contentType: 'text/xml', body: answer.body, log: { upstream: answer.target } };
      },
    fault: (error) => ({ status: 500, contentType: 'text/xml', body: error.code, log: {} }),
  };
}

export async function start(files: Readonly<Record<string, string>>): Promise<Running> {
  const made = folder(files);
  const { lines, log } = logLines();
  const states: State[] = [];
  const gateway = await startServer({
    pipeline: simplePipeline(states),
    runtime: systemRuntime,
    log,
    metrics: createMetrics({ process: false }),
    admin: true,
    watch: false,
    load: () => loadConfig(made.file),
  }).catch((error: unknown) => {
    made.remove();
    throw error;
  });
  const run: Running = {
    gateway,
    folder: made,
    state: states[0] as State,
    lines,
    events: (name) => lines.filter(({ event }) => event === name),
    port: (index = 0) => gateway.addresses[index]?.port ?? 0,
  };
  running.add(run);
  return run;
}

/** Call after each test. */
export async function stopAll(): Promise<void> {
  for (const { gateway, folder: made } of running) {
    await gateway.stop();
    made.remove();
  }
  running.clear();
}
