import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { loadConfig } from '../../src/config/load.js';
import { GATEWAY, service } from '../config/folder.js';
import { type FakeUpstream, fakeUpstream, SOAP_11, until } from '../http/harness.js';
import { createAuthority } from '../pki/index.js';
import { type Running, start, stopAll } from './harness.js';

let first: FakeUpstream;
let second: FakeUpstream;
/** Answers of the first upstream wait for this. */
let release: () => void = () => undefined;
let held: Promise<void> | undefined;

beforeAll(async () => {
  first = await fakeUpstream(async (_, response) => {
    await held;
    response.writeHead(200, { 'Content-Type': 'text/xml' }).end('<first/>');
  });
  second = await fakeUpstream((_, response) =>
    response.writeHead(200, { 'Content-Type': 'text/xml' }).end('<second/>'),
  );
});
afterAll(async () => {
  await first.close();
  await second.close();
});
afterEach(async () => {
  release();
  held = undefined;
  await stopAll();
});

function hold(): void {
  held = new Promise((resolve) => {
    release = resolve;
  });
}

interface Answer {
  readonly status: number;
  readonly body: string;
  /** Of our end of the connection: the same twice means the same connection. */
  readonly localPort: number | undefined;
}

function post(port: number, agent?: Agent, path = '/orders'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method: 'POST', headers: SOAP_11, agent: agent ?? false },
      async (response) => {
        const { localPort } = response.socket;
        let body = '';
        for await (const chunk of response) body += chunk;
        resolve({ status: response.statusCode ?? 0, body, localPort });
      },
    );
    sent.on('error', reject);
    sent.end('<x/>');
  });
}

const startFirst = (gateway = GATEWAY): Promise<Running> =>
  start({ 'gateway.yaml': gateway, 'orders.yaml': service('orders', first.url) });

async function upstreamGauges({ gateway }: Running): Promise<string[]> {
  return (await gateway.metrics.text()).split('\n').filter((line) => line.startsWith('sct_gateway_upstream_up{'));
}

test('from the next request on the new policy holds, on the connections that are open', async () => {
  const run = await startFirst();
  const agent = new Agent({ keepAlive: true });
  const before = await post(run.port(), agent);
  run.folder.write('orders.yaml', service('orders', second.url));
  expect(await run.gateway.reload()).toBe(true);
  const after = await post(run.port(), agent);
  expect([before.body, after.body]).toEqual(['<first/>', '<second/>']);
  expect(after.localPort).toBe(before.localPort);
  agent.destroy();
});

test('the lasting state is told of the configuration before its handler takes over', async () => {
  const run = await startFirst();
  run.folder.write('orders.yaml', service('orders', second.url));
  await run.gateway.reload();
  expect(run.state.adopted.map(({ services }) => services[0]?.upstream.targets[0]?.origin)).toEqual([
    first.url,
    second.url,
  ]);
  expect(run.gateway.config).toBe(run.state.adopted[1]);
});

test('a request in work ends as it began', async () => {
  const run = await startFirst();
  hold();
  const slow = post(run.port());
  await until(() => first.open() === 1);
  run.folder.write('orders.yaml', service('orders', second.url));
  await run.gateway.reload();
  expect((await post(run.port())).body).toBe('<second/>');
  release();
  expect(await slow).toMatchObject({ status: 200, body: '<first/>' });
});

test('services come and go', async () => {
  const run = await startFirst();
  expect((await post(run.port(), undefined, '/stock')).status).toBe(404);
  run.folder.write('stock.yaml', service('stock', second.url));
  await run.gateway.reload();
  expect((await post(run.port(), undefined, '/stock')).body).toBe('<second/>');
  run.folder.write('orders.yaml', service('other', first.url));
  await run.gateway.reload();
  expect((await post(run.port())).status).toBe(404);
});

test('gauges speak of the targets that are in use, however long the last request of the old ones takes', async () => {
  const run = await startFirst();
  run.folder.write('stock.yaml', service('stock', first.url));
  hold();
  const slow = post(run.port());
  await until(() => first.open() === 1);
  run.folder.write('orders.yaml', service('orders', second.url));
  await run.gateway.reload();
  const expected = [
    `sct_gateway_upstream_up{route="orders",upstream="${second.url}"} 1`,
    `sct_gateway_upstream_up{route="stock",upstream="${first.url}"} 1`,
  ];
  expect((await upstreamGauges(run)).sort()).toEqual(expected);
  release();
  await slow;
  await new Promise((resolve) => setImmediate(resolve));
  expect((await upstreamGauges(run)).sort()).toEqual(expected);
});

