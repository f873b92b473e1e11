import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createPassthrough, upstreamTarget } from '../../src/forward/passthrough.js';
import {
  type FakeUpstream,
  fakeUpstream,
  type Gateway,
  type PolicyParts,
  policy,
  startGateway,
  until,
} from '../http/harness.js';
import { raw, statuses } from '../http/raw.js';
import { createAuthority } from '../pki/index.js';

const ending: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const OPEN = { paths: ['/orders', '/help/*', '/upload'], methods: ['GET', 'HEAD', 'POST'] } as const;

async function upstreamOf(...parts: Parameters<typeof fakeUpstream>): Promise<FakeUpstream> {
  const upstream = await fakeUpstream(...parts);
  ending.push(upstream.close);
  return upstream;
}

async function gatewayTo(targets: readonly string[], parts: PolicyParts = {}): Promise<Gateway> {
  const gateway = await startGateway({
    services: [policy({ targets, passthrough: OPEN, upstreamPath: '/legacy/Orders.asmx', ...parts })],
    timeouts: { response: 400 },
  });
  ending.push(gateway.close);
  return gateway;
}

/** An upstream that answers whatever it gets with these octets, then acts on the socket. */
async function octets(answer: string, then: (socket: Socket) => void = () => {}): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', () => socket.write(answer, 'latin1', () => then(socket)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ending.push(
    () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const url = (gateway: Gateway, path: string): string => `http://127.0.0.1:${gateway.port}${path}`;

test.each([
  ['/orders', '/legacy/Orders.asmx'],
  ['/orders?wsdl', '/legacy/Orders.asmx?wsdl'],
  ['/orders?xsd=/a/../b&x=%2f', '/legacy/Orders.asmx?xsd=/a/../b&x=%2f'],
  ['/orders/mex', '/legacy/Orders.asmx/mex'],
  ['/ordersx', '/ordersx'],
  ['/help/a.css', '/help/a.css'],
])('%s is %s at the upstream', (path, expected) => {
  expect(upstreamTarget(policy({ upstreamPath: '/legacy/Orders.asmx' }), path)).toBe(expected);
});

test.each(['GET', 'HEAD', 'POST'])('%s goes through once, over a connection of its own', async (method) => {
  const upstream = await upstreamOf((_, response) => response.writeHead(200, { 'X-App': 'a' }).end('<wsdl/>'));
  const gateway = await gatewayTo([upstream.url]);
  const body = method === 'POST' ? { body: 'a=b' } : {};
  const path = method === 'POST' ? '/upload?a' : '/orders?wsdl';
  for (const _ of [1, 2]) {
    const response = await fetch(url(gateway, path), { method, ...body });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-app')).toBe('a');
    expect(await response.text()).toBe(method === 'HEAD' ? '' : '<wsdl/>');
  }
  expect(upstream.requests).toHaveLength(2);
  for (const received of upstream.requests) {
    expect(received).toMatchObject({ method, body: method === 'POST' ? 'a=b' : '' });
    expect(received.headers.connection).toBe('close');
    expect(received.headers.host).toBe(`127.0.0.1:${upstream.port}`);
  }
});

