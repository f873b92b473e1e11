import type { Config } from '../config/types.js';
import type { Exchange } from '../forward/exchange.js';
import type { IdentitySigner } from '../forward/identity.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { Runtime } from '../runtime.js';
import type { PipelineState } from './state.js';

/** What the steps of both pipelines work with: one generation of the configuration, and what outlives it. */
export interface PipelineOptions {
  readonly config: Config;
  readonly exchange: Exchange;
  readonly signer: IdentitySigner;
  readonly state: PipelineState;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly metrics: Metrics;
}
