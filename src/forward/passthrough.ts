import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import httpProxy from 'http-proxy';
import type { ServicePolicy, Timeouts } from '../config/types.js';
import { type ErrorCode, GatewayError } from '../errors.js';
import { passesInAnswer } from './headers.js';

/** A checked request that is passed on. */
export interface PassthroughRequest {
  readonly id: string;
  /** Origin form. */
  readonly url: string;
  /** What the upstream gets; they replace the headers of the request. */
  readonly headers: Record<string, string>;
}

export interface PassthroughOptions {
  readonly timeouts: Pick<Timeouts, 'response'>;
  /** Origin of a target that is in use; undefined: none. */
  readonly pick: (service: ServicePolicy) => URL | undefined;
}

/** Resolves when the response is over, with fields for the access log. */
export type Passthrough = (
  service: ServicePolicy,
  request: IncomingMessage,
  response: ServerResponse,
  passed: PassthroughRequest,
) => Promise<Readonly<Record<string, unknown>>>;

/** The methods that http-proxy passes without turning a body into a second request (CVE-2026-29057: DELETE, OPTIONS). */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST']);

/** Where the upstream has the document: below the service's own path the prefix is exchanged, elsewhere the path stays. */
export function upstreamTarget(service: ServicePolicy, url: string): string {
  const own = service.match.path;
  const isOwn = url.startsWith(own) && (url.length === own.length || /[/?]/.test(url.charAt(own.length)));
  return isOwn ? service.upstream.path + url.slice(own.length) : url;
}

function answerError(response: ServerResponse, id: string, status: 405 | 413 | 502 | 503 | 504, reason: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const text = `${reason}\n`;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'X-Gateway-Request-Id': id,
    ...(response.req.complete ? {} : { Connection: 'close' }),
  });
  response.end(response.req.method === 'HEAD' ? '' : text);
}

/** Takes from an upstream's answer what speaks of the connection or of the upstream's software. */
function cleanAnswer(answer: IncomingMessage, response: ServerResponse, id: string): void {
  const { headers } = answer;
  const connection = headers.connection ?? '';
  for (const name of Object.keys(headers)) if (!passesInAnswer(name, connection)) delete headers[name];
  headers.connection = response.shouldKeepAlive ? 'keep-alive' : 'close';
  headers['x-gateway-request-id'] = id;
}

/** What is under way for one request. */
interface Pass {
  readonly id: string;
  readonly limit: number;
  readonly fields: Record<string, unknown>;
}

/** Why we ended an upstream request ourselves → answer. */
const ENDED: Readonly<Record<string, readonly [413 | 504, string]>> = {
  'upstream.timeout': [504, 'the upstream is too slow'],
  'http.too-large': [413, 'the body is too large'],
};

/** One a service: TLS as the policy says, and never a connection for two requests. */
function createAgent(service: ServicePolicy): HttpsAgent {
  const { tls } = service.upstream;
  return new HttpsAgent({
    keepAlive: false,
    ...(tls?.trust === undefined ? {} : { ca: tls.trust }),
    ...(tls?.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls?.privateKey === undefined ? {} : { key: tls.privateKey }),
    ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
  });
}

/** The framing of the body, which the hygiene took away: exactly one of the two, as the checked head had it. */
function framing(request: IncomingMessage): Record<string, string> {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (coding !== undefined) return { 'transfer-encoding': coding };
  return length === undefined ? {} : { 'content-length': length };
}

/**
 * Passes WSDL, help pages and the like through http-proxy, each over a connection of its own (no keep-alive agent, so
 * no answer can be queued for another request). What http-proxy 1.18 leaves undone is done here: it leaks the upstream
 * request when the client leaves, hangs when the upstream dies in the middle, and passes hop-by-hop headers.
 */
export function createPassthrough(options: PassthroughOptions): Passthrough {
  const proxy = httpProxy.createProxyServer({ xfwd: false, changeOrigin: true, toProxy: true, followRedirects: false });
  const passes = new WeakMap<IncomingMessage, Pass>();
  const agents = new WeakMap<ServicePolicy, HttpsAgent>();

  proxy.on('proxyReq', (upstream, request, response) => {
    const pass = passes.get(request);
    if (pass === undefined || response.destroyed) {
      upstream.destroy();
      return;
    }
    const end = (code: ErrorCode, message: string): void => {
      upstream.destroy(new GatewayError(code, message));
    };
    const timer = setTimeout(
      () => end('upstream.timeout', 'the upstream did not answer in time'),
      options.timeouts.response,
    );
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > pass.limit) end('http.too-large', 'the body is larger than allowed');
    });
    response.once('close', () => upstream.destroy());
    upstream.once('close', () => {
      clearTimeout(timer);
      // a connection that ends without an error event (an unasked 101) would leave the client waiting
      if (!response.headersSent) answerError(response, pass.id, 502, 'no answer from the upstream');
    });
  });

  proxy.on('proxyRes', (answer, request, response) => {
    const pass = passes.get(request);
    if (pass !== undefined) pass.fields.upstream_status = answer.statusCode;
    cleanAnswer(answer, response, pass?.id ?? '');
    answer.once('close', () => {
      if (!answer.complete) response.destroy();
    });
  });

  const agentOf = (service: ServicePolicy): HttpsAgent => {
    const agent = agents.get(service) ?? createAgent(service);
    agents.set(service, agent);
    return agent;
  };

  return (service, request, response, passed) => {
    const pass: Pass = { id: passed.id, limit: service.limits.body, fields: {} };
    if (!METHODS.has(request.method ?? '')) {
      answerError(response, passed.id, 405, 'the method is not passed on');
      return Promise.resolve({ code: 'policy.denied' });
    }
    const target = options.pick(service);
    if (target === undefined) {
      answerError(response, passed.id, 503, 'no target of the service is in use');
      return Promise.resolve({ code: 'upstream.none' });
    }
    pass.fields.upstream = target.origin;
    passes.set(request, pass);
    request.url = upstreamTarget(service, passed.url);
    request.headers = { ...passed.headers, 'x-request-id': passed.id, ...framing(request) };
    const secure = target.protocol === 'https:';
    const settings = {
      target: {
        protocol: target.protocol,
        host: target.host,
        hostname: target.hostname.replace(/^\[|\]$/g, ''),
        port: target.port || (secure ? '443' : '80'),
      },
      ...(secure ? { agent: agentOf(service) } : {}),
    };
    return new Promise((resolve, reject) => {
      response.once('close', () => resolve(pass.fields));
      try {
        proxy.web(request, response, settings, (error) => {
          const code = error instanceof GatewayError ? error.code : 'upstream.unreachable';
          const [status, reason] = ENDED[code] ?? [502, 'no answer from the upstream'];
          pass.fields.code = code;
          answerError(response, passed.id, status, reason);
        });
      } catch (error) {
        reject(error);
      }
    });
  };
}