test('a wrong configuration is refused with all its problems, and the running one serves on', async () => {
  const run = await startFirst();
  run.folder.write('orders.yaml', service('orders', second.url).replace('Basic256', 'Basic257'));
  run.folder.write('gateway.yaml', `${GATEWAY}wrokers: 2\n`);
  expect(await run.gateway.reload()).toBe(false);
  expect((await post(run.port())).body).toBe('<first/>');
  const [failed] = run.events('config.failed');
  expect(failed).toMatchObject({ level: 'error', code: 'config.invalid' });
  expect(failed?.problems).toEqual([
    expect.stringMatching(/gateway\.yaml:7:1: wrokers: unknown key "wrokers"; did you mean "workers"\?$/),
    expect.stringMatching(/orders\.yaml:4:\d+: binding\.algorithmSuite: must be one of/),
  ]);
  const metrics = await run.gateway.metrics.text();
  expect(metrics).toContain('sct_gateway_config_last_reload_successful 0');
  expect(metrics).toContain('sct_gateway_config_reloads_total{result="failure"} 1');
  run.folder.write('gateway.yaml', GATEWAY);
  run.folder.write('orders.yaml', service('orders', second.url));
  expect(await run.gateway.reload()).toBe(true);
  expect(await run.gateway.metrics.text()).toContain('sct_gateway_config_last_reload_successful 1');
});

