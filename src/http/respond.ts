import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { SoapResponse } from './soap-request.js';

/** How much of a refused body is read and thrown away, and for how long, so that the client reads our answer. */
const LINGER_BYTES = 8 * 1_048_576;
const LINGER_TIME = 2_000;

/** The header that carries the request id to the client. */
export const REQUEST_ID_HEADER = 'X-Gateway-Request-Id';

/** Is there, or may there come, more of the body? Node calls a request complete only after its handler ran. */
function isUnread(request: IncomingMessage): boolean {
  if (request.complete) return false;
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Ends an answer to a request whose body was not read to its end. Closing at once would make TCP reset the connection,
 * and the client, still writing, would never see the answer (RFC 9112 §9.6); so the rest is thrown away for a while.
 * A client that waits for 100 (Continue) has sent nothing yet.
 */
function endLingering(request: IncomingMessage, response: ServerResponse, body: string | Buffer): void {
  if (request.headers.expect !== undefined) {
    response.end(body, () => request.socket.destroySoon());
    return;
  }
  response.write(body);
  let dropped = 0;
  const timer = setTimeout(finish, LINGER_TIME);
  function onData(chunk: Buffer): void {
    dropped += chunk.length;
    if (dropped > LINGER_BYTES) finish();
  }
  function finish(): void {
    clearTimeout(timer);
    request.off('data', onData).off('end', finish).off('close', finish);
    response.end(() => request.socket.destroySoon());
  }
  request.on('error', () => {});
  request.on('data', onData).on('end', finish).on('close', finish).resume();
}

function finish(response: ServerResponse, status: number, head: string[], body: string | Buffer): void {
  const { req: request } = response;
  if (isUnread(request)) {
    response.shouldKeepAlive = false;
    response.writeHead(status, head);
    endLingering(request, response, body);
  } else {
    response.writeHead(status, head);
    response.end(body);
  }
}

/** Sends a SOAP answer; its body goes out in one write with the head. */
export function sendSoap(response: ServerResponse, id: string, answer: SoapResponse): number {
  const { body } = answer;
  const length = Buffer.byteLength(body);
  const head = [
    'Content-Type',
    answer.contentType,
    'Content-Length',
    String(length),
    'X-Content-Type-Options',
    'nosniff',
    REQUEST_ID_HEADER,
    id,
  ];
  if (answer.headers !== undefined) for (const name in answer.headers) head.push(name, answer.headers[name] ?? '');
  if (answer.setCookie !== undefined) for (const cookie of answer.setCookie) head.push('Set-Cookie', cookie);
  finish(response, answer.status, head, body);
  return length;
}

/** Answers with one line of text; `close` also ends the connection. */
export function sendText(
  response: ServerResponse,
  id: string,
  status: number,
  reason: string,
  options: { readonly close?: boolean; readonly headers?: readonly string[] } = {},
): number {
  const text = `${STATUS_CODES[status] ?? ''}: ${reason}\n`;
  const length = Buffer.byteLength(text);
  const head = ['Content-Type', 'text/plain; charset=utf-8', 'Content-Length', String(length)];
  head.push('X-Content-Type-Options', 'nosniff', REQUEST_ID_HEADER, id, ...(options.headers ?? []));
  if (options.close === true) response.shouldKeepAlive = false;
  finish(response, status, head, response.req.method === 'HEAD' ? '' : text);
  return length;
}
