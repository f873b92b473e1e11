import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';

/** Errors of Node's parser and clocks → status; all others are 400. */
const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Content Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function bareAnswer(status: string): string {
  return `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
}

export interface ClientErrorsOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  /** The response that is next on a connection, so that an error of the parser is never written into it. */
  readonly responseOn: (socket: Duplex) => ServerResponse | undefined;
}

/** What a server does with octets that never became a request; each is a listener of one of its events. */
export interface ClientErrors {
  clientError(error: Error & { code?: string }, socket: Duplex): void;
  /** Node's https server reports what fails in a handshake as a clientError too; this says when it was done. */
  secured(socket: TLSSocket): void;
  connect(request: IncomingMessage, socket: Duplex): void;
  drop(request: IncomingMessage, socket: Duplex): void;
}

export function createClientErrors({ log, metrics, responseOn }: ClientErrorsOptions): ClientErrors {
  const secured = new WeakSet<Duplex>();

  const refused = (socket: Duplex, reason: string, code = reason): void => {
    metrics.count('requests_refused_total', { reason });
    const client = 'remoteAddress' in socket ? socket.remoteAddress : undefined;
    log('request.refused', { client_ip: client, code });
  };

  return {
    secured: (socket) => void secured.add(socket),
    clientError(error, socket) {
      const { code } = error;
      // a client that hangs up is no event
      if (code === 'ECONNRESET' || code === 'EPIPE') {
        socket.destroy();
        return;
      }
      // nothing can be answered before the handshake is done: it would wait for ever to be encrypted
      if (socket instanceof TLSSocket && !secured.has(socket)) {
        refused(socket, 'tls', code);
        socket.destroy();
        return;
      }
      if (!socket.writable) {
        socket.destroy();
        return;
      }
      refused(socket, code ?? 'parse');
      const response = responseOn(socket);
      const answered = response === undefined || response.writableFinished || response.destroyed;
      // bytes that follow a whole request must not be answered in its place; the same if the head is out
      if (answered || (!response.headersSent && !response.req.complete)) {
        const status = CLIENT_ERRORS[code ?? ''] ?? '400 Bad Request';
        socket.end(bareAnswer(status), () => socket.destroy());
      } else if ('destroySoon' in socket && typeof socket.destroySoon === 'function') socket.destroySoon();
      else socket.destroy();
    },
    connect(_request, socket) {
      refused(socket, 'connect');
      socket.on('error', () => {});
      socket.end(bareAnswer('405 Method Not Allowed'), () => socket.destroy());
    },
    drop: (_request, socket) => refused(socket, 'drop'),
  };
}
