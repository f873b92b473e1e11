import { GatewayError } from '../../src/errors.js';
import type { SoapHandler } from '../../src/http/soap-request.js';
import { type FakeUpstream, fakeUpstream, type Gateway, policy, SOAP_11, startGateway, until } from './harness.js';
import { raw, statuses } from './raw.js';

let upstream: FakeUpstream;
let gateway: Gateway;
let soap: SoapHandler;

const answer: SoapHandler = async () => ({ status: 200, contentType: 'text/xml', body: '<ok/>', log: {} });

beforeAll(async () => {
  upstream = await fakeUpstream((request, response) => {
    if (request.url === '/missing') response.writeHead(404);
    response.end('<wsdl/>');
  });
  gateway = await startGateway({
    services: [
      policy({ targets: [upstream.url], passthrough: { paths: ['/orders', '/missing'], methods: ['GET'] } }),
      policy({
        name: 'down',
        path: '/down',
        targets: ['http://127.0.0.1:1'],
        passthrough: { paths: ['/down'], methods: ['GET'] },
      }),
    ],
    soap: (request) => soap(request),
    documents: new Map([['/keys', { contentType: 'application/jwk-set+json', body: '{"keys":[]}' }]]),
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});
beforeEach(() => {
  soap = answer;
  gateway.lines.length = 0;
});

const url = (path: string): string => `http://127.0.0.1:${gateway.port}${path}`;
const post = (path = '/orders'): Promise<Response> =>
  fetch(url(path), { method: 'POST', headers: SOAP_11, body: '<m/>' });

test('a message has one line, with every field that is known of it', async () => {
  const response = await post();
  const line = await gateway.line('request');
  expect(Object.keys(line)).toEqual([
    'level',
    'time',
    'event',
    'request_id',
    'client_ip',
    'method',
    'host',
    'path',
    'policy',
    'status',
    'duration_ms',
    'bytes_in',
    'bytes_out',
    'soap_version',
    'soap_action',
    'outcome',
    'msg',
  ]);
  expect(line).toMatchObject({
    level: 'info',
    event: 'request',
    request_id: response.headers.get('x-gateway-request-id'),
    client_ip: '127.0.0.1',
    method: 'POST',
    host: `127.0.0.1:${gateway.port}`,
    path: '/orders',
    policy: 'orders',
    status: 200,
    bytes_in: 4,
    bytes_out: 5,
    outcome: 'ok',
  });
  expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(line.duration_ms).toBeGreaterThan(0);
  expect(gateway.lines).toHaveLength(1);
});

test('what the pipeline says is added, and wins', async () => {
  soap = async () => ({
    status: 500,
    contentType: 'text/xml',
    body: '<f/>',
    log: { code: 'wss.digest', user: 'alice', outcome: 'denied', details: { reference: 2 }, key: 'abc' },
  });
  await post();
  expect(await gateway.line('request')).toMatchObject({
    status: 500,
    outcome: 'denied',
    code: 'wss.digest',
    user: 'alice',
    details: { reference: 2 },
    key: '[secret]',
  });
});

test('a fault is one by its status', async () => {
  soap = async () => ({ status: 500, contentType: 'text/xml', body: '<f/>', log: {} });
  await post();
  expect(await gateway.line('request')).toMatchObject({ status: 500, outcome: 'fault' });
});

test.each([
  ['an error of ours', new GatewayError('internal', 'broken', { key: 'abc' })],
  ['an error of nobody', new TypeError('x is not a function')],
  ['no error at all', 'a string'],
])('%s that a pipeline lets through is one plain answer, and a line of its own', async (_, thrown) => {
  soap = () => Promise.reject(thrown);
  const response = await post();
  expect(response.status).toBe(500);
  expect(await response.text()).toBe('Internal Server Error: the request could not be processed\n');
  expect(response.headers.get('connection')).toBe('close');
  const failed = await gateway.line('request.failed');
  expect(failed).toMatchObject({ level: 'error', request_id: response.headers.get('x-gateway-request-id') });
  expect(JSON.stringify(failed)).not.toContain('abc');
  expect(await gateway.line('request')).toMatchObject({ outcome: 'failed', status: 500 });
});

test('a client that leaves aborts the work, and the line waits for what the work found', async () => {
  let aborted = false;
  soap = (request) =>
    new Promise((resolve) => {
      request.signal.addEventListener('abort', () => {
        aborted = true;
        const log = { code: 'client.gone', user: 'alice' };
        setTimeout(() => resolve({ status: 500, contentType: 'text/xml', body: '<f/>', log }), 20);
      });
    });
  const client = new AbortController();
  const posted = fetch(url('/orders'), { method: 'POST', headers: SOAP_11, body: '<m/>', signal: client.signal });
  await until(() => gateway.seen.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  client.abort();
  await expect(posted).rejects.toThrow();
  expect(await gateway.line('request')).toMatchObject({
    outcome: 'gone',
    status: 0,
    code: 'client.gone',
    user: 'alice',
  });
  expect(aborted).toBe(true);
});

test.each([
  ['/orders?wsdl', { policy: 'orders', outcome: 'ok', status: 200, upstream_status: 200, path: '/orders' }],
  ['/missing', { policy: 'orders', outcome: 'ok', status: 404, upstream_status: 404 }],
  [
    '/down',
    { policy: 'down', outcome: 'fault', status: 502, code: 'upstream.unreachable', upstream: 'http://127.0.0.1:1' },
  ],
  ['/nowhere', { policy: 'other', outcome: 'refused', status: 404, code: 'path' }],
  ['/keys', { policy: 'other', outcome: 'ok', status: 200 }],
])('what is passed on, refused or our own has its line too: %s', async (path, fields) => {
  await (await fetch(url(path))).text();
  expect(await gateway.line('request')).toMatchObject({ method: 'GET', ...fields });
});

test('a document of ours answers GET and HEAD alone', async () => {
  expect(await (await fetch(url('/keys'))).text()).toBe('{"keys":[]}');
  const head = await fetch(url('/keys'), { method: 'HEAD' });
  expect(head.status).toBe(200);
  expect(head.headers.get('content-type')).toBe('application/jwk-set+json');
  expect((await post('/keys')).status).toBe(404);
});

test('a query, a control and a long path stay out of the log', async () => {
  const { text } = await raw(
    gateway.port,
    `GET /${'a'.repeat(400)}?password=hunter2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    1_000,
  );
  expect(statuses(text)).toEqual([404]);
  const line = await gateway.line('request');
  expect(line.path).toBe(`/${'a'.repeat(255)}…`);
  expect(JSON.stringify(line)).not.toContain('hunter2');
});

test('the metrics of a request name its service, never its path', async () => {
  await fetch(url('/some/path/of/a/client'));
  const text = await gateway.metrics.text();
  expect(text).toContain('sct_gateway_requests_total{route="other",outcome="refused",status="404"}');
  expect(text).toMatch(/sct_gateway_request_duration_seconds_count\{route="orders"\} \d+/);
  expect(text).not.toContain('of/a/client');
});
