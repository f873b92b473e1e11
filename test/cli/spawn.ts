import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** As `npm run build` leaves it; `npm test` builds first. */
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function launch(args: readonly string[], { cwd, env }: RunOptions): ChildProcess {
  const environment = { PATH: process.env.PATH, ...env };
  return spawn(process.execPath, [CLI, ...args], { cwd, env: environment, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Runs the command to its end. */
export async function sctGateway(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = launch(args, options);
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  child.stdin?.end(options.input ?? '');
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

export interface Serving {
  readonly pid: number;
  readonly lines: Record<string, unknown>[];
  /** Waits until all that was started serves: a worker's own word for it is not enough. */
  ready(): Promise<unknown>;
  /** The first line of the event from `since` on; waits for it. */
  line(event: string, since?: number): Promise<Record<string, unknown>>;
  signal(name: NodeJS.Signals): void;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

const serving = new Set<ChildProcess>();
const PATIENCE = 40_000;

/** Starts `run`, whose log is read line by line. */
export function serve(args: readonly string[], options: RunOptions = {}): Serving {
  const child = launch(['run', ...args], options);
  serving.add(child);
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  let err = '';
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  if (child.stdout !== null) {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(JSON.parse(line));
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<number | string | null>((resolve) =>
    child.once('close', (code, signal) => {
      serving.delete(child);
      resolve(code ?? signal);
    }),
  );
  const find = (is: (line: Record<string, unknown>) => boolean, since: number): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`not in the log\n${lines.map((line) => JSON.stringify(line)).join('\n')}\n${err}`)),
        PATIENCE,
      );
      const look = (): void => {
        const found = lines.slice(since).find(is);
        if (found === undefined) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return {
    pid: child.pid ?? 0,
    lines,
    ended,
    signal: (name) => void child.kill(name),
    ready: () => find(({ event, worker }) => event === 'process.ready' && worker === undefined, 0),
    line: (name, since = 0) => find(({ event }) => event === name, since),
  };
}

/** Call after each test. */
export async function endAll(): Promise<void> {
  const ends = [...serving].map((child) => new Promise((resolve) => child.once('close', resolve)));
  for (const child of serving) child.kill('SIGKILL');
  await Promise.all(ends);
}
