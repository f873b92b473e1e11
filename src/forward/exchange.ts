import type { ServicePolicy, Timeouts } from '../config/types.js';
import { GatewayError } from '../errors.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { Runtime } from '../runtime.js';
import { type Answer, AnswerCollector } from './answer.js';
import { createTargets, type Target, type TargetStatus, type Targets } from './targets.js';

export interface UpstreamRequest {
  readonly body: string | Buffer;
  readonly contentType: string;
  /** Without quotes; they are written here. */
  readonly soapAction?: string;
  /** End-to-end headers and the identity; names that are written here must not be among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly requestId: string;
}

export interface UpstreamAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  /** By lower-cased name: end-to-end headers that may stand beside a body that is written anew. */
  readonly headers: Record<string, string>;
  readonly setCookie: readonly string[];
  readonly body: Buffer;
  /** Origin of the target that answered. */
  readonly target: string;
  /** Milliseconds. */
  readonly duration: number;
  /** Targets that refused the connection before. */
  readonly retries: number;
}

/**
 * Posts one message to one target of the service and reads the whole answer. Another target is tried only if a
 * connection could not be made, so not a byte was sent; what was sent is never sent again.
 *
 * @throws GatewayError `upstream.unreachable`, `upstream.timeout`, `upstream.too-large`, `upstream.answer`,
 * `upstream.none`, `client.gone`; details hold `upstream` and `duration_ms`
 */
export type Exchange = (service: ServicePolicy, request: UpstreamRequest) => Promise<UpstreamAnswer>;

export interface ExchangeOptions {
  readonly services: readonly ServicePolicy[];
  /** `response` is the time for a whole exchange, from the choice of a target to the last octet of the answer. */
  readonly timeouts: Pick<Timeouts, 'connect' | 'response'>;
  readonly runtime: Pick<Runtime, 'now'>;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface Exchanges {
  readonly exchange: Exchange;
  /** The next target of a service, for what is passed through; undefined if none may be used. */
  pick(service: ServicePolicy): URL | undefined;
  statuses(): TargetStatus[];
  /** Waits for the exchanges under way, then closes all connections. */
  close(): Promise<void>;
}

function requestHeaders(request: UpstreamRequest): string[] {
  const headers = ['content-type', request.contentType, 'accept-encoding', 'identity'];
  headers.push('x-request-id', request.requestId);
  if (request.soapAction !== undefined) headers.push('soapaction', `"${request.soapAction}"`);
  for (const name in request.headers) headers.push(name, request.headers[name] ?? '');
  return headers;
}

/** One try; `sent` in the outcome says whether it may have reached the upstream. */
function attempt(
  target: Target,
  path: string,
  headers: string[],
  request: UpstreamRequest,
  limit: number,
  deadline: number,
): Promise<{ readonly result: Answer | GatewayError; readonly sent: boolean }> {
  const { signal } = request;
  return new Promise((resolve) => {
    const collector = new AnswerCollector(limit, (result) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      target.inFlight--;
      resolve({ result, sent: collector.sent });
    });
    const timer = setTimeout(
      () => collector.stop(new GatewayError('upstream.timeout', 'the upstream did not answer in time')),
      deadline,
    );
    const onAbort = (): void => collector.stop(new GatewayError('client.gone', 'the client left'));
    signal.addEventListener('abort', onAbort);
    target.inFlight++;
    target.pool.dispatch({ method: 'POST', path, headers, body: request.body }, collector);
  });
}

/** The exchange with all upstreams; for one generation of the configuration. */
export function createExchange(options: ExchangeOptions): Exchanges {
  const { metrics, timeouts } = options;
  const byService = new Map<string, Targets>(
    options.services.map((service) => [service.name, createTargets(service, options)]),
  );

  function record(service: ServicePolicy, target: Target, status: string, duration: number): void {
    const labels = { route: service.name, upstream: target.name };
    metrics.count('upstream_requests_total', { ...labels, status });
    metrics.observe('upstream_request_duration_seconds', labels, duration / 1000);
  }

  const exchange: Exchange = async (service, request) => {
    const targets = byService.get(service.name);
    let target = targets?.pick();
    const started = performance.now();
    const headers = requestHeaders(request);
    for (let retries = 0; ; retries++) {
      if (targets === undefined || target === undefined) {
        throw new GatewayError('upstream.none', 'no target of the service is in use', { policy: service.name });
      }
      if (request.signal.aborted) throw new GatewayError('client.gone', 'the client left');
      const { path } = service.upstream;
      const left = timeouts.response - (performance.now() - started);
      const { result, sent } = await attempt(target, path, headers, request, service.limits.response, left);
      const duration = performance.now() - started;
      if (!(result instanceof GatewayError)) {
        record(service, target, String(result.status), duration);
        if (result.contentEncoding !== undefined && result.contentEncoding.toLowerCase() !== 'identity') {
          throw new GatewayError('upstream.answer', 'the upstream encoded its answer, though asked not to', {
            upstream: target.name,
            encoding: result.contentEncoding,
            duration_ms: Math.round(duration),
            retries,
          });
        }
        return { ...result, target: target.name, duration, retries };
      }
      record(service, target, result.code, duration);
      const connectionFailed = result.code !== 'internal' && result.details.reason !== undefined;
      if (connectionFailed) targets.failed(target);
      const other = connectionFailed && !sent && retries === 0 ? targets.pick(target) : undefined;
      if (other === undefined) {
        const details = { ...result.details, upstream: target.name, duration_ms: Math.round(duration), retries };
        throw new GatewayError(result.code, result.message, details, result.cause);
      }
      metrics.count('upstream_retries_total', {});
      target = other;
    }
  };

  return {
    exchange,
    pick: (service) => byService.get(service.name)?.pick()?.origin,
    statuses: () => [...byService.values()].flatMap((targets) => targets.statuses()),
    close: async () => {
      await Promise.all([...byService.values()].map((targets) => targets.close()));
    },
  };
}
