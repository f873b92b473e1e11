import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { jest } from '@jest/globals';
import { processesWith } from '../farm/processes.js';
import { projectPath } from '../farm/project.js';

// whole processes start in these tests, perhaps on a busy machine
jest.setTimeout(120_000);

/** What a user starts with `npm run demo` and `npm run bench`, from the built programs. */
describe('the programs to look at (need npm run build, npm run build:test)', () => {
  let temporary: string;
  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), 'demo-test-'));
  });
  afterEach(() => rmSync(temporary, { recursive: true }));

  const start = (program: string, ...args: string[]) => {
    const file = projectPath('build', 'test', program, 'main.js');
    expect(existsSync(file)).toBe(true);
    return spawn(process.execPath, [file, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: temporary },
    });
  };
  const run = async (program: string, ...args: string[]): Promise<{ said: string; status: unknown }> => {
    const child = start(program, ...args);
    const [said, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    return { said, status };
  };
  const expectNothingLeft = (): void => {
    expect(processesWith(temporary)).toEqual([]);
    expect(readdirSync(temporary).filter((name) => !name.startsWith('sct-gateway-pki-'))).toEqual([]);
  };

  test('the demo: one conversation over every node, a dead one and a new one too, without a failure', async () => {
    const { said, status } = await run('demo');
    const calls = [...said.matchAll(/^ {2}✓ (\d+) +(node-\d) +(upstream-\d) +alice +CXF : order (\d+)$/gm)];
    expect(calls.map(([, call, , , order]) => [call, order])).toEqual(
      Array.from({ length: 12 }, (_, index) => [String(index + 1), String(index + 1)]),
    );
    expect(new Set(calls.map(([, , node]) => node)).size).toBe(4);
    expect(said).toMatch(/── node-1 is killed/);
    expect(said).toMatch(/✓ +node-\d +\(not asked\) +InvalidSecurity$/m);
    expect(said).not.toContain('✗');
    expect(said.trimEnd().split('\n').at(-1)).toBe('  failures 0');
    expect(status).toBe(0);
    expectNothingLeft();
  });

  test('the demo stays if it is asked to, and ends with SIGTERM', async () => {
    const child = start('demo', '--stay', '--http', '0', '--https', '0');
    let said = '';
    for await (const part of child.stdout) {
      said += part;
      if (said.includes('Ctrl-C')) break;
    }
    const [, url = ''] = /(http:\S+\/orders) /.exec(said) ?? [];
    expect((await fetch(url, { method: 'POST', body: '' })).headers.get('x-served-by')).toMatch(/^node-/);
    expect(said).toContain('user alice, password ecilA');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expectNothingLeft();
  });

  test('the benchmark names what it measured, each held against the proxy', async () => {
    const { said, status } = await run('bench', '--rounds', '1', '--calls', '8', '--concurrency', '2');
    const rows = [...said.matchAll(/^\| (.+?) +\| +(\d+) \| +([\d.]+) × \|/gm)].map(([, name]) => name);
    expect(rows).toEqual([
      'http-proxy 1.18, plain',
      'message, same nonces (WCF)',
      'message, fresh nonces (CXF)',
      'first message of a conversation (CXF)',
      'token request, anonymous',
      'token request, password',
    ]);
    expect(said).toMatch(/http-proxy 1\.18, plain +\| +\d+ \| +1\.00 × \|/);
    expect(status).toBe(0);
    expectNothingLeft();
  });

  test.each([
    ['demo', '--port'],
    ['demo', '--http', 'x'],
    ['bench', '--rounds', '0'],
    ['bench', '--calls', '1e9'],
  ])('%s refuses %s', async (program, ...args) => {
    expect((await run(program, ...args)).status).toBe(2);
  });
});
