import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { service as serviceFile } from '../config/folder.js';
import { type Running, start, stopAll } from '../gateway/harness.js';
import { type FakeUpstream, fakeUpstream, until } from '../http/harness.js';
import { raw } from '../http/raw.js';
import { writePingDocument } from '../upstream/ping-wsdl.js';

const upstreams: FakeUpstream[] = [];
afterEach(async () => {
  await stopAll();
  for (const upstream of upstreams.splice(0)) await upstream.close();
});

/** An upstream that has the Ping service's documents, and a gateway that publishes them. */
async function scene(
  options: {
    readonly wsdl?: string;
    readonly more?: string;
    readonly answer?: RequestListener;
    readonly gateway?: string;
  } = {},
) {
  const upstream = await fakeUpstream(
    options.answer ??
      ((request, response) => {
        const [path = '', query = ''] = (request.url ?? '').split(/(?=\?)/);
        const document = writePingDocument(`http://${request.headers.host}${path}`, query);
        response
          .writeHead(document === undefined ? 404 : 200, { 'Content-Type': 'text/xml; charset=utf-8' })
          .end(document ?? 'none');
      }),
  );
  upstreams.push(upstream);
  const policy = `${serviceFile('ping', upstream.url)}wsdl: ${options.wsdl ?? 'true'}\n${options.more ?? ''}`;
  const running = await start({
    'ping.yaml': policy,
    ...(options.gateway === undefined ? {} : { 'gateway.yaml': options.gateway }),
  });
  return { upstream, running, url: `http://127.0.0.1:${running.port()}` };
}

const addressOf = (text: string): string | undefined => /soap12:address location="([^"]*)"/.exec(text)?.[1];
const importOf = (text: string): string | undefined => /schemaLocation="([^"]*)"/.exec(text)?.[1];
/** The line of the first request in the access log. */
const access = async (running: Running): Promise<Record<string, unknown>> => {
  await until(() => running.events('request').length > 0, 'no line in the access log');
  return running.events('request')[0] ?? {};
};

test.each(['?wsdl', '?WSDL', '?Wsdl', '?singleWsdl'])(
  'GET %s gives the WSDL, and a tool finds all of it',
  async (query) => {
    const { url, upstream } = await scene();
    const response = await fetch(`${url}/ping${query}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/xml; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const text = await response.text();
    expect(text).toContain('<sp:TransportBinding>');
    // the service is behind a proxy that ends TLS: its binding is transport
    expect(addressOf(text)).toBe(`https://127.0.0.1:${new URL(url).port}/ping`);
    const schema = await fetch(importOf(text) ?? '');
    expect([schema.status, await schema.text()]).toEqual([
      200,
      expect.stringContaining('targetNamespace="http://xmlsoap.org/Ping"'),
    ]);
    expect(upstream.requests.map((request) => [request.method, request.url])).toEqual([
      ['GET', '/ping?wsdl'],
      ['GET', '/ping?xsd=ping'],
    ]);
  },
);

test('the upstream hears of nobody', async () => {
  const { url, upstream } = await scene();
  await fetch(`${url}/ping?wsdl`, {
    headers: { authorization: 'Basic eA==', cookie: 'a=b', 'x-remote-user': 'root', 'accept-language': 'de' },
  });
  const [request] = upstream.requests;
  expect(Object.keys(request?.headers ?? {}).sort()).toEqual([
    'accept',
    'accept-encoding',
    'connection',
    'host',
    'x-request-id',
  ]);
  expect(request?.headers.host).toBe(new URL(upstream.url).host);
});

test('HEAD has the head of GET and no body', async () => {
  const { url, running } = await scene();
  const get = await fetch(`${url}/ping?wsdl`);
  const { text } = await raw(
    running.port(),
    `HEAD /ping?wsdl HTTP/1.1\r\nHost: ${new URL(url).host}\r\nConnection: close\r\n\r\n`,
    5_000,
  );
  const [head = '', body] = text.split('\r\n\r\n');
  expect(head).toContain('HTTP/1.1 200');
  expect(head).toContain(`Content-Length: ${Buffer.byteLength(await get.text())}`);
  expect(body).toBe('');
});

test('a request without Host, as HTTP/1.0 allows it, has no address to be told', async () => {
  const { running, upstream } = await scene();
  const { text } = await raw(running.port(), 'GET /ping?wsdl HTTP/1.0\r\n\r\n', 5_000);
  expect(text).toContain('400 Bad Request');
  expect(upstream.requests).toEqual([]);
});

describe('behind a proxy', () => {
  const forwarded = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'api.example.com' };

  test('that is trusted, addresses are those that it was asked for', async () => {
    const { url } = await scene();
    const text = await (await fetch(`${url}/ping?wsdl`, { headers: forwarded })).text();
    expect([addressOf(text), importOf(text)]).toEqual([
      'https://api.example.com/ping',
      'https://api.example.com/ping?xsd=ping',
    ]);
  });

  test('that is not, they are those that we were asked for', async () => {
    const untrusted =
      'listeners:\n  - { address: 127.0.0.1, port: 0 }\nadmin: false\nfarmKeys: { fromFile: farm-keys.json }\ntrustedProxies: [192.0.2.1]\n';
    const { url } = await scene({ gateway: untrusted });
    const text = await (await fetch(`${url}/ping?wsdl`, { headers: forwarded })).text();
    expect(importOf(text)).toBe(`${url}/ping?xsd=ping`);
    expect(text).not.toContain('api.example.com');
  });

  test('a configured address wins for ports', async () => {
    const { url } = await scene({ wsdl: '{ address: "https://www.example.com/p" }' });
    const text = await (await fetch(`${url}/ping?wsdl`, { headers: forwarded })).text();
    expect(addressOf(text)).toBe('https://www.example.com/p');
  });
});

