import { connect } from 'node:net';
import { type FakeUpstream, fakeUpstream, type Gateway, policy, SOAP_11, startGateway, until } from './harness.js';

let upstream: FakeUpstream;
let gateway: Gateway;
let release: (() => void) | undefined;

beforeEach(async () => {
  release = undefined;
  upstream = await fakeUpstream((_request, response) => {
    release = () => response.end('<ok/>');
  });
  gateway = await startGateway({ services: [policy({ targets: [upstream.url] })] });
});
afterEach(async () => {
  await gateway.close();
  await upstream.close();
});

const post = (): Promise<Response> =>
  fetch(`http://127.0.0.1:${gateway.port}/orders`, { method: 'POST', headers: SOAP_11, body: '<m/>' });
const held = (): Promise<void> => until(() => release !== undefined);

test('what is in work when the listener closes is finished, and its connection ended', async () => {
  const answer = post();
  await held();
  const closed = gateway.listener.close(2_000);
  await expect(post()).rejects.toThrow();
  release?.();
  const response = await answer;
  expect(response.status).toBe(200);
  expect(response.headers.get('connection')).toBe('close');
  await closed;
  expect(gateway.lines.filter(({ event }) => event === 'listener.closed')).toHaveLength(1);
});

test('what is still in work at the end of the time is cut', async () => {
  const answer = post().then(
    () => 'answered',
    () => 'cut',
  );
  await held();
  await gateway.listener.close(50);
  expect(await answer).toBe('cut');
  expect(await gateway.line('request')).toMatchObject({ outcome: 'gone', status: 0, code: 'client.gone' });
  await until(() => upstream.open() === 0);
});

test('a connection that says nothing does not hold the listener open', async () => {
  const socket = connect(gateway.port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const started = performance.now();
  await gateway.listener.close(50);
  expect(performance.now() - started).toBeLessThan(1_000);
  socket.destroy();
});

test('while it drains, each answer ends its connection, and new connections are still served', async () => {
  const answer = post();
  await held();
  gateway.listener.drain();
  release?.();
  expect((await answer).headers.get('connection')).toBe('close');
  const next = post();
  await until(() => upstream.requests.length === 2);
  release?.();
  expect((await next).headers.get('connection')).toBe('close');
});

test('a new handler takes the next request of an open connection', async () => {
  release = undefined;
  gateway.listener.setHandler((_request, response) => {
    response.end('new');
  });
  expect(await (await post()).text()).toBe('new');
  expect(upstream.requests).toEqual([]);
});

test('an address in use is an error of listen(2)', async () => {
  const { createListener } = await import('../../src/http/listener.js');
  const second = createListener({
    listen: { address: '127.0.0.1', port: gateway.port },
    limits: { headers: 16_384 },
    timeouts: { headers: 1_000, request: 1_000, idle: 1_000 },
    handler: (_request, response) => response.end(),
    log: gateway.log,
    metrics: gateway.metrics,
  });
  await expect(second.open()).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
