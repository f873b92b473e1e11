import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { type FakeUpstream, fakeUpstream, type Gateway, policy, SOAP_11, startGateway, until } from './harness.js';
import { raw, statuses } from './raw.js';

const LIMIT = 1_000;
let upstream: FakeUpstream;
let gateway: Gateway;
const held: (() => void)[] = [];

beforeAll(async () => {
  upstream = await fakeUpstream((request, response) => {
    if (request.url === '/held') held.push(() => response.end('<held/>'));
    else response.end('<ok/>');
  });
  gateway = await startGateway({
    services: [
      policy({ targets: [upstream.url], body: LIMIT }),
      policy({
        name: 'held',
        path: '/held',
        targets: [upstream.url],
        passthrough: { paths: ['/held', '/upload'], methods: ['GET', 'POST'] },
        body: LIMIT,
      }),
    ],
    timeouts: { headers: 300, request: 600, idle: 400 },
    limits: { inFlight: 3 },
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});
beforeEach(() => {
  upstream.requests.length = 0;
});

const post = (path: string, body: string, type = SOAP_11['content-type']): Promise<Response> =>
  fetch(`http://127.0.0.1:${gateway.port}${path}`, { method: 'POST', headers: { 'content-type': type }, body });
const HEAD = 'POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\n';

test('a body of the limit passes, one octet more is a fault in the version of the message', async () => {
  expect((await post('/orders', 'x'.repeat(LIMIT))).status).toBe(200);
  const refused = await post('/orders', 'x'.repeat(LIMIT + 1));
  expect(refused.status).toBe(413);
  expect(await refused.text()).toBe('<fault soap="1.1" code="http.too-large"/>');
  expect(refused.headers.get('connection')).toBe('close');
  const other = await post('/orders', 'x'.repeat(LIMIT + 1), 'application/soap+xml');
  expect(await other.text()).toBe('<fault soap="1.2" code="http.too-large"/>');
  expect(other.headers.get('content-type')).toBe('application/soap+xml; charset=utf-8');
  expect(upstream.requests).toHaveLength(1);
  expect(gateway.lines.at(-1)).toMatchObject({
    event: 'request',
    status: 413,
    code: 'http.too-large',
    policy: 'orders',
  });
});

test('a limit that is met in chunks is answered too, and the client that still writes reads the answer', async () => {
  const size = 4 * 1_048_576;
  const status = await new Promise<number>((resolve, reject) => {
    const request = httpRequest(
      { port: gateway.port, host: '127.0.0.1', method: 'POST', path: '/orders', headers: SOAP_11 },
      (response) => resolve(response.statusCode ?? 0),
    );
    request.on('error', reject);
    const chunk = Buffer.alloc(65_536, 0x20);
    for (let sent = 0; sent < size; sent += chunk.length) request.write(chunk);
    request.end();
  });
  expect(status).toBe(413);
  expect(upstream.requests).toEqual([]);
});

describe('50 MB', () => {
  const SIZE = 50 * 1_048_576;

  test.each([
    ['with its length', { 'Content-Length': SIZE }],
    ['in chunks', { 'Transfer-Encoding': 'chunked' }],
  ])('%s are refused without being held, and the connection ends', async (_, framing) => {
    const before = process.memoryUsage().arrayBuffers;
    let written = 0;
    let answered = false;
    const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const request = httpRequest(
        { port: gateway.port, host: '127.0.0.1', method: 'POST', path: '/orders', headers: { ...SOAP_11, ...framing } },
        (response) => {
          answered = true;
          let text = '';
          response.on('data', (part) => {
            text += part;
          });
          response.on('close', () => resolve({ status: response.statusCode ?? 0, text }));
          response.on('error', () => {});
        },
      );
      // the gateway ends the connection while we still write
      request.on('error', (error) => (answered ? undefined : reject(error)));
      const chunk = Buffer.alloc(65_536, 0x20);
      const write = (): void => {
        while (written < SIZE && !request.destroyed) {
          written += chunk.length;
          if (!request.write(chunk)) {
            request.once('drain', write);
            return;
          }
        }
      };
      write();
    });
    expect(answer).toEqual({ status: 413, text: '<fault soap="1.1" code="http.too-large"/>' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1_048_576);
    expect(upstream.requests).toEqual([]);
  });
});

test('a passed body that announces too much never reaches the upstream', async () => {
  const head = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\n';
  const { text, closed } = await raw(gateway.port, `${head}Content-Length: ${LIMIT + 1}\r\n\r\n`, 1_000);
  expect(statuses(text)).toEqual([413]);
  expect(closed).toBe(true);
  expect(upstream.requests).toEqual([]);
  const refused = { event: 'request', outcome: 'refused', status: 413, policy: 'held', code: 'http.too-large' };
  await until(() => gateway.lines.some(({ policy: name, status }) => name === 'held' && status === 413));
  expect(gateway.lines).toContainEqual(expect.objectContaining(refused));
});

test('a body that announces too much is refused before it is sent', async () => {
  const { text } = await raw(gateway.port, `${HEAD}Content-Length: ${LIMIT + 1}\r\n\r\n`, 100);
  expect(statuses(text)).toEqual([413]);
});

test('a body that never ends is cut by the request timeout', async () => {
  const started = Date.now();
  const { text, closed } = await raw(gateway.port, `${HEAD}Content-Length: 100\r\n\r\n<m`, 3_000);
  expect(closed).toBe(true);
  expect(statuses(text)).toEqual([408]);
  expect(Date.now() - started).toBeGreaterThan(500);
  expect(Date.now() - started).toBeLessThan(1_500);
  expect(upstream.requests).toEqual([]);
  await until(() => gateway.lines.some(({ outcome, status }) => outcome === 'gone' && status === 0));
});

test('a body that trickles does not stretch it', async () => {
  const started = Date.now();
  const trickle = Array.from({ length: 100 }, () => 'x');
  const { text } = await raw(gateway.port, [`${HEAD}Content-Length: 200\r\n\r\n`, ...trickle], 3_000);
  expect(statuses(text)).toEqual([408]);
  expect(Date.now() - started).toBeLessThan(2_500);
});

test.each([
  ['a head that never ends', 'POST /orders HTTP/1.1\r\nHost: a\r\nX: '],
  ['a connection that says nothing', ''],
])('%s is cut by the headers timeout', async (_, text) => {
  const started = Date.now();
  const answer = await raw(gateway.port, text, 3_000);
  expect(answer.closed).toBe(true);
  expect(statuses(answer.text)).toEqual([408]);
  expect(Date.now() - started).toBeLessThan(1_200);
});

test('a head that trickles is cut as well', async () => {
  const parts = [HEAD, ...Array.from({ length: 60 }, (_, i) => `X-${i}: 1\r\n`)];
  const { text } = await raw(gateway.port, parts, 3_000);
  expect(statuses(text)).toEqual([408]);
});

test('an idle connection is closed after the idle timeout', async () => {
  const started = Date.now();
  const { text, closed } = await raw(gateway.port, `${HEAD}Content-Length: 4\r\n\r\n<m/>`, 5_000);
  expect(statuses(text)).toEqual([200]);
  expect(closed).toBe(true);
  expect(Date.now() - started).toBeLessThan(2_500);
});

test('requests beyond the cap are told to come again, before their body is read', async () => {
  const busy = [post('/held', '<a/>'), post('/held', '<b/>'), fetch(`http://127.0.0.1:${gateway.port}/held`)];
  await until(() => held.length === 3);
  const { text } = await raw(gateway.port, `${HEAD}Content-Length: 4\r\n\r\n`, 100);
  expect(statuses(text)).toEqual([503]);
  expect(text).toMatch(/^Retry-After: 1\r$/m);
  expect(text).toContain('<fault soap="1.1" code="http.overloaded"/>');
  const passed = await fetch(`http://127.0.0.1:${gateway.port}/held`);
  expect(passed.status).toBe(503);
  expect(passed.headers.get('retry-after')).toBe('1');
  expect((await fetch(`http://127.0.0.1:${gateway.port}/nowhere`)).status).toBe(404);
  for (const release of held.splice(0)) release();
  expect((await Promise.all(busy)).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect((await post('/orders', '<m/>')).status).toBe(200);
});

test('a body that is passed through is held to the limit, however it is framed', async () => {
  const small = await post('/upload', 'x'.repeat(LIMIT), 'text/plain');
  expect(small.status).toBe(200);
  const chunked = (size: number): string => {
    const head = 'POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n';
    return `${head}${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`;
  };
  expect(statuses((await raw(gateway.port, chunked(LIMIT))).text)).toEqual([200]);
  expect(statuses((await raw(gateway.port, chunked(LIMIT + 1))).text)).toEqual([413]);
  expect(upstream.requests.map(({ body }) => body.length)).toEqual([LIMIT, LIMIT]);
});

test('a client that leaves while it sends is logged as gone and costs no answer', async () => {
  gateway.lines.length = 0;
  const socket = connect(gateway.port, '127.0.0.1');
  socket.write(`${HEAD}Content-Length: 100\r\n\r\n<m`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  expect(await gateway.line('request')).toMatchObject({ outcome: 'gone', status: 0, bytes_in: 0 });
  expect(gateway.seen.every(({ body }) => body.length !== 2)).toBe(true);
  expect(await gateway.metrics.text()).toMatch(/requests_total\{route="orders",outcome="gone",status="0"\} \d/);
});
