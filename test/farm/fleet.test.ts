import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fleet, startFleet } from './fleet.js';
import { processesWith } from './processes.js';
import { projectPath } from './project.js';

describe('the fleet', () => {
  let directory: string;
  let fleet: Fleet | undefined;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'fleet-test-'));
  });
  afterEach(async () => {
    await fleet?.stop();
    fleet = undefined;
    rmSync(directory, { recursive: true });
  });

  const start = async (count: number): Promise<Fleet> => {
    fleet = await startFleet(count, {
      config: join(directory, 'gateway.yaml'),
      workers: 1,
      logs: directory,
      program: projectPath('test', 'farm', 'fake-gateway.mjs'),
    });
    return fleet;
  };
  const ask = async (port: number): Promise<string> => (await fetch(`http://127.0.0.1:${port}`)).text();

  test('each node is a process of its own, and each has its turn', async () => {
    const { members, order } = await start(3);
    expect(members.map(({ name }) => name)).toEqual(['node-1', 'node-2', 'node-3']);
    for (const { port, node } of members) expect(await ask(port)).toBe(String(node.pid));
    const turns = Array.from({ length: 4 }, () => order().map(({ name }) => name));
    expect(turns).toEqual([
      ['node-1', 'node-2', 'node-3'],
      ['node-2', 'node-3', 'node-1'],
      ['node-3', 'node-1', 'node-2'],
      ['node-1', 'node-2', 'node-3'],
    ]);
  });

  test('a killed node keeps its turn and refuses, until another is in its place', async () => {
    const { members, order, kill, replace } = await start(2);
    const [first] = members;
    expect(await kill()).toBe('node-1');
    expect(processesWith(directory)).toEqual([members[1]?.node.pid]);
    expect(order().map(({ name }) => name)).toEqual(['node-1', 'node-2']);
    await expect(ask(first?.port ?? 0)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    expect(await replace('node-1')).toBe('node-3');
    expect(members.map(({ name, state }) => [name, state])).toEqual([
      ['node-2', 'serving'],
      ['node-3', 'serving'],
    ]);
  });

  test('a node is not killed while it has a request in work, and gets no more', async () => {
    const { order, kill } = await start(2);
    const [busy] = order();
    if (busy === undefined) throw new Error('no node');
    busy.inFlight = 1;
    let killed = false;
    const killing = kill('node-1').then(() => {
      killed = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(killed).toBe(false);
    expect(order().map(({ name }) => name)).toEqual(['node-2']);
    busy.inFlight = 0;
    await killing;
    await expect(kill('node-1')).rejects.toThrow('no node node-1 serves');
  });

  test('a node that ends by itself is a failure, with what it wrote last', async () => {
    const { members, failed } = await start(1);
    process.kill(members[0]?.node.pid ?? 0, 'SIGKILL');
    expect((await failed).message).toMatch(/^node-1 ended by itself \(SIGKILL\):\n.*process\.ready/s);
  });

  test('if one does not start none stays, and the reason is told', async () => {
    writeFileSync(join(directory, 'fail'), 'no farm key\n');
    await expect(start(2)).rejects.toThrow(/did not start \(ended: 3\).*no farm key/s);
    expect(processesWith(directory)).toEqual([]);
  });

  test('stop leaves no process', async () => {
    const { members, stop } = await start(2);
    expect(processesWith(directory)).toHaveLength(members.length);
    await stop();
    expect(processesWith(directory)).toEqual([]);
  });
});
