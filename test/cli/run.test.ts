import { createServer } from 'node:net';
import { type Folder, folder, GATEWAY, service } from '../config/folder.js';
import { endAll, sctGateway, serve } from './spawn.js';

/** Several processes start, on a machine that may have other work. */
const PATIENT = 120_000;

let made: Folder;
beforeEach(() => {
  made = folder({
    'gateway.yaml': GATEWAY.replace('admin: false', 'admin: { port: 0 }'),
    'orders.yaml': service('orders'),
  });
});
afterEach(async () => {
  await endAll();
  made.remove();
}, PATIENT);

const args = (...more: string[]): string[] => ['--config', made.file, ...more];

/** Ports of clients' listeners and of the admin listener, by the log. */
function ports(lines: readonly Record<string, unknown>[]): { clients: unknown[]; admin: unknown } {
  const open = lines.filter(({ event }) => event === 'listener.open');
  return {
    clients: open.filter(({ admin }) => admin !== true).map(({ port }) => port),
    admin: open.find(({ admin }) => admin === true)?.port,
  };
}

async function get(port: unknown, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'serves until %s, then drains and ends with 0',
  async (signal) => {
    const gateway = serve(args());
    await gateway.ready();
    const { clients, admin } = ports(gateway.lines);
    expect((await get(clients[0], '/nothing')).status).toBe(404);
    expect((await get(admin, '/readyz')).status).toBe(200);
    gateway.signal(signal);
    expect(await gateway.ended).toBe(0);
    expect(gateway.lines.map(({ event }) => event)).toEqual(expect.arrayContaining(['process.drain', 'process.stop']));
  },
  PATIENT,
);

test(
  'a second signal ends it at once, with 1',
  async () => {
    made.write('gateway.yaml', GATEWAY.replace('delay: 0s', 'delay: 10m'));
    const gateway = serve(args());
    await gateway.ready();
    gateway.signal('SIGTERM');
    await gateway.line('process.drain');
    gateway.signal('SIGTERM');
    expect(await gateway.ended).toBe(1);
  },
  PATIENT,
);

test(
  'SIGHUP reads the configuration again, a wrong one is refused',
  async () => {
    const gateway = serve(args());
    await gateway.ready();
    made.write('orders.yaml', 'service: orders\n');
    gateway.signal('SIGHUP');
    expect((await gateway.line('config.failed')).problems).toHaveLength(4);
    const since = gateway.lines.length;
    made.write('orders.yaml', service('orders'));
    made.write('stock.yaml', service('stock'));
    gateway.signal('SIGHUP');
    expect((await gateway.line('config.loaded', since)).services).toEqual(['orders', 'stock']);
    gateway.signal('SIGTERM');
    expect(await gateway.ended).toBe(0);
  },
  PATIENT,
);

test.each(['1', '2'])(
  'a port that is taken: what and why, exit code 1 (%s workers)',
  async (workers) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    made.write('gateway.yaml', GATEWAY.replace('port: 0', `port: ${port}`));
    const { code, err } = await sctGateway(['run', ...args('--workers', workers)]);
    expect([code, err]).toEqual([
      1,
      `sct-gateway: cannot listen on 127.0.0.1:${port}: another process, or another listener, listens there\n`,
    ]);
    taken.close();
  },
  PATIENT,
);

test(
  'a wrong configuration starts nothing',
  async () => {
    made.write('orders.yaml', 'service: orders\n');
    const { code, out, err } = await sctGateway(['run', ...args()]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^sct-gateway: the configuration has 4 problems\n.*orders\.yaml:1:1: match: is required\n/);
  },
  PATIENT,
);

describe('several workers', () => {
  test(
    'share the listeners, and the primary speaks for them',
    async () => {
      const node = serve(args('--workers', '2'));
      await node.ready();
      const first = await node.line('config.loaded');
      await node.line('config.loaded', node.lines.indexOf(first) + 1);
      const { clients, admin } = ports(node.lines);
      expect(clients).toHaveLength(2);
      expect(new Set(clients).size).toBe(1);
      expect(new Set(node.lines.map(({ worker }) => worker))).toEqual(new Set([undefined, 1, 2]));
      for (let i = 0; i < 4; i++) expect((await get(clients[0], '/nothing')).status).toBe(404);
      expect(await get(admin, '/readyz')).toEqual({ status: 200, text: '{"status":"ready","reasons":[]}\n' });
      const { text } = await get(admin, '/metrics');
      expect(text).toContain('sct_gateway_requests_total{route="other",outcome="refused",status="404"} 4');
      expect(text).toContain('sct_gateway_config_last_reload_successful 1');
      node.signal('SIGTERM');
      expect(await node.ended).toBe(0);
      expect(node.lines.filter(({ event }) => event === 'worker.stopped')).toMatchObject([{ code: 0 }, { code: 0 }]);
    },
    PATIENT,
  );

  test(
    'one that dies is replaced',
    async () => {
      const node = serve(args('--workers', '2'));
      await node.ready();
      const { clients } = ports(node.lines);
      const since = node.lines.length;
      const { pid } = await node.line('worker.start');
      process.kill(Number(pid), 'SIGKILL');
      expect(await node.line('worker.exit', since)).toMatchObject({ pid, signal: 'SIGKILL' });
      await node.line('process.ready', since);
      expect((await get(clients[0], '/nothing')).status).toBe(404);
      node.signal('SIGTERM');
      expect(await node.ended).toBe(0);
    },
    PATIENT,
  );

  test(
    'all read a sound configuration again; a wrong one none of them',
    async () => {
      const node = serve(args('--workers', '2'));
      await node.ready();
      made.write('stock.yaml', 'service: stock\n');
      node.signal('SIGHUP');
      await node.line('config.failed');
      const since = node.lines.length;
      made.write('stock.yaml', service('stock'));
      node.signal('SIGHUP');
      const first = await node.line('config.loaded', since);
      await node.line('config.loaded', node.lines.indexOf(first) + 1);
      const loaded = node.lines.slice(since).filter(({ event }) => event === 'config.loaded');
      expect(new Set(loaded.map(({ worker }) => worker))).toEqual(new Set([1, 2]));
      expect(node.lines.filter(({ event }) => event === 'config.failed').map(({ worker }) => worker)).toEqual([
        undefined,
      ]);
    },
    PATIENT,
  );

  test(
    'none outlives its primary',
    async () => {
      const node = serve(args('--workers', '2'));
      await node.ready();
      const pids = node.lines.filter(({ event }) => event === 'worker.start').map(({ pid }) => Number(pid));
      node.signal('SIGKILL');
      await node.ended;
      for (let tries = 0; pids.some(isAlive) && tries < 400; tries++)
        await new Promise((resolve) => setTimeout(resolve, 25));
      expect(pids.filter(isAlive)).toEqual([]);
    },
    PATIENT,
  );

  test('a second signal ends all at once', async () => {
    made.write('gateway.yaml', GATEWAY.replace('delay: 0s', 'delay: 10m'));
    const node = serve(args('--workers', '2'));
    await node.ready();
    node.signal('SIGTERM');
    await node.line('process.drain');
    node.signal('SIGTERM');
    expect(await node.ended).toBe(1);
    expect(node.lines.filter(({ event }) => event === 'worker.stopped')).toHaveLength(2);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