test.each(['DELETE', 'PUT', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'])('%s is not passed on', async (method) => {
  const upstream = await upstreamOf();
  const gateway = await gatewayTo([upstream.url]);
  const { text } = await raw(gateway.port, `${method} /help/a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 1_000);
  expect(statuses(text)).toEqual([405]);
  expect(upstream.requests).toEqual([]);
});

test('nor would it be if it came so far: http-proxy makes two requests of it (CVE-2026-29057)', async () => {
  const picked: string[] = [];
  const passthrough = createPassthrough({
    timeouts: { response: 100 },
    pick: ({ name }) => {
      picked.push(name);
      return undefined;
    },
  });
  const { IncomingMessage, ServerResponse } = await import('node:http');
  const request = new IncomingMessage(new (await import('node:net')).Socket());
  request.method = 'DELETE';
  const response = new ServerResponse(request);
  expect(await passthrough(policy(), request, response, { id: 'r', url: '/orders', headers: {} })).toEqual({
    code: 'policy.denied',
  });
  expect(response.statusCode).toBe(405);
  expect(picked).toEqual([]);
});

test('of an answer, what speaks of the hop or of the software stays here', async () => {
  const upstream = await upstreamOf((_, response) => {
    response.writeHead(302, {
      Location: 'http://other/x',
      Connection: 'keep-alive, X-Hop',
      'X-Hop': '1',
      'Keep-Alive': 'timeout=9',
      Server: 'IIS',
      Via: '1.1 x',
      'X-Powered-By': 'PHP',
      'X-AspNet-Version': '4',
      'Alt-Svc': 'h3=":443"',
      'X-Gateway-Request-Id': 'eve',
      'Proxy-Authenticate': 'Basic',
      ETag: '"e"',
    });
    response.end();
  });
  const gateway = await gatewayTo([upstream.url]);
  const response = await fetch(url(gateway, '/help/a'), { redirect: 'manual' });
  expect(response.status).toBe(302);
  // the redirect is the client's to follow
  expect(response.headers.get('location')).toBe('http://other/x');
  expect(response.headers.get('etag')).toBe('"e"');
  expect(response.headers.get('x-gateway-request-id')).not.toBe('eve');
  for (const name of ['x-hop', 'server', 'via', 'x-powered-by', 'x-aspnet-version', 'alt-svc', 'proxy-authenticate']) {
    expect([name, response.headers.get(name)]).toEqual([name, null]);
  }
  expect(upstream.requests).toHaveLength(1);
});

test('an answer without end streams through, and one that stops is cut', async () => {
  const upstream = await octets('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<wsdl>');
  const gateway = await gatewayTo([upstream]);
  const { text, closed } = await raw(gateway.port, 'GET /orders?wsdl HTTP/1.1\r\nHost: a\r\n\r\n', 1_500);
  expect(statuses(text)).toEqual([200]);
  expect(text).toMatch(/<wsdl>$/);
  expect(closed).toBe(true);
  expect(await gateway.line('request')).toMatchObject({ outcome: 'gone', status: 200, code: 'upstream.timeout' });
});

test.each<[string, string, number, string, ((socket: Socket) => void)?]>([
  ['says nothing', '', 504, 'upstream.timeout'],
  ['stops in the head', 'HTTP/1.1 200 OK\r\nX:', 504, 'upstream.timeout'],
  ['closes', '', 502, 'upstream.unreachable', (socket) => socket.end()],
  ['resets', '', 502, 'upstream.unreachable', (socket) => socket.resetAndDestroy()],
  ['speaks no HTTP', 'SSH-2.0\r\n', 502, 'upstream.unreachable'],
])('an upstream that %s is answered for', async (_, answer, status, code, then = () => {}) => {
  const gateway = await gatewayTo([await octets(answer, then)]);
  const response = await fetch(url(gateway, '/orders?wsdl'));
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(response.headers.get('x-gateway-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(await response.text()).not.toContain('127.0.0.1');
  expect(await gateway.line('request')).toMatchObject({ outcome: 'fault', status, code, policy: 'orders' });
});

test('one that switches protocols unasked is answered for', async () => {
  const answer = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
  const gateway = await gatewayTo([await octets(answer, (socket) => socket.end())]);
  expect((await fetch(url(gateway, '/orders?wsdl'))).status).toBe(502);
});

test('one that is down is answered for, and so is none', async () => {
  const down = await gatewayTo(['http://127.0.0.1:1']);
  expect((await fetch(url(down, '/orders?wsdl'))).status).toBe(502);
  const none = await gatewayTo([]);
  expect((await fetch(url(none, '/orders?wsdl'))).status).toBe(503);
  expect(await none.line('request')).toMatchObject({ outcome: 'fault', code: 'upstream.none' });
});

describe('a client that leaves leaves no upstream request', () => {
  async function leave(gateway: Gateway, request: string, when: () => boolean): Promise<void> {
    const socket = connect(gateway.port, '127.0.0.1');
    socket.write(request);
    await until(when);
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.destroy();
  }

  test('before its answer', async () => {
    const upstream = await upstreamOf(() => {});
    const gateway = await gatewayTo([upstream.url]);
    await leave(gateway, 'GET /orders?wsdl HTTP/1.1\r\nHost: a\r\n\r\n', () => upstream.requests.length === 1);
    await until(() => upstream.open() === 0);
    expect(await gateway.line('request')).toMatchObject({ outcome: 'gone', status: 0, upstream: upstream.url });
  });

  test('in its answer', async () => {
    const upstream = await upstreamOf((_, response) => {
      response.writeHead(200);
      response.write('<wsdl>');
    });
    const gateway = await gatewayTo([upstream.url]);
    await leave(gateway, 'GET /orders?wsdl HTTP/1.1\r\nHost: a\r\n\r\n', () => upstream.requests.length === 1);
    await until(() => upstream.open() === 0);
    expect(await gateway.line('request')).toMatchObject({ outcome: 'gone', status: 200, upstream_status: 200 });
  });

  test('in its body', async () => {
    const upstream = await upstreamOf();
    const gateway = await gatewayTo([upstream.url]);
    const head = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nabc';
    await leave(gateway, head, () => upstream.open() === 1);
    await until(() => upstream.open() === 0);
    expect(upstream.requests).toEqual([]);
  });
});

test('a client that asks first is told to go on once', async () => {
  const upstream = await upstreamOf();
  const gateway = await gatewayTo([upstream.url]);
  const head = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n';
  const { text } = await raw(gateway.port, [`${head}Expect: 100-continue\r\n\r\n`, 'abc']);
  expect(statuses(text)).toEqual([100, 200]);
  expect(upstream.requests).toEqual([expect.objectContaining({ body: 'abc' })]);
  expect(upstream.requests[0]?.headers).not.toHaveProperty('expect');
});

test('trailers and chunk extensions are not passed on', async () => {
  const upstream = await upstreamOf();
  const gateway = await gatewayTo([upstream.url]);
  const head = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n';
  await raw(gateway.port, `${head}3;a=b\r\nabc\r\n0\r\nX-Remote-User: eve\r\n\r\n`);
  expect(upstream.requests).toEqual([expect.objectContaining({ body: 'abc' })]);
  expect(JSON.stringify(upstream.requests)).not.toContain('eve');
});

describe('an upstream with TLS', () => {
  test.each([
    ['of the trusted issuer', true, 'localhost', 200],
    ['of another issuer', false, 'localhost', 502],
    ['of another name', true, 'elsewhere', 502],
  ])('%s', async (_, trusted, name, status) => {
    const authority = await createAuthority({ commonName: 'CA' });
    const other = await createAuthority({ commonName: 'CA' });
    const party = await authority.issue({ commonName: name, dnsNames: [name] });
    const server = createHttpsServer({ cert: party.certificate, key: party.privateKey }, (_request, response) => {
      response.end('<wsdl/>');
    });
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ending.push(
      () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    );
    const trust = Buffer.from((trusted ? authority : other).certificate);
    const gateway = await gatewayTo([`https://127.0.0.1:${(server.address() as AddressInfo).port}`], {
      tls: { trust, serverName: 'localhost' },
    });
    expect((await fetch(url(gateway, '/orders?wsdl'))).status).toBe(status);
    const posted = await fetch(url(gateway, '/orders'), {
      method: 'POST',
      headers: { 'content-type': 'text/xml' },
      body: '<m/>',
    });
    expect(posted.status).toBe(status);
  });
});