describe('what is not published', () => {
  test.each(['?xsd=other', '?xsd', '?wsdl=other', '?xsd=..%2fping', '?wsdl=%2fetc%2fpasswd'])(
    '%s is not found',
    async (query) => {
      const { url, upstream } = await scene({ more: 'passthrough: true\n' });
      const response = await fetch(`${url}/ping${query}`);
      expect([response.status, await response.text()]).toEqual([404, 'Not Found: document\n']);
      // nothing that a client names is asked of the upstream
      expect(upstream.requests.map((request) => request.url)).toEqual(['/ping?wsdl', '/ping?xsd=ping']);
    },
  );

  test.each(['', '?', '?wsdl&x', '?x&wsdl', '?disco', '?wsdl2', '?op=Ping'])(
    'GET %j is none of ours',
    async (query) => {
      const { url, upstream } = await scene();
      expect((await fetch(`${url}/ping${query}`)).status).toBe(405);
      expect(upstream.requests).toEqual([]);
    },
  );

  test('other requests pass through where the policy says so', async () => {
    const { url, upstream } = await scene({
      more: 'passthrough: true\n',
      answer: (_request, response) => response.end('help'),
    });
    expect(await (await fetch(`${url}/ping?op=Ping`)).text()).toBe('help');
    expect(upstream.requests.map((request) => request.url)).toEqual(['/ping?op=Ping']);
  });

  test('a service without publication gives nothing', async () => {
    const { url, upstream } = await scene({ wsdl: 'false' });
    expect((await fetch(`${url}/ping?wsdl`)).status).toBe(405);
    expect(upstream.requests).toEqual([]);
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is no way to ask', async (method) => {
    const { url, upstream } = await scene();
    expect((await fetch(`${url}/ping?wsdl`, { method })).status).toBe(method === 'POST' ? 415 : 405);
    expect(upstream.requests).toEqual([]);
  });
});

describe('an upstream that', () => {
  const hostile =
    (document: string): RequestListener =>
    (_request, response) =>
      void response.writeHead(200, { 'Content-Type': 'text/xml' }).end(document);

  test.each<[string, RequestListener, number, string]>([
    ['has none', (_request, response) => void response.writeHead(404).end('no'), 502, 'upstream.answer'],
    [
      'sends elsewhere',
      (_request, response) => void response.writeHead(302, { Location: 'http://evil.example/' }).end(),
      502,
      'upstream.answer',
    ],
    ['has an error page', (_request, response) => void response.end('<html><br></html>'), 502, 'upstream.answer'],
    ['breaks off', (request) => void request.socket.destroy(), 502, 'upstream.unreachable'],
    ['has too much', (_request, response) => void response.end('x'.repeat(10 * 1_048_576)), 502, 'upstream.too-large'],
    [
      'declares a document type',
      hostile('<!DOCTYPE d SYSTEM "x"><definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>'),
      502,
      'upstream.answer',
    ],
    [
      'compresses though asked not to',
      (_request, response) => void response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('x'),
      502,
      'upstream.answer',
    ],
  ])('%s', async (_name, answer, status, code) => {
    const { url, running } = await scene({ answer });
    const response = await fetch(`${url}/ping?wsdl`);
    expect([response.status, await response.text()]).toEqual([status, 'Bad Gateway: the document cannot be had\n']);
    expect(await access(running)).toMatchObject({ code, policy: 'ping', status, outcome: 'fault' });
  });

  test('is down', async () => {
    const { url, upstream, running } = await scene();
    await upstream.close();
    expect((await fetch(`${url}/ping?wsdl`)).status).toBe(502);
    expect(await access(running)).toMatchObject({ code: 'upstream.unreachable' });
  });

  test('never answers', async () => {
    const gateway =
      'listeners:\n  - { address: 127.0.0.1, port: 0 }\nadmin: false\nfarmKeys: { fromFile: farm-keys.json }\ntrustedProxies: [127.0.0.1]\ntimeouts: { response: 1s }\n';
    const { url } = await scene({ answer: () => undefined, gateway });
    expect((await fetch(`${url}/ping?wsdl`)).status).toBe(504);
  });

  test('points at another server moves nobody to ask there', async () => {
    let connections = 0;
    const canary = createServer().on('connection', (socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
    const elsewhere = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`;
    const { url, upstream } = await scene({
      answer: (request, response) => {
        const [path = '', query = ''] = (request.url ?? '').split(/(?=\?)/);
        // the port's own address, too, is the other server: its path is asked of the target
        const document = writePingDocument(`${elsewhere}${path}`, query) ?? '';
        response.writeHead(200, { 'Content-Type': 'text/xml' }).end(document);
      },
    });
    const text = await (await fetch(`${url}/ping?wsdl`)).text();
    expect(text).not.toContain(elsewhere);
    expect(upstream.requests.map((request) => request.url)).toEqual(['/ping?wsdl', '/ping?xsd=ping']);
    expect(connections).toBe(0);
    await new Promise((resolve) => canary.close(resolve));
  });
});
