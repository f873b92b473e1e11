import { createServer } from 'node:net';
import { GATEWAY, service } from '../config/folder.js';
import { type FakeUpstream, fakeUpstream, SOAP_11 } from '../http/harness.js';
import { start, stopAll } from './harness.js';

let upstream: FakeUpstream;
beforeAll(async () => {
  upstream = await fakeUpstream((_, response) => response.writeHead(200, { 'Content-Type': 'text/xml' }).end('<a/>'));
});
afterAll(() => upstream.close());
afterEach(stopAll);

const ADMIN = GATEWAY.replace('admin: false', 'admin: { port: 0 }');

test('serves what the configuration says, and reports the port that it got', async () => {
  const run = await start({ 'orders.yaml': service('orders', upstream.url) });
  const [open] = run.events('listener.open');
  expect(open).toMatchObject({ address: '127.0.0.1', tls: false });
  const response = await fetch(`http://127.0.0.1:${open?.port}/orders`, {
    method: 'POST',
    headers: SOAP_11,
    body: '<x/>',
  });
  expect([response.status, await response.text()]).toEqual([200, '<a/>']);
  expect(upstream.requests.at(-1)?.body).toBe('<x/>');
  expect(run.gateway.admin).toBeUndefined();
  expect(run.lines.map(({ event }) => event).slice(0, 4)).toEqual([
    'process.start',
    'listener.open',
    'config.loaded',
    'process.ready',
  ]);
});

test('the admin listener says how it is', async () => {
  const run = await start({ 'gateway.yaml': ADMIN, 'orders.yaml': service('orders', upstream.url) });
  const admin = `http://127.0.0.1:${run.gateway.admin?.port}`;
  for (const path of ['/healthz', '/livez', '/readyz']) expect((await fetch(admin + path)).status).toBe(200);
  expect(await (await fetch(`${admin}/version`)).json()).toEqual({ version: '0.1.0', node: process.version });
  expect(await (await fetch(`${admin}/.well-known/jwks.json`)).json()).toEqual({ keys: [] });
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  expect(metrics).toContain(`sct_gateway_build_info{version="0.1.0",node="${process.version}"} 1`);
  expect(metrics).toContain('sct_gateway_config_last_reload_successful 1');
  expect(metrics).toContain(`sct_gateway_upstream_up{route="orders",upstream="${upstream.url}"} 1`);
});

test('warnings of the configuration are logged', async () => {
  const insecure = `${service('orders', upstream.url)}replay: "off"\n`;
  const run = await start({ 'orders.yaml': insecure });
  expect(run.events('config.warning')).toHaveLength(1);
  expect(run.events('config.warning')[0]?.warning).toMatch(/orders\.yaml:7:9: replay: a message can be sent again/);
});

test('a wrong configuration starts nothing', async () => {
  const error = await start({ 'orders.yaml': 'service: orders\n' }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'config.invalid' });
});

test('a port that is taken is named, and what was opened before is closed', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
  const { port: other } = free.address() as { port: number };
  await new Promise((resolve) => free.close(resolve));
  const yaml = ADMIN.replace('admin: { port: 0 }', `admin: { port: ${other} }`).replace('port: 0 }', `port: ${port} }`);
  const error = await start({ 'gateway.yaml': yaml, 'orders.yaml': service('orders') }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({
    code: 'listen.failed',
    message: `cannot listen on 127.0.0.1:${port}: another process, or another listener, listens there`,
    details: { address: '127.0.0.1', port, errno: 'EADDRINUSE' },
  });
  await expect(fetch(`http://127.0.0.1:${other}/livez`)).rejects.toThrow();
  taken.close();
});

test('an address that this machine does not have is named', async () => {
  const yaml = GATEWAY.replace('127.0.0.1, port', '192.0.2.1, port');
  const error = await start({ 'gateway.yaml': yaml, 'orders.yaml': service('orders') }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ message: 'cannot listen on 192.0.2.1:0: this machine does not have the address' });
});
