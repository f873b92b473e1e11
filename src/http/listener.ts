import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions, Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import type { Limits, Listener as ListenerConfig, ListenerTls, Timeouts } from '../config/types.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import { createClientErrors } from './client-errors.js';
import type { RequestHandler } from './request-handler.js';

export interface ListenerOptions {
  readonly listen: ListenerConfig;
  readonly limits: Pick<Limits, 'headers'>;
  readonly timeouts: Pick<Timeouts, 'headers' | 'request' | 'idle'>;
  readonly handler: RequestHandler;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Open connections beyond this are dropped by Node; default 10 000. */
  readonly maxConnections?: number;
}

export interface Listener {
  /** @throws the error of listen(2) */
  open(): Promise<AddressInfo>;
  /** From the next request on, this handler; a reload keeps the connections. */
  setHandler(handler: RequestHandler): void;
  /** From the next handshake on, these keys. Whether client certificates are asked for stays as it was. */
  setTls(tls: ListenerTls): void;
  /** Every answer from now on ends its connection. Connections are still accepted. */
  drain(): void;
  /** Accepts no more, waits up to `timeout` ms for what is in work, then cuts it. */
  close(timeout: number): Promise<void>;
}

function secureContext(tls: ListenerTls): SecureContextOptions {
  return {
    cert: tls.certificate,
    key: tls.privateKey,
    minVersion: tls.minVersion,
    honorCipherOrder: true,
    ...(tls.clientTrust === undefined ? {} : { ca: tls.clientTrust }),
  };
}

function serverOptions({ limits, timeouts, listen }: ListenerOptions): ServerOptions {
  const { tls } = listen;
  return {
    insecureHTTPParser: false,
    requireHostHeader: true,
    joinDuplicateHeaders: false,
    maxHeaderSize: limits.headers,
    headersTimeout: Math.min(timeouts.headers, timeouts.request),
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.idle,
    // the timeouts above are only looked at this often
    connectionsCheckingInterval: Math.max(50, Math.min(1_000, timeouts.headers / 4)),
    noDelay: true,
    ...(tls === undefined
      ? {}
      : {
          ...secureContext(tls),
          handshakeTimeout: timeouts.headers,
          ALPNProtocols: ['http/1.1'],
          requestCert: tls.clientCertificate !== 'none',
          rejectUnauthorized: tls.clientCertificate === 'required',
        }),
  };
}

/** One server socket with its server: hardened, drainable, its handler and its keys replaceable. */
export function createListener(options: ListenerOptions): Listener {
  const { log, metrics, listen } = options;
  let { handler } = options;
  let draining = false;
  let closing = false;
  const open = new Set<ServerResponse>();
  /** All connections, for Node's own list lacks those in a handshake. */
  const sockets = new Set<Socket>();
  /** The response that is next on a connection, so that an error of the parser is never written into it. */
  const current = new WeakMap<Duplex, ServerResponse>();
  const server: Server =
    listen.tls === undefined ? createHttpServer(serverOptions(options)) : createHttpsServer(serverOptions(options));
  server.maxHeadersCount = 0;
  server.maxConnections = options.maxConnections ?? 10_000;

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    // bytes behind a request that was refused, or that ends its connection, are nobody's request: they may be the body
    // of the one before, read in another way (security.md H1)
    if (current.get(request.socket)?.shouldKeepAlive === false) return;
    if (draining) response.shouldKeepAlive = false;
    open.add(response);
    current.set(request.socket, response);
    response.once('close', () => {
      open.delete(response);
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
    handler(request, response);
  };

  const errors = createClientErrors({ log, metrics, responseOn: (socket) => current.get(socket) });

  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', onRequest);
  server.on('checkContinue', onRequest);
  server.on('secureConnection', errors.secured);
  server.on('clientError', errors.clientError);
  server.on('connect', errors.connect);
  server.on('dropRequest', errors.drop);

  return {
    open: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host: listen.address, port: listen.port }, () => {
          server.off('error', reject);
          const address = server.address();
          if (address === null || typeof address === 'string') return reject(new TypeError('no TCP address'));
          log('listener.open', { address: address.address, port: address.port, tls: listen.tls !== undefined });
          resolve(address);
        });
      }),
    setHandler(next) {
      handler = next;
    },
    setTls(tls) {
      if (server instanceof TlsServer) server.setSecureContext(secureContext(tls));
    },
    drain() {
      draining = true;
      for (const response of open) response.shouldKeepAlive = false;
    },
    close(timeout) {
      draining = true;
      closing = true;
      for (const response of open) response.shouldKeepAlive = false;
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, timeout);
        server.close(() => {
          clearTimeout(timer);
          log('listener.closed', { port: listen.port });
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}
