import { type FakeUpstream, fakeUpstream, type Gateway, policy, SOAP_11, startGateway } from './harness.js';
import { raw } from './raw.js';

let upstream: FakeUpstream;
let gateway: Gateway;
let trusting: Gateway;

beforeAll(async () => {
  upstream = await fakeUpstream();
  const services = [
    policy({ targets: [upstream.url], passthrough: { paths: ['/orders', '/up'], methods: ['GET', 'POST'] } }),
    // another service's identity is hidden on every route
    policy({
      name: 'stock',
      path: '/stock',
      targets: [upstream.url],
      identity: { headers: { 'X-Stock_Caller': '{name}' } },
    }),
  ];
  gateway = await startGateway({ services });
  trusting = await startGateway({ services, trustedProxies: ['127.0.0.0/8', '10.0.0.1', '2001:db8::/32'] });
});
afterAll(async () => {
  await gateway.close();
  await trusting.close();
  await upstream.close();
});
beforeEach(() => {
  upstream.requests.length = 0;
});

async function send(port: number, method: 'GET' | 'POST', headers: string): Promise<Record<string, unknown>> {
  const entity = method === 'POST' ? 'Content-Type: text/xml\r\nContent-Length: 4\r\n' : '';
  const { text } = await raw(
    port,
    `${method} /orders HTTP/1.1\r\nHost: a\r\n${entity}${headers}Connection: close\r\n\r\n${method === 'POST' ? '<m/>' : ''}`,
    1_000,
  );
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(upstream.requests).toHaveLength(1);
  return { ...upstream.requests[0]?.headers };
}

describe.each(['POST', 'GET'] as const)('%s', (method) => {
  test.each([
    'X-Remote-User: eve',
    'x-remote-user: eve',
    'X_Remote_User: eve',
    'X-Remote_User: eve',
    'x_REMOTE-user: eve',
    'X-Remote-User: eve\r\nX-Remote-User: mallory',
    'X-Farm-Groups: eve',
    'X_Farm_Groups: eve',
    'X-Stock-Caller: eve',
    'x_stock_caller: eve',
    'X-Forwarded-User: eve',
    'X_Forwarded_For: eve',
    'X-Forwarded-For: eve',
    'X-Forwarded-Host: eve',
    'X-Forwarded-Proto: eve',
    'X_Forwarded_Proto: eve',
    'X-Forwarded-Port: eve',
    'Forwarded: for=eve',
    'Via: eve',
    'X-Real-IP: eve',
    'True-Client-IP: eve',
    'X-Original-URL: /eve',
    'X-Rewrite-URL: /eve',
    'X-HTTP-Method-Override: eve',
    'X-Request-Id: eve',
    'X_Request_Id: eve',
    'Proxy: http://eve',
    'Proxy-Authorization: eve',
    'Proxy-Connection: eve',
    'Proxy_Authorization: eve',
    'Keep-Alive: eve',
    'TE: eve',
    'Trailer: eve',
    'Content_Length: eve',
    'Content_length: 1eve',
    'Transfer_Encoding: eve',
    'Traceparent: eve',
    'Tracestate: eve',
  ])('%s does not reach the upstream', async (line) => {
    const headers = await send(gateway.port, method, `${line}\r\n`);
    expect(JSON.stringify(headers)).not.toContain('eve');
    expect(headers['x-remote-user']).toBe(method === 'POST' ? 'alice' : undefined);
    expect(headers['x-forwarded-for']).toBe('127.0.0.1');
  });

  test('headers that Connection names stay here', async () => {
    const port = gateway.port;
    const entity = method === 'POST' ? 'Content-Type: text/xml\r\nContent-Length: 4\r\n' : '';
    await raw(
      port,
      `${method} /orders HTTP/1.1\r\nHost: a\r\n${entity}X-A: 1\r\nX-B: 2\r\nX_C: 3\r\nConnection: close, X-a , x-C\r\n\r\n${method === 'POST' ? '<m/>' : ''}`,
      1_000,
    );
    const headers = upstream.requests[0]?.headers;
    expect(headers).toMatchObject({ 'x-b': '2' });
    expect(headers).not.toHaveProperty('x-a');
    expect(headers).not.toHaveProperty('x_c');
  });

  test('what is end to end goes on, several lines joined', async () => {
    const lines = 'User-Agent: u\r\nX-Tenant: 1\r\nX-Tenant: 2\r\nCookie: a=1\r\nCookie: b=2\r\n';
    expect(await send(gateway.port, method, lines)).toMatchObject({
      'user-agent': 'u',
      'x-tenant': '1, 2',
      cookie: 'a=1; b=2',
    });
  });

  test('names of the prototype are names', async () => {
    const headers = await send(gateway.port, method, '__proto__: eve\r\nconstructor: y\r\n');
    expect(Object.getOwnPropertyDescriptor(headers, 'constructor')?.value).toBe('y');
  });
});

