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

/** What is asked for with GET on nobody's behalf: a document that the gateway reads itself. */
export interface DocumentRequest {
  /** Path and query. */
  readonly path: string;
  /** Octets of the answer. */
  readonly limit: number;
  readonly requestId: string;
}

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
  /** As {@link Exchange}, with GET; redirects are not followed. */
  readonly read: (service: ServicePolicy, request: DocumentRequest) => Promise<UpstreamAnswer>;
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

function documentHeaders({ requestId }: DocumentRequest): string[] {
  return ['accept', 'text/xml, application/xml', 'accept-encoding', 'identity', 'x-request-id', requestId];
}

/** A request as a target gets it. */
interface Outgoing {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: string[];
  readonly body: string | Buffer | null;
  /** Octets of the answer. */
  readonly limit: number;
  /** Of the client; absent where none waits for this request alone. */
  readonly signal?: AbortSignal;
}

/** One try; `sent` in the outcome says whether it may have reached the upstream. */
function attempt(
  target: Target,
  { method, path, headers, body, limit, signal }: Outgoing,
  deadline: number,
): Promise<{ readonly result: Answer | GatewayError; readonly sent: boolean }> {
  return new Promise((resolve) => {
    const collector = new AnswerCollector(limit, (result) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      target.inFlight--;
      resolve({ result, sent: collector.sent });
    });
    const timer = setTimeout(
      () => collector.stop(new GatewayError('upstream.timeout', 'the upstream did not answer in time')),
      deadline,
    );
    const onAbort = (): void => collector.stop(new GatewayError('client.gone', 'the client left'));
    signal?.addEventListener('abort', onAbort);
    target.inFlight++;
    target.pool.dispatch({ method, path, headers, body }, collector);
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

  async function send(service: ServicePolicy, outgoing: Outgoing): Promise<UpstreamAnswer> {
    const targets = byService.get(service.name);
    let target = targets?.pick();
    const started = performance.now();
    for (let retries = 0; ; retries++) {
      if (targets === undefined || target === undefined) {
        throw new GatewayError('upstream.none', 'no target of the service is in use', { policy: service.name });
      }
      if (outgoing.signal?.aborted === true) throw new GatewayError('client.gone', 'the client left');
      const left = timeouts.response - (performance.now() - started);
      const { result, sent } = await attempt(target, outgoing, left);
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
  }

  return {
    exchange: (service, request) =>
      send(service, {
        method: 'POST',
        path: service.upstream.path,
        headers: requestHeaders(request),
        body: request.body,
        limit: service.limits.response,
        signal: request.signal,
      }),
    read: (service, request) =>
      send(service, {
        method: 'GET',
        path: request.path,
        headers: documentHeaders(request),
        body: null,
        limit: request.limit,
      }),
    pick: (service) => byService.get(service.name)?.pick()?.origin,
    statuses: () => [...byService.values()].flatMap((targets) => targets.statuses()),
    close: async () => {
      await Promise.all([...byService.values()].map((targets) => targets.close()));
    },
  };
}
