import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../errors.js';

/**
 * Tells a client that asked by `Expect: 100-continue` to go on (WCF does for every POST). The header then goes: as long
 * as it is there the client waits, and who answers without reading the body looks at it.
 */
export function askForBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect === undefined) return;
  delete request.headers.expect;
  response.writeContinue();
}

/** Is the Content-Length above `limit`? Then nothing of the body needs to be read. */
export function announcesMore(request: IncomingMessage, limit: number): boolean {
  return Number(request.headers['content-length'] ?? 0) > limit;
}

/**
 * Reads a request's body, never holding more than `limit` octets. A body that never ends is cut by the server's
 * requestTimeout, which destroys the request.
 *
 * @throws GatewayError `http.too-large` as soon as the limit is passed (for a Content-Length above it, before a single
 * octet is read), `client.gone` if the client leaves
 */
export function readBody(request: IncomingMessage, response: ServerResponse, limit: number): Promise<Buffer> {
  if (announcesMore(request, limit)) {
    const declared = request.headers['content-length'];
    return Promise.reject(new GatewayError('http.too-large', 'the body is larger than allowed', { limit, declared }));
  }
  askForBody(request, response);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (): void => {
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limit) {
        stop();
        reject(new GatewayError('http.too-large', 'the body is larger than allowed', { limit }));
        return;
      }
      chunks.push(chunk);
    };
    const onEnd = (): void => {
      stop();
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size));
    };
    const onGone = (): void => {
      stop();
      // an error event without a listener would end the process
      request.on('error', () => {});
      reject(new GatewayError('client.gone', 'the client left before its request was whole', { received: size }));
    };
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}
