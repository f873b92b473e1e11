import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import {
  type PingMessage,
  Refused,
  readPing,
  SOAP,
  type SoapVersion,
  writeFault,
  writePingResponse,
} from './ping-message.js';
import { writePingDocument } from './ping-wsdl.js';

export { envelope, PING_ACTION, pingRequest, SOAP, type SoapVersion } from './ping-message.js';

/** One request as the upstream saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** Absent if the body is no Ping that a plain service answers. */
  readonly ping?: PingMessage;
}

/**
 * How it answers. `ping`: as the service should; `fault`: a fault of the application; `html`: an error page of the
 * server; `hang`: never; `cut`: half an answer, then the connection goes.
 */
export type Behaviour = 'ping' | 'fault' | 'html' | 'hang' | 'cut';

export interface UpstreamOptions {
  /** Stands in the response header X-Upstream. */
  readonly name?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** How many requests are remembered, the newest; default 1000. A benchmark remembers none. */
  readonly remember?: number;
}

export interface Upstream {
  readonly name: string;
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  /** Oldest first. */
  readonly seen: readonly SeenRequest[];
  /** From the next request on; `delay` in milliseconds. */
  behave(behaviour: Behaviour, delay?: number): void;
  /** Takes no more connections and cuts those that are open. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/**
 * A plain Ping service on loopback. It tells which it is in X-Upstream, and whom it was told that the caller is
 * (X-Remote-User) in X-Seen-User.
 */
export async function startUpstream(options: UpstreamOptions = {}): Promise<Upstream> {
  const { name = 'upstream', remember = 1000 } = options;
  const seen: SeenRequest[] = [];
  let behaviour: Behaviour = 'ping';
  let delay = 0;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const { ping, refused } = understand(request, body);
    if (remember > 0) {
      const { method = '', url = '', headers, rawHeaders } = request;
      seen.push({ method, url, headers, rawHeaders, body, ...(ping === undefined ? {} : { ping }) });
      if (seen.length > remember) seen.shift();
    }
    if (delay > 0) await wait(delay);
    const answer = answerOf(behaviour, request, ping, refused);
    if (answer === undefined) return;
    const octets = Buffer.from(answer.body);
    response.writeHead(answer.status, {
      'Content-Type': answer.contentType,
      'Content-Length': octets.length,
      'X-Upstream': name,
      'X-Seen-User': String(request.headers['x-remote-user'] ?? ''),
    });
    if (behaviour === 'cut') response.write(octets.subarray(0, octets.length / 2), () => response.destroy());
    else response.end(octets);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    name,
    port,
    origin: `http://127.0.0.1:${port}`,
    seen,
    behave: (next, milliseconds = 0) => {
      behaviour = next;
      delay = milliseconds;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

function understand(request: IncomingMessage, body: string): { ping?: PingMessage; refused?: Refused } {
  if (request.method !== 'POST') return {};
  try {
    return { ping: readPing(body, request.headers['content-type'] ?? '') };
  } catch (error) {
    if (error instanceof Refused) return { refused: error };
    throw error;
  }
}

function answerOf(
  behaviour: Behaviour,
  request: IncomingMessage,
  ping: PingMessage | undefined,
  refused: Refused | undefined,
): Answer | undefined {
  if (behaviour === 'hang') return undefined;
  if (behaviour === 'html') {
    return { status: 500, contentType: 'text/html', body: '<html><body><h1>Server Error</h1></body></html>' };
  }
  if (request.method !== 'POST') return documentAnswer(request);
  if (refused !== undefined) return soapAnswer(500, refused.soap, writeFault(refused));
  if (ping === undefined) return { status: 400, contentType: 'text/plain', body: 'not SOAP\n' };
  if (behaviour === 'fault') {
    return soapAnswer(500, ping.soap, writeFault(new Refused('Sender', ping.soap, 'the order is unknown')));
  }
  return soapAnswer(200, ping.soap, writePingResponse(ping));
}

function documentAnswer({ url = '', headers }: IncomingMessage): Answer {
  const [path = '', query = ''] = url.split(/(?=\?)/);
  const document = writePingDocument(`http://${headers.host}${path}`, query);
  return document === undefined
    ? { status: 200, contentType: 'text/plain', body: 'a plain Ping service\n' }
    : { status: 200, contentType: 'text/xml; charset=utf-8', body: document };
}

function soapAnswer(status: number, soap: SoapVersion, body: string): Answer {
  return { status, contentType: `${SOAP[soap].mediaType}; charset=utf-8`, body };
}