test('of a message, what describes its octets or claims an identity is not taken over', async () => {
  const headers = await send(
    gateway.port,
    'POST',
    'Authorization: Basic eve\r\nContent-MD5: eve\r\nDigest: eve\r\nRange: eve\r\nAccept-Encoding: eve\r\nContent-Encoding: identity\r\n',
  );
  expect(JSON.stringify(headers)).not.toContain('eve');
  expect(headers['accept-encoding']).toBe('identity');
  expect(headers).not.toHaveProperty('content-encoding');
});

test('a proxy that is not trusted is the client', async () => {
  await send(gateway.port, 'POST', 'X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n');
  expect(gateway.seen.at(-1)).toMatchObject({ clientAddress: '127.0.0.1', secureTransport: false });
});

test.each<[string, string, string]>([
  ['192.0.2.1', '192.0.2.1', '192.0.2.1, 127.0.0.1'],
  ['192.0.2.9, 192.0.2.1', '192.0.2.1', '192.0.2.1, 127.0.0.1'],
  ['192.0.2.1, 10.0.0.1', '192.0.2.1', '192.0.2.1, 127.0.0.1'],
  ['192.0.2.1, 127.0.0.2, 10.0.0.1', '192.0.2.1', '192.0.2.1, 127.0.0.1'],
  ['192.0.2.1:5001', '192.0.2.1', '192.0.2.1, 127.0.0.1'],
  ['[2001:db9::1]:5001', '2001:db9::1', '2001:db9::1, 127.0.0.1'],
  ['2001:db9::1, 2001:db8::1', '2001:db9::1', '2001:db9::1, 127.0.0.1'],
  ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.1, 127.0.0.1'],
  ['unknown', '127.0.0.1', '127.0.0.1'],
  ['192.0.2.1, unknown', '127.0.0.1', '127.0.0.1'],
  ['192.0.2.1, unknown, 10.0.0.1', '10.0.0.1', '10.0.0.1, 127.0.0.1'],
  ['', '127.0.0.1', '127.0.0.1'],
])('behind a trusted proxy, X-Forwarded-For: %s means %s', async (list, client, sent) => {
  const headers = await send(trusting.port, 'POST', `X-Forwarded-For: ${list}\r\n`);
  expect(trusting.seen.at(-1)?.clientAddress).toBe(client);
  expect(headers['x-forwarded-for']).toBe(sent);
});

test.each([
  ['https', true],
  ['http', false],
  ['https, http', false],
  ['HTTPS', false],
])('behind a trusted proxy, X-Forwarded-Proto: %s is TLS: %s', async (value, secure) => {
  const headers = await send(trusting.port, 'POST', `X-Forwarded-Proto: ${value}\r\n`);
  expect(trusting.seen.at(-1)?.secureTransport).toBe(secure);
  expect(headers['x-forwarded-proto']).toBe(secure ? 'https' : 'http');
});

test.each([
  ['req-1', true],
  ['a b', false],
  ['x'.repeat(129), false],
  ['"><script>', false],
])('behind a trusted proxy, the request id %j is taken: %s', async (id, taken) => {
  const headers = await send(trusting.port, 'POST', `X-Request-Id: ${id}\r\n`);
  expect(headers['x-request-id'] === id).toBe(taken);
  expect(trusting.seen.at(-1)?.id).toBe(headers['x-request-id']);
});

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('a trace goes through, and its id into the log', async () => {
  gateway.lines.length = 0;
  const headers = await send(gateway.port, 'POST', `Traceparent: ${TRACE}\r\nTracestate: a=1\r\n`);
  expect(headers).toMatchObject({ traceparent: TRACE, tracestate: 'a=1' });
  expect(await gateway.line('request')).toMatchObject({ trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' });
});

test.each([
  TRACE.replace('00-', 'ff-'),
  TRACE.toUpperCase(),
  TRACE.replace(/-4b\w+-/, `-${'0'.repeat(32)}-`),
  TRACE.replace(/-00f\w+-/, `-${'0'.repeat(16)}-`),
  TRACE.slice(0, -1),
])('an invalid trace is dropped with its state: %s', async (trace) => {
  const headers = await send(gateway.port, 'POST', `Traceparent: ${trace}\r\nTracestate: a=1\r\n`);
  expect(headers).not.toHaveProperty('traceparent');
  expect(headers).not.toHaveProperty('tracestate');
});

test('what the pipeline sees is without them as well', async () => {
  await fetch(`http://127.0.0.1:${gateway.port}/orders`, {
    method: 'POST',
    headers: { ...SOAP_11, x_remote_user: 'eve', 'x-tenant': '1' },
    body: '<m/>',
  });
  const { headers } = gateway.seen.at(-1) ?? {};
  expect(headers).toMatchObject({ 'x-tenant': '1' });
  expect(JSON.stringify(headers)).not.toContain('eve');
});
