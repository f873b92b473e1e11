import {
  type Agent,
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Party } from '../pki/index.js';

/** A node as the balancer knows it. */
export interface Target {
  readonly name: string;
  readonly port: number;
  /** Connections kept to it. */
  readonly agent: Agent;
  /** Requests that it has in work. */
  inFlight: number;
}

export interface BalancerOptions {
  /** 0 takes a free one. */
  readonly http: number;
  readonly https: number;
  readonly tls: Party;
  /** Asked before each request; the first is tried first. */
  readonly order: () => readonly Target[];
}

export interface Balancer {
  readonly http: number;
  readonly https: number;
  close(): Promise<void>;
}

/** Of the connection, or written by the balancer itself. */
const DROPPED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
]);

/**
 * The farm's load balancer: ends TLS as most do, and hands every request, also those of one connection, to a node in
 * `order`. A node that refuses the connection is passed over; a request of which a byte was sent is never sent again.
 * The response header X-Served-By names the node.
 */
export async function startBalancer(options: BalancerOptions): Promise<Balancer> {
  const forward: RequestListener = (incoming, outgoing) => {
    incoming.on('error', () => {});
    attempt(options.order(), incoming, outgoing);
  };
  const plain = createServer(forward);
  const secured = createTlsServer({ cert: options.tls.certificate, key: options.tls.privateKey }, forward);
  const servers = [plain, secured];
  for (const server of servers) server.requestTimeout = 0;
  const listen = (server: typeof plain, port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  const close = async (): Promise<void> => {
    await Promise.all(
      servers.map((server) => {
        const closed = new Promise((resolve) => server.close(resolve));
        server.closeAllConnections();
        return closed;
      }),
    );
  };
  try {
    return { http: await listen(plain, options.http), https: await listen(secured, options.https), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function attempt([target, ...others]: readonly Target[], incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (target === undefined) {
    refuse(outgoing, 503, 'no node takes the request');
    return;
  }
  const outbound = request({
    host: '127.0.0.1',
    port: target.port,
    agent: target.agent,
    method: incoming.method,
    path: incoming.url,
    headers: forwardedHeaders(incoming) as never,
  });
  let sent = false;
  const send = (): void => {
    sent = true;
    incoming.pipe(outbound);
  };
  target.inFlight++;
  outbound.once('close', () => {
    target.inFlight--;
  });
  outbound.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', send);
    else send();
  });
  outbound.once('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, [...endToEnd(answer.rawHeaders), 'X-Served-By', target.name]);
    answer.pipe(outgoing);
    answer.once('error', () => outgoing.destroy());
  });
  outbound.on('error', (error: NodeJS.ErrnoException) => {
    if (!sent && error.code === 'ECONNREFUSED') attempt(others, incoming, outgoing);
    else refuse(outgoing, 502, `${target.name}: ${error.code ?? error.message}`);
  });
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) outbound.destroy();
  });
}

function forwardedHeaders(incoming: IncomingMessage): string[] {
  const { socket } = incoming;
  const proto = socket instanceof TLSSocket ? 'https' : 'http';
  return [
    ...endToEnd(incoming.rawHeaders),
    'X-Forwarded-For',
    socket.remoteAddress ?? '',
    'X-Forwarded-Proto',
    proto,
    'Connection',
    'keep-alive',
  ];
}

function endToEnd(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = raw.slice(at, at + 2);
    if (!DROPPED.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

function refuse(outgoing: ServerResponse, status: number, reason: string): void {
  if (outgoing.headersSent) outgoing.destroy();
  else outgoing.writeHead(status, { 'Content-Type': 'text/plain', Connection: 'close' }).end(`${reason}\n`);
}