test('listeners are opened and closed; a port 0 that stays keeps its port', async () => {
  const run = await startFirst();
  const kept = run.port();
  run.folder.write('gateway.yaml', GATEWAY.replace('port: 0 }', 'port: 0 }\n  - { address: 127.0.0.1, port: 0 }'));
  await run.gateway.reload();
  const added = run.port(1);
  expect([run.port(), (await post(added)).body]).toEqual([kept, '<first/>']);
  run.folder.write('gateway.yaml', GATEWAY);
  await run.gateway.reload();
  await expect(post(added)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect((await post(kept)).body).toBe('<first/>');
});

test('a listener whose settings change comes back at its own port', async () => {
  const run = await startFirst();
  const fixed = GATEWAY.replace('port: 0', `port: ${await freePort()}`);
  run.folder.write('gateway.yaml', fixed);
  await run.gateway.reload();
  const port = run.port();
  run.folder.write('gateway.yaml', `${fixed}limits: { headers: 64KiB }\n`);
  expect(await run.gateway.reload()).toBe(true);
  expect(run.port()).toBe(port);
  expect((await post(port)).body).toBe('<first/>');
});

test('a listener that cannot be opened leaves everything as it was', async () => {
  const run = await startFirst(GATEWAY.replace('admin: false', 'admin: { port: 0 }'));
  const admin = run.gateway.admin?.port;
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  run.folder.write('orders.yaml', service('orders', second.url));
  run.folder.write(
    'gateway.yaml',
    GATEWAY.replace('port: 0 }', `port: 0 }\n  - { address: 127.0.0.1, port: ${port} }`),
  );
  expect(await run.gateway.reload()).toBe(false);
  expect(run.gateway.addresses).toHaveLength(1);
  expect((await post(run.port())).body).toBe('<first/>');
  expect(await upstreamGauges(run)).toEqual([`sct_gateway_upstream_up{route="orders",upstream="${first.url}"} 1`]);
  expect(run.state.adopted.at(-1)).toBe(run.gateway.config);
  expect(run.events('config.failed')[0]?.error).toMatchObject({ code: 'listen.failed' });
  expect(admin).toBeGreaterThan(0);
  expect((await fetch(`http://127.0.0.1:${run.gateway.admin?.port}/readyz`)).status).toBe(200);
  taken.close();
});

test('what stood in the way of a listener that cannot be opened stands there again', async () => {
  const port = await freePort();
  const run = await startFirst(GATEWAY.replace('port: 0', `port: ${port}`));
  run.folder.write('gateway.yaml', GATEWAY.replace('127.0.0.1, port: 0', `192.0.2.1, port: ${port}`));
  expect(await run.gateway.reload()).toBe(false);
  expect(run.gateway.addresses).toMatchObject([{ address: '127.0.0.1', port }]);
  expect((await post(port)).body).toBe('<first/>');
});

test('a certificate is renewed from the next handshake on', async () => {
  const authority = await createAuthority({ commonName: 'CA' });
  const notAfter = Date.UTC(2040, 0, 1);
  const old = await authority.issue({ commonName: 'old' });
  const renewed = await authority.issue({ commonName: 'renewed', notAfter });
  const yaml = GATEWAY.replace('port: 0', 'port: 0, tls: { certificate: tls.pem, privateKey: { fromFile: tls.key } }');
  const run = await start({
    'gateway.yaml': yaml,
    'tls.pem': old.certificate,
    'tls.key': old.privateKey,
    'orders.yaml': service('orders', first.url),
  });
  const open = await handshake(run.port());
  expect(open.name).toBe('old');
  run.folder.write('tls.pem', renewed.certificate);
  run.folder.write('tls.key', renewed.privateKey);
  expect(await run.gateway.reload()).toBe(true);
  const after = await handshake(run.port());
  expect(after.name).toBe('renewed');
  expect(open.socket.destroyed).toBe(false);
  const gauges = (await run.gateway.metrics.text())
    .split('\n')
    .filter((line) => line.includes('cert_not_after_seconds{'));
  expect(gauges).toEqual([`sct_gateway_tls_cert_not_after_seconds{cert="O=interop, CN=renewed"} ${notAfter / 1000}`]);
  open.socket.destroy();
  after.socket.destroy();
});

test('a key that is not of the certificate leaves the old pair', async () => {
  const authority = await createAuthority({ commonName: 'CA' });
  const [old, renewed] = [await authority.issue({ commonName: 'old' }), await authority.issue({ commonName: 'new' })];
  const yaml = GATEWAY.replace('port: 0', 'port: 0, tls: { certificate: tls.pem, privateKey: { fromFile: tls.key } }');
  const run = await start({
    'gateway.yaml': yaml,
    'tls.pem': old.certificate,
    'tls.key': old.privateKey,
    'orders.yaml': service('orders', first.url),
  });
  run.folder.write('tls.pem', renewed.certificate);
  expect(await run.gateway.reload()).toBe(false);
  expect(run.events('config.failed')[0]?.problems).toEqual([
    expect.stringContaining('is not the key of the certificate'),
  ]);
  const { name, socket } = await handshake(run.port());
  expect(name).toBe('old');
  socket.destroy();
});

test('the admin listener moves, and goes', async () => {
  const run = await startFirst(GATEWAY.replace('admin: false', 'admin: { port: 0 }'));
  const old = run.gateway.admin?.port;
  run.folder.write('gateway.yaml', GATEWAY.replace('admin: false', `admin: { port: ${await freePort()} }`));
  await run.gateway.reload();
  expect(run.gateway.admin?.port).not.toBe(old);
  expect((await fetch(`http://127.0.0.1:${run.gateway.admin?.port}/livez`)).status).toBe(200);
  await expect(fetch(`http://127.0.0.1:${old}/livez`)).rejects.toThrow();
  run.folder.write('gateway.yaml', GATEWAY);
  await run.gateway.reload();
  expect(run.gateway.admin).toBeUndefined();
});

test('the level of the log changes', async () => {
  const run = await startFirst();
  run.folder.write('gateway.yaml', `${GATEWAY}log: { level: error }\n`);
  await run.gateway.reload();
  const lines = run.lines.length;
  await post(run.port());
  expect(run.lines).toHaveLength(lines);
});

test('reloads at once are taken one after the other', async () => {
  const run = await startFirst();
  run.folder.write('orders.yaml', service('orders', second.url));
  expect(await Promise.all([run.gateway.reload(), run.gateway.reload(), run.gateway.reload()])).toEqual([
    true,
    true,
    true,
  ]);
  expect((await post(run.port())).body).toBe('<second/>');
});

test('no request notices a reload', async () => {
  const run = await startFirst();
  const agent = new Agent({ keepAlive: true });
  let reloading = true;
  const answers: Answer[] = [];
  const client = async (): Promise<void> => {
    while (reloading) answers.push(await post(run.port(), agent));
  };
  const clients = Array.from({ length: 8 }, client);
  for (let n = 0; n < 12; n++) {
    run.folder.write('orders.yaml', service('orders', n % 2 === 0 ? second.url : first.url));
    expect(await run.gateway.reload()).toBe(true);
    const seen = answers.length;
    await until(() => answers.length > seen + 16);
  }
  reloading = false;
  await Promise.all(clients);
  agent.destroy();
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['<first/>', '<second/>']));
});

test('a configuration can be handed in', async () => {
  const run = await startFirst();
  const other = run.folder.write('other.yaml', GATEWAY.replace('admin: false', 'admin: false\npolicies: orders.yaml'));
  run.folder.write('orders.yaml', service('orders', second.url));
  expect(await run.gateway.reload(loadConfig(other))).toBe(true);
  expect((await post(run.port())).body).toBe('<second/>');
});

test('who drains takes no other configuration', async () => {
  const run = await startFirst(GATEWAY.replace('delay: 0s', 'delay: 10m'));
  void run.gateway.drain();
  expect(await run.gateway.reload()).toBe(false);
});

function handshake(port: number): Promise<{ readonly name: string; readonly socket: ReturnType<typeof tlsConnect> }> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () =>
      resolve({ name: String(socket.getPeerCertificate().subject.CN), socket }),
    );
    socket.on('error', reject);
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
