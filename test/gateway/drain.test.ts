import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { GATEWAY, service } from '../config/folder.js';
import { type FakeUpstream, fakeUpstream, SOAP_11, until } from '../http/harness.js';
import { type Running, start, stopAll } from './harness.js';

let upstream: FakeUpstream;
let release: () => void = () => undefined;
let held: Promise<void> | undefined;

beforeAll(async () => {
  upstream = await fakeUpstream(async (_, response) => {
    await held;
    response.writeHead(200, { 'Content-Type': 'text/xml' }).end('<ok/>');
  });
});
afterAll(() => upstream.close());
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

/** Status and Connection of the answer, or the error's code. */
function post(port: number, agent?: Agent): Promise<string> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: '/orders', method: 'POST', headers: SOAP_11 };
    const sent = request({ ...options, agent: agent ?? false }, (response) => {
      response.resume();
      response.on('end', () => resolve(`${response.statusCode} ${response.headers.connection}`));
    });
    sent.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    sent.end('<x/>');
  });
}

/** Resolves when the port takes no connections any more; one that was still in the queue is reset. */
async function refused(port: number): Promise<void> {
  const code = await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => resolve(socket.destroy()));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
  if (code !== 'ECONNREFUSED') await refused(port);
}

const begin = (delay: string, timeout: string): Promise<Running> =>
  start({
    'gateway.yaml': GATEWAY.replace('admin: false', 'admin: { port: 0 }').replace(
      /drain: .*/,
      `drain: { delay: ${delay}, timeout: ${timeout} }`,
    ),
    'orders.yaml': service('orders', upstream.url),
  });

const readyz = async ({ gateway }: Running): Promise<unknown> => {
  const response = await fetch(`http://127.0.0.1:${gateway.admin?.port}/readyz`);
  return [response.status, await response.json()];
};

test('during the delay it is not ready, and still answers, each answer the last of its connection', async () => {
  const run = await begin('10m', '1s');
  const agent = new Agent({ keepAlive: true });
  expect(await readyz(run)).toEqual([200, { status: 'ready', reasons: [] }]);
  expect(await post(run.port(), agent)).toBe('200 keep-alive');
  const drained = run.gateway.drain();
  expect(await readyz(run)).toEqual([503, { status: 'not ready', reasons: ['draining'] }]);
  expect(await post(run.port(), agent)).toBe('200 close');
  await run.gateway.stop();
  await drained;
  agent.destroy();
});

test('what is in work is ended, and nothing new is taken', async () => {
  const run = await begin('0s', '10s');
  hold();
  const port = run.port();
  const slow = post(port);
  await until(() => upstream.open() === 1);
  const drained = run.gateway.drain();
  await refused(port);
  release();
  expect(await slow).toBe('200 close');
  await drained;
  expect(run.lines.at(-1)).toMatchObject({ event: 'process.stop' });
});

test('after the timeout what is in work is cut', async () => {
  const run = await begin('0s', '0s');
  hold();
  const slow = post(run.port());
  await until(() => upstream.open() === 1);
  await run.gateway.drain();
  expect(await slow).toBe('ECONNRESET');
  await until(() => upstream.open() === 0);
});

test('what is still waited for is cut by a stop', async () => {
  const run = await begin('0s', '10m');
  hold();
  const slow = post(run.port());
  await until(() => upstream.open() === 1);
  const drained = run.gateway.drain();
  await refused(run.port());
  await run.gateway.stop();
  await drained;
  expect(await slow).toBe('ECONNRESET');
  expect(run.events('process.stop')).toHaveLength(1);
});

test('draining twice is draining once', async () => {
  const run = await begin('0s', '1s');
  await Promise.all([run.gateway.drain(), run.gateway.drain(), run.gateway.stop()]);
  expect(run.events('process.drain')).toHaveLength(1);
  expect(run.events('process.stop')).toHaveLength(1);
});

test('the admin listener is the last to go', async () => {
  const run = await begin('0s', '5s');
  hold();
  const slow = post(run.port());
  await until(() => upstream.open() === 1);
  const drained = run.gateway.drain();
  await until(() => run.events('process.drain').length === 1);
  expect(await readyz(run)).toEqual([503, { status: 'not ready', reasons: ['draining'] }]);
  const admin = run.gateway.admin?.port;
  release();
  await slow;
  await drained;
  await expect(fetch(`http://127.0.0.1:${admin}/readyz`)).rejects.toThrow();
});

test('not ready while no target of any service is up', async () => {
  const files = { 'orders.yaml': service('orders').replace('] }', '], health: { passive: { maxFails: 1 } } }') };
  const run = await start(files);
  expect(run.gateway.readiness()).toEqual({ ready: true, reasons: [] });
  await post(run.port());
  expect(run.gateway.readiness()).toEqual({ ready: false, reasons: ['no upstream target is up'] });
});
