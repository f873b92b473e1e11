import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from '../config/types.js';
import type { Log } from '../observe/log.js';

/** May this process be given traffic? `reasons` says why not. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

export interface AdminOptions {
  readonly listen: Address;
  readonly readiness: () => Readiness | Promise<Readiness>;
  /** Told by `/readyz?verbose`: the farm's key rings of all workers, each once; one, unless a worker is behind. */
  readonly farmKeys?: () => readonly object[] | Promise<readonly object[]>;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly version: Readonly<Record<string, string>>;
  /** Public members only; absent: no key set is served. */
  readonly jwks?: () => { readonly keys: readonly object[] };
  readonly log: Log;
}

export interface AdminListener {
  open(): Promise<AddressInfo>;
  close(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const json = (value: unknown, status = 200): Page => ({
  status,
  contentType: 'application/json',
  body: `${JSON.stringify(value)}\n`,
});

type Pages = ReadonlyMap<string, (query: URLSearchParams) => Page | Promise<Page>>;

function createPages(options: AdminOptions): Pages {
  const { jwks, farmKeys } = options;
  const alive = (): Page => json({ status: 'ok' });
  const pages = new Map<string, (query: URLSearchParams) => Page | Promise<Page>>([
    ['/healthz', alive],
    ['/livez', alive],
    [
      '/readyz',
      async (query) => {
        const { ready, reasons } = await options.readiness();
        const more = query.has('verbose') && farmKeys !== undefined ? { farmKeys: await farmKeys() } : {};
        return json({ status: ready ? 'ready' : 'not ready', reasons, ...more }, ready ? 200 : 503);
      },
    ],
    [
      '/metrics',
      async () => {
        const { contentType, text } = await options.metrics();
        return { status: 200, contentType, body: text };
      },
    ],
    ['/version', () => json(options.version)],
  ]);
  if (jwks !== undefined) {
    pages.set('/.well-known/jwks.json', () => ({ ...json(jwks()), contentType: 'application/jwk-set+json' }));
  }
  return pages;
}

function send(response: ServerResponse, page: Page, headers: readonly string[] = []): void {
  response.writeHead(page.status, [
    'Content-Type',
    page.contentType,
    'Content-Length',
    String(Buffer.byteLength(page.body)),
    'Cache-Control',
    'no-store',
    ...headers,
  ]);
  response.end(response.req.method === 'HEAD' ? '' : page.body);
}

/** Health, metrics and version, on a listener of their own. It changes nothing and shows no secret. */
export function createAdminListener(options: AdminOptions): AdminListener {
  const pages = createPages(options);
  const server = createServer(
    { headersTimeout: 5_000, requestTimeout: 5_000, keepAliveTimeout: 5_000, maxHeaderSize: 8_192 },
    (request, response) => {
      // nothing here has a body; what comes of one goes with the connection
      request.resume();
      const [path = '', query] = (request.url ?? '').split('?', 2);
      const page = pages.get(path);
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.shouldKeepAlive = false;
        return send(response, json({ error: 'method' }, 405), ['Allow', 'GET, HEAD']);
      }
      if (page === undefined) return send(response, json({ error: 'path' }, 404));
      Promise.resolve()
        .then(() => page(new URLSearchParams(query)))
        .then(
          (found) => send(response, found),
          (error: unknown) => {
            options.log('request.failed', { path: request.url, error });
            send(response, json({ error: 'internal' }, 500));
          },
        );
    },
  );
  return {
    open: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen({ host: options.listen.address, port: options.listen.port }, () => {
          server.off('error', reject);
          const address = server.address();
          if (address === null || typeof address === 'string') return reject(new TypeError('no TCP address'));
          options.log('listener.open', { address: address.address, port: address.port, admin: true });
          resolve(address);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
