import { type AdminListener, type AdminOptions, createAdminListener, type Readiness } from '../../src/http/admin.js';
import { logLines } from './harness.js';
import { raw, statuses } from './raw.js';

let port: number;
let readiness: () => Readiness | Promise<Readiness>;
let metrics: AdminOptions['metrics'];
const { lines, log } = logLines();
const opened: AdminListener[] = [];

async function open(parts: Partial<AdminOptions> = {}): Promise<number> {
  const listener = createAdminListener({
    listen: { address: '127.0.0.1', port: 0 },
    readiness: () => readiness(),
    metrics: () => metrics(),
    version: { version: '1.2.3', node: 'v20' },
    log,
    ...parts,
  });
  opened.push(listener);
  return (await listener.open()).port;
}

beforeAll(async () => {
  port = await open({ jwks: () => ({ keys: [{ kty: 'EC', kid: 'k' }] }) });
});
afterAll(async () => {
  for (const listener of opened) await listener.close();
});
beforeEach(() => {
  readiness = () => ({ ready: true, reasons: [] });
  metrics = async () => ({ contentType: 'text/plain; version=0.0.4', text: 'a 1\n' });
});

const get = (path: string, method = 'GET'): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`, { method });

test('/readyz?verbose tells of the key rings, where there are any', async () => {
  const verbose = await open({ farmKeys: async () => [{ fingerprint: 'f', active: 'a', keys: [] }] });
  const answer = await fetch(`http://127.0.0.1:${verbose}/readyz?verbose`);
  expect(await answer.text()).toBe(
    '{"status":"ready","reasons":[],"farmKeys":[{"fingerprint":"f","active":"a","keys":[]}]}\n',
  );
  expect(await (await fetch(`http://127.0.0.1:${verbose}/readyz`)).text()).toBe('{"status":"ready","reasons":[]}\n');
});

test.each([
  ['/healthz', 200, 'application/json', '{"status":"ok"}\n'],
  ['/livez', 200, 'application/json', '{"status":"ok"}\n'],
  ['/readyz', 200, 'application/json', '{"status":"ready","reasons":[]}\n'],
  ['/readyz?verbose', 200, 'application/json', '{"status":"ready","reasons":[]}\n'],
  ['/metrics', 200, 'text/plain; version=0.0.4', 'a 1\n'],
  ['/version', 200, 'application/json', '{"version":"1.2.3","node":"v20"}\n'],
  ['/.well-known/jwks.json', 200, 'application/jwk-set+json', '{"keys":[{"kty":"EC","kid":"k"}]}\n'],
  ['/', 404, 'application/json', '{"error":"path"}\n'],
  ['/healthz/', 404, 'application/json', '{"error":"path"}\n'],
  ['/HEALTHZ', 404, 'application/json', '{"error":"path"}\n'],
  ['/config', 404, 'application/json', '{"error":"path"}\n'],
  ['/constructor', 404, 'application/json', '{"error":"path"}\n'],
  ['/debug/pprof', 404, 'application/json', '{"error":"path"}\n'],
])('GET %s: %i', async (path, status, contentType, body) => {
  const response = await get(path);
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe(contentType);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.text()).toBe(body);
});

test('HEAD is GET without its body', async () => {
  const response = await get('/metrics', 'HEAD');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-length')).toBe('4');
  expect(await response.text()).toBe('');
});

test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s changes nothing: 405', async (method) => {
  const response = await get('/healthz', method);
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('GET, HEAD');
  expect(response.headers.get('connection')).toBe('close');
});

test('not ready is 503, with its reasons', async () => {
  readiness = async () => ({ ready: false, reasons: ['draining', 'no upstream target is up'] });
  const response = await get('/readyz');
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ status: 'not ready', reasons: ['draining', 'no upstream target is up'] });
  expect((await get('/livez')).status).toBe(200);
});

test('a page that fails is 500 and says nothing outside', async () => {
  metrics = () => Promise.reject(new Error('secret detail'));
  const response = await get('/metrics');
  expect(response.status).toBe(500);
  expect(await response.text()).toBe('{"error":"internal"}\n');
  expect(lines.at(-1)).toMatchObject({
    event: 'request.failed',
    path: '/metrics',
    error: { message: 'secret detail' },
  });
});

test('without keys there is no key set', async () => {
  const other = await open();
  expect((await fetch(`http://127.0.0.1:${other}/.well-known/jwks.json`)).status).toBe(404);
});

test('two requests in one segment are answered in order', async () => {
  const { text } = await raw(port, 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(statuses(text)).toEqual([200, 404]);
});

test('a head that is too large is refused', async () => {
  const { text } = await raw(port, `GET /livez HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(9_000)}\r\n\r\n`);
  expect(statuses(text)).toEqual([431]);
});

test('an address in use is an error of listen(2)', async () => {
  await expect(open({ listen: { address: '127.0.0.1', port } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
