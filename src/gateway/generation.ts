import type { Config } from '../config/types.js';
import { createExchange, type Exchange } from '../forward/exchange.js';
import { createIdentitySigner, type IdentitySigner } from '../forward/identity.js';
import { createPassthrough } from '../forward/passthrough.js';
import type { TargetStatus } from '../forward/targets.js';
import type { InFlight } from '../http/in-flight.js';
import { createRequestHandler, type RequestHandler } from '../http/request-handler.js';
import type { FaultResponse, SoapHandler } from '../http/soap-request.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import { createPublisher } from '../policy/publish/publisher.js';
import type { Runtime } from '../runtime.js';

/** What outlives every configuration. */
export interface Lasting {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly inFlight: InFlight;
}

/** What answers the messages; in a test something simpler than the gateway's own. */
export interface Pipeline<State> {
  createState(config: Config, runtime: Runtime, metrics: Metrics, log: Log): State;
  /** Called on a reload, before the handler of the new configuration takes over. */
  adoptConfig(state: State, config: Config): void;
  /** Why this process should get no messages, as far as that is the state's. */
  unready?(state: State): readonly string[];
  /** When all is over. */
  closeState?(state: State): void;
  createHandler(options: {
    readonly config: Config;
    readonly exchange: Exchange;
    readonly signer: IdentitySigner;
    readonly state: State;
    readonly runtime: Runtime;
    readonly log: Log;
    readonly metrics: Metrics;
  }): SoapHandler;
  readonly fault: FaultResponse;
}

/** Everything that is made for one configuration and goes with it. */
export interface Generation {
  readonly config: Config;
  readonly handler: RequestHandler;
  readonly signer: IdentitySigner;
  statuses(): readonly TargetStatus[];
  /** What the gauges say of targets is another's from now on; those that it does not have are dropped. */
  yieldGauges(to: Generation | undefined): void;
  /** Resolves when its last request is over and its connections to upstreams are closed. No request may come any more. */
  retire(): Promise<void>;
}

export function createGeneration<State>(
  config: Config,
  pipeline: Pipeline<State>,
  state: State,
  lasting: Lasting,
): Generation {
  const { services, timeouts, limits, trustedProxies, cache } = config;
  const { runtime, log } = lasting;
  const gauges = yieldingGauges(lasting.metrics);
  const { metrics } = gauges;
  const exchanges = createExchange({ services, timeouts, runtime, log, metrics });
  const signer = createIdentitySigner({ services, entries: cache.conversations, runtime });
  const { exchange } = exchanges;
  const inner = createRequestHandler({
    ...lasting,
    services,
    limits,
    trustedProxies,
    soap: pipeline.createHandler({ config, exchange, signer, state, runtime, log, metrics }),
    fault: pipeline.fault,
    passthrough: createPassthrough({ timeouts, pick: exchanges.pick }),
    publish: createPublisher({ read: exchanges.read, runtime }),
  });
  const requests = countRequests(inner);
  return {
    config,
    handler: requests.handler,
    signer,
    statuses: exchanges.statuses,
    yieldGauges(to) {
      gauges.yield();
      for (const status of exchanges.statuses()) lasting.metrics.remove('upstream_up', labelsOf(status));
      for (const status of to?.statuses() ?? []) {
        lasting.metrics.set('upstream_up', labelsOf(status), status.up ? 1 : 0);
      }
    },
    async retire() {
      await requests.over();
      await exchanges.close();
    },
  };
}

/** The handler, and when it has nothing in work. */
function countRequests(inner: RequestHandler): { handler: RequestHandler; over(): Promise<void> } {
  let open = 0;
  let whenOver: (() => void) | undefined;
  return {
    handler: (request, response) => {
      open++;
      response.once('close', () => {
        if (--open === 0) whenOver?.();
      });
      inner(request, response);
    },
    over: () =>
      new Promise((resolve) => {
        whenOver = resolve;
        if (open === 0) resolve();
      }),
  };
}

/** Metrics whose gauges can be taken away: what a retired generation says of a target is no longer so. */
function yieldingGauges(metrics: Metrics): { readonly metrics: Metrics; yield(): void } {
  let ours = true;
  return {
    metrics: {
      ...metrics,
      set: (name, labels, value) => {
        if (ours) metrics.set(name, labels, value);
      },
      remove: (name, labels) => {
        if (ours) metrics.remove(name, labels);
      },
    },
    yield: () => {
      ours = false;
    },
  };
}

function labelsOf({ service, target }: TargetStatus): { readonly route: string; readonly upstream: string } {
  return { route: service, upstream: target };
}
