import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { processesWith } from './processes.js';
import { projectPath } from './project.js';

// whole processes start in these tests, perhaps on a busy machine
jest.setTimeout(120_000);

const program = projectPath('build', 'test', 'farm', 'main.js');

/** Everything that the farm writes goes below its own TMPDIR, so that its processes are known by it. */
describe('the farm as a program (needs npm run build, npm run build:test)', () => {
  let temporary: string;
  const started: ChildProcess[] = [];
  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), 'farm-program-'));
  });
  afterEach(async () => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    await nothingLeft();
    rmSync(temporary, { recursive: true });
  });

  const run = (command: string, args: readonly string[]): ChildProcess => {
    expect(existsSync(program)).toBe(true);
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: temporary },
    });
    started.push(child);
    return child;
  };
  const farm = (...args: string[]): ChildProcess =>
    run(process.execPath, [program, '--http', '0', '--https', '0', '--nodes', '2', ...args]);
  const lines = async (child: ChildProcess, last: string): Promise<string[]> => {
    const seen: string[] = [];
    if (child.stdout === null) throw new Error('no standard output');
    for await (const line of createInterface({ input: child.stdout })) {
      seen.push(line);
      if (line === last) return seen;
    }
    throw new Error(`ended before "${last}":\n${seen.join('\n')}`);
  };
  const nothingLeft = async (): Promise<void> => {
    for (let tries = 0; tries < 100 && processesWith(temporary).length > 0; tries++) await wait(100);
    expect(processesWith(temporary)).toEqual([]);
  };

  test('says where it is, then that it is ready, serves until SIGTERM, and leaves nothing', async () => {
    const child = farm();
    const said = await lines(child, 'ready');
    const [, count, http = ''] =
      /^(\d+) services at (http:\S+)\/NAME and https:\S+\/NAME; 2 nodes;/.exec(said.at(-2) ?? '') ?? [];
    expect(count).toBe('23');
    expect(processesWith(temporary)).toHaveLength(2);
    const answer = await fetch(`${http}/ADC`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/soap+xml' },
      body: '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>',
    });
    expect(answer.status).toBe(500);
    expect(answer.headers.get('x-served-by')).toMatch(/^node-[12]$/);
    expect(await answer.text()).toMatch(/Fault/);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    await nothingLeft();
    expect(readdirSync(temporary).filter((name) => !name.startsWith('sct-gateway-pki-'))).toEqual([]);
  });

  test('no node outlives a farm that is killed', async () => {
    const child = farm('--workers', '2');
    await lines(child, 'ready');
    child.kill('SIGKILL');
    await nothingLeft();
  });

  test('no farm outlives the run that started it', async () => {
    const args = JSON.stringify([program, '--http', '0', '--https', '0', '--nodes', '1']);
    const parent = run(process.execPath, [
      '-e',
      `require('node:child_process').spawn(process.execPath, ${args}, { stdio: 'inherit' })`,
    ]);
    await lines(parent, 'ready');
    parent.kill('SIGKILL');
    await nothingLeft();
  });

  test('nodes that are killed in turn are replaced', async () => {
    const child = farm('--kill-every', '0.2');
    const said = await lines(child, 'started node-4');
    expect(said).toEqual(expect.arrayContaining(['killed node-1', 'started node-3', 'killed node-2']));
    expect(said.indexOf('killed node-1')).toBeLessThan(said.indexOf('started node-3'));
  });

  test('a port that is taken ends it with 1 and leaves nothing', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const child = run(process.execPath, [program, '--http', String(port), '--https', '0', '--nodes', '1']);
    expect(await once(child, 'exit')).toEqual([1, null]);
    await nothingLeft();
    taken.close();
  });

  test.each([['--nodes', '0'], ['--version', '1.5'], ['--suite', 'Basic'], ['--bogus']])(
    'refuses %s %s',
    async (...args) => {
      const child = run(process.execPath, [program, ...args]);
      expect(await once(child, 'exit')).toEqual([2, null]);
    },
  );
});
