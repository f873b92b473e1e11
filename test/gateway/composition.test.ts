import { loadConfig } from '../../src/config/load.js';
import { type Gateway, startGateway } from '../../src/gateway.js';
import { type Folder, folder, GATEWAY, service } from '../config/folder.js';
import { type FakeUpstream, fakeUpstream, SOAP_11 } from '../http/harness.js';

let upstream: FakeUpstream;
let made: Folder;
let gateway: Gateway | undefined;
const lines: Record<string, unknown>[] = [];
const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };

beforeAll(async () => {
  upstream = await fakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(() => {
  lines.length = 0;
  made = folder({
    'gateway.yaml': GATEWAY.replace('admin: false', 'admin: { port: 0 }'),
    'orders.yaml': service('orders', upstream.url),
  });
});
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
  made.remove();
});

const ENVELOPE =
  '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Delete xmlns="urn:orders"/></s:Body></s:Envelope>';

async function post(body: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${gateway?.addresses[0]?.port}/orders`, {
    method: 'POST',
    headers: { ...SOAP_11, 'x-forwarded-proto': 'https', ...headers },
    body,
  });
  return { status: response.status, text: await response.text() };
}

test('what proves nothing gets a fault, and the upstream gets nothing', async () => {
  gateway = await startGateway(made.file, { destination });
  const before = upstream.requests.length;
  const { status, text } = await post(ENVELOPE);
  expect(status).toBe(500);
  expect(text).toMatch(/<(\w+:)?Envelope[\s\S]*<(\w+:)?Fault/);
  expect((await post('<not-soap/>')).status).toBe(500);
  expect((await post('no xml')).status).toBe(500);
  expect(upstream.requests).toHaveLength(before);
  expect(lines.filter(({ event }) => event === 'request')).toMatchObject([
    { policy: 'orders', status: 500, outcome: 'fault' },
    { policy: 'orders', status: 500, outcome: 'fault' },
    { policy: 'orders', status: 500, outcome: 'fault' },
  ]);
});

test('a configuration made elsewhere', async () => {
  gateway = await startGateway(loadConfig(made.file), { destination });
  expect((await post(ENVELOPE)).status).toBe(500);
  expect(await gateway.reload()).toBe(true);
  expect((await post(ENVELOPE)).status).toBe(500);
});

test('the environment can be another than the process has', async () => {
  made.write('gateway.yaml', GATEWAY.replace('fromFile: farm-keys.json', 'fromEnv: RING'));
  await expect(startGateway(made.file, { destination, environment: {} })).rejects.toMatchObject({
    code: 'config.invalid',
    message: expect.stringContaining('environment variable RING is not set'),
  });
});

test('a worker leaves the admin listener to its primary, and its number stands in every line', async () => {
  gateway = await startGateway(made.file, { destination, worker: 3 });
  expect(gateway.admin).toBeUndefined();
  expect(lines.length).toBeGreaterThan(2);
  expect(lines.every(({ worker }) => worker === 3)).toBe(true);
});
