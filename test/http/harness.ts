import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServicePolicy } from '../../src/config/types.js';
import { faultOf, GatewayError } from '../../src/errors.js';
import { createExchange, type Exchanges } from '../../src/forward/exchange.js';
import { createPassthrough } from '../../src/forward/passthrough.js';
import { createInFlight } from '../../src/http/in-flight.js';
import { createListener, type Listener } from '../../src/http/listener.js';
import { createRequestHandler, type RequestHandlerOptions } from '../../src/http/request-handler.js';
import type { FaultResponse, SoapHandler, SoapRequest } from '../../src/http/soap-request.js';
import { createLog, type Log } from '../../src/observe/log.js';
import { createMetrics, type Metrics } from '../../src/observe/metrics.js';
import { systemRuntime } from '../../src/runtime.js';

/** Of a policy, what http and forward read. */
export interface PolicyParts {
  readonly name?: string;
  readonly path?: string;
  readonly targets?: readonly string[];
  readonly upstreamPath?: string;
  readonly balance?: 'round_robin' | 'least_requests';
  readonly health?: ServicePolicy['upstream']['health'];
  readonly tls?: ServicePolicy['upstream']['tls'];
  readonly identity?: ServicePolicy['identity'];
  readonly passthrough?: ServicePolicy['passthrough'];
  readonly body?: number;
  readonly response?: number;
}

export function policy(parts: PolicyParts = {}): ServicePolicy {
  const path = parts.path ?? '/orders';
  const read = {
    name: parts.name ?? 'orders',
    match: { path },
    upstream: {
      targets: (parts.targets ?? []).map((target) => new URL(target)),
      path: parts.upstreamPath ?? path,
      balance: parts.balance ?? 'round_robin',
      health: parts.health ?? { passive: { maxFails: 0, failDuration: 10_000 } },
      ...(parts.tls === undefined ? {} : { tls: parts.tls }),
    },
    identity: parts.identity ?? { headers: { 'X-Remote-User': '{name}', 'X-Farm-Groups': '{groups}' } },
    passthrough: parts.passthrough ?? false,
    limits: { body: parts.body ?? 65_536, response: parts.response ?? 65_536 },
  };
  // the rest of a policy is not read by these rooms
  return read as unknown as ServicePolicy;
}

export interface Recorded {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface FakeUpstream {
  readonly url: string;
  readonly port: number;
  /** Requests whose head came, in order, with the body as far as it came. */
  readonly requests: Recorded[];
  /** Requests whose connection is still open and whose answer is not finished. */
  open(): number;
  server: Server;
  close(): Promise<void>;
}

/** A real node:http server that records what reaches it; `answer` is called when the body is whole. */
export async function fakeUpstream(answer?: RequestListener): Promise<FakeUpstream> {
  const requests: Recorded[] = [];
  let open = 0;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    open++;
    response.once('close', () => open--);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({
        method: request.method ?? '',
        url: request.url ?? '',
        rawHeaders: request.rawHeaders,
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      if (answer !== undefined) answer(request, response);
      else response.writeHead(200, { 'Content-Type': 'text/xml' }).end('<ok/>');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    open: () => open,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface Gateway {
  readonly port: number;
  readonly lines: Record<string, unknown>[];
  readonly metrics: Metrics;
  readonly log: Log;
  readonly listener: Listener;
  readonly exchanges: Exchanges;
  readonly seen: SoapRequest[];
  line(event: string): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export interface GatewayParts {
  readonly services: readonly ServicePolicy[];
  readonly soap?: SoapHandler;
  readonly trustedProxies?: readonly string[];
  readonly documents?: RequestHandlerOptions['documents'];
  readonly timeouts?: Partial<Record<'headers' | 'request' | 'idle' | 'connect' | 'response', number>>;
  readonly limits?: Partial<Record<'headers' | 'headerCount' | 'inFlight', number>>;
  readonly tls?: Parameters<typeof createListener>[0]['listen']['tls'];
}

export function logLines(): { lines: Record<string, unknown>[]; log: Log } {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level: 'trace', destination: { write: (line) => void lines.push(JSON.parse(line)) } });
  return { lines, log };
}

const fault: FaultResponse = (error, soap) => ({
  status: faultOf(error).status,
  contentType: soap === '1.1' ? 'text/xml; charset=utf-8' : 'application/soap+xml; charset=utf-8',
  body: `<fault soap="${soap}" code="${error.code}"/>`,
  log: {},
});

/** A listener with everything behind it but the pipelines: a message is forwarded as it came, for a caller named `alice`. */
export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  const { lines, log } = logLines();
  const metrics = createMetrics({ process: false });
  const timeouts = { headers: 2_000, request: 3_000, idle: 5_000, connect: 1_000, response: 2_000, ...parts.timeouts };
  const limits = { headers: 16_384, headerCount: 100, inFlight: 1_000, ...parts.limits };
  const seen: SoapRequest[] = [];
  const exchanges = createExchange({ services: parts.services, timeouts, runtime: systemRuntime, log, metrics });
  const forward: SoapHandler = async (request) => {
    try {
      const answer = await exchanges.exchange(request.service, {
        body: request.body,
        contentType: request.contentType,
        headers: { ...request.headers, 'x-remote-user': 'alice' },
        signal: request.signal,
        requestId: request.id,
        ...(request.action === undefined ? {} : { soapAction: request.action }),
      });
      return {
        status: answer.status,
        contentType: answer.contentType ?? 'text/xml',
        body: answer.body,
        headers: answer.headers,
        setCookie: answer.setCookie,
        log: { upstream: answer.target, retries: answer.retries },
      };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return { ...fault(error, request.soap), log: { code: error.code, details: error.details } };
    }
  };
  const handler = createRequestHandler({
    services: parts.services,
    limits,
    trustedProxies: parts.trustedProxies ?? [],
    soap: async (request) => {
      seen.push(request);
      return (parts.soap ?? forward)(request);
    },
    fault,
    passthrough: createPassthrough({ timeouts, pick: exchanges.pick }),
    inFlight: createInFlight(),
    runtime: systemRuntime,
    log,
    metrics,
    ...(parts.documents === undefined ? {} : { documents: parts.documents }),
  });
  const listener = createListener({
    listen: { address: '127.0.0.1', port: 0, ...(parts.tls === undefined ? {} : { tls: parts.tls }) },
    limits,
    timeouts,
    handler,
    log,
    metrics,
  });
  const { port } = await listener.open();
  return {
    port,
    lines,
    log,
    metrics,
    listener,
    exchanges,
    seen,
    line: async (event) => {
      await until(() => lines.some((line) => line.event === event), `no ${event} in the log`);
      return lines.findLast((line) => line.event === event) ?? {};
    },
    close: async () => {
      await listener.close(0);
      await exchanges.close();
    },
  };
}

/** Waits, for at most two seconds, until something is so. */
export async function until(condition: () => boolean, what = 'waited in vain'): Promise<void> {
  const end = Date.now() + 2_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(what);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const SOAP_11 = { 'content-type': 'text/xml; charset=utf-8', soapaction: '"urn:x"' };
