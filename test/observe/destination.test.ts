import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KEPT, logDestination } from '../../src/observe/destination.js';
import { createLog } from '../../src/observe/log.js';

describe('where log lines go', () => {
  let directory: string;
  let file: string;
  let reading: number;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sct-gateway-destination-'));
    file = join(directory, 'log');
    closeSync(openSync(file, 'a'));
    // writing to it fails with EBADF, as it does with ENOSPC on a full disk
    reading = openSync(file, 'r');
  });
  afterEach(() => {
    closeSync(reading);
    rmSync(directory, { recursive: true });
  });
  const content = (): string => readFileSync(file, 'utf8');
  /** What the descriptor is from now on: the same number, another file behind it. */
  const becomesWritable = (): void => {
    closeSync(reading);
    expect(openSync(file, 'a')).toBe(reading);
  };

  test('a line is in the file when the call returns', () => {
    becomesWritable();
    const log = createLog({ level: 'info', destination: logDestination(reading) });
    log('process.start', { pid: 1 });
    expect(JSON.parse(content())).toMatchObject({ event: 'process.start', pid: 1 });
  });

  test('a descriptor that takes nothing throws at nobody, now or later', async () => {
    const log = createLog({ level: 'info', destination: logDestination(reading) });
    for (let line = 0; line < 20; line++) expect(() => log('process.start', { line })).not.toThrow();
    await new Promise((resolve) => setImmediate(resolve));
    expect(content()).toBe('');
  });

  test('lines that waited are written in order once it takes them again', () => {
    const stream = logDestination(reading);
    for (const line of ['1\n', '2\n']) stream.write(line);
    becomesWritable();
    stream.write('3\n');
    expect(content()).toBe('1\n2\n3\n');
  });

  test('what waits is bounded: the lines beyond are lost, those before and after are not', () => {
    const stream = logDestination(reading);
    const lines = Array.from({ length: (2 * KEPT) / 1024 }, (_, at) => `${String(at).padStart(1023, '0')}\n`);
    for (const line of lines) stream.write(line);
    becomesWritable();
    stream.write('last\n');
    expect(content()).toBe(`${lines.slice(0, KEPT / 1024).join('')}last\n`);
  });

  test('a pipe that is full for a moment loses nothing', () => {
    const script = `
      const { logDestination } = await import(${JSON.stringify(new URL('../../dist/observe/destination.js', import.meta.url).href)});
      const stream = logDestination(1);
      for (let line = 0; line < 20000; line++) stream.write('line ' + line + ' ' + 'x'.repeat(40) + '\\n');`;
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      maxBuffer: 1e7,
    });
    expect(status).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(20_000);
  });
});
