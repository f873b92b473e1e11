import { loadConfig } from './config/load.js';
import type { Config } from './config/types.js';
import type { Pipeline } from './gateway/generation.js';
import { type Primary, QUESTIONS, startPrimary } from './gateway/primary.js';
import { type Gateway, startServer } from './gateway/server.js';
import { answerPrimary } from './http/workers.js';
import { createLog, type LogOptions } from './observe/log.js';
import { createMetrics } from './observe/metrics.js';
import { createSoapHandler, faultResponse } from './pipeline/handler.js';
import {
  adoptConfig,
  closePipelineState,
  createPipelineState,
  type PipelineState,
  unreadyReasons,
} from './pipeline/state.js';
import { type Runtime, systemRuntime } from './runtime.js';

export type { Gateway } from './gateway/server.js';

/** The composition root: which parts make the gateway. */

const PIPELINE: Pipeline<PipelineState> = {
  createState: createPipelineState,
  adoptConfig,
  unready: unreadyReasons,
  closeState: closePipelineState,
  createHandler: createSoapHandler,
  fault: faultResponse,
};

export interface GatewayOptions {
  readonly runtime?: Runtime;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where the log goes, in place of standard output. */
  readonly destination?: LogOptions['destination'];
  /** Number of this worker; it stands in every line of its log, and the admin listener is the primary's. */
  readonly worker?: number | undefined;
}

/**
 * Starts a gateway in this process.
 *
 * @param source path of gateway.yaml, or a configuration made otherwise
 * @throws GatewayError `config.invalid` with all problems, `listen.failed`; then nothing is open
 */
export async function startGateway(source: string | Config, options: GatewayOptions = {}): Promise<Gateway> {
  const { runtime = systemRuntime, destination, environment, worker } = options;
  const log = createLog({
    level: 'info',
    ...(worker === undefined ? {} : { base: { worker } }),
    ...(destination === undefined ? {} : { destination }),
  });
  const metrics = createMetrics();
  const load = (): Config =>
    typeof source === 'string' ? loadConfig(source, { runtime, ...(environment && { environment }) }) : source;
  const gateway = await startServer({
    pipeline: PIPELINE,
    runtime,
    log,
    metrics,
    admin: worker === undefined,
    watch: worker === undefined,
    load,
  });
  if (worker !== undefined) {
    answerPrimary({
      [QUESTIONS.readiness]: gateway.readiness,
      [QUESTIONS.metrics]: () => metrics.json(),
      [QUESTIONS.farmKeys]: gateway.farmKeys,
    });
  }
  return gateway;
}

/**
 * Starts the process that starts workers; each of them is this program again.
 *
 * @throws GatewayError `config.invalid`, `listen.failed`
 */
export function startClusteredGateway(file: string, workers: number | undefined): Promise<Primary> {
  const runtime = systemRuntime;
  return startPrimary({
    load: () => loadConfig(file, { runtime, workers }),
    runtime,
    log: createLog({ level: 'info' }),
  });
}
