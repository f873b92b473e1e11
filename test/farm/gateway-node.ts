import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { projectPath } from './project.js';

export interface GatewayNodeOptions {
  readonly name: string;
  /** Path of gateway.yaml, with one listener on port 0. */
  readonly config: string;
  readonly workers: number;
  /** Folder of `NAME.log`: what the process writes on standard output and standard error. */
  readonly logs: string;
  /** Of node, before the script: `--cpu-prof` and its like. */
  readonly nodeOptions?: readonly string[];
  /** Besides this process's own environment. */
  readonly environment?: NodeJS.ProcessEnv;
  /** The script; by default the built gateway. */
  readonly program?: string;
}

/** One gateway process, as an operator runs it. */
export interface GatewayNode {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly log: string;
  /** When the process is gone, however it went: its exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  /** SIGKILL, as a crash or a lost machine. */
  kill(): Promise<void>;
  /** SIGTERM: it drains; SIGKILL when that takes longer than 15 s. */
  stop(): Promise<void>;
}

const START = 30_000;
const STOP = 15_000;

/**
 * Starts a gateway process and waits until it serves.
 *
 * @throws Error with the end of its log if it ends first, or does not serve in 30 s
 */
export async function startGatewayNode(options: GatewayNodeOptions): Promise<GatewayNode> {
  const { program = projectPath('dist', 'cli.js') } = options;
  if (!existsSync(program)) throw new Error(`${program} is not there: npm run build`);
  const log = join(options.logs, `${options.name}.log`);
  const child = launch(program, log, options);
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? code ?? 0));
    child.once('error', (error) => resolve(error.message));
  });
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP);
    await ended;
    clearTimeout(timer);
  };
  try {
    const port = await Promise.race([servedPort(log), ended.then((how) => Promise.reject(new Error(`ended: ${how}`)))]);
    return { name: options.name, pid: child.pid ?? 0, port, log, ended, kill, stop };
  } catch (error) {
    await kill();
    throw new Error(`${options.name} did not start (${(error as Error).message}); ${log}:\n${endOf(log)}`);
  }
}

/** Its log goes to the file without passing through us; descriptor 3 is the leash. */
function launch(program: string, log: string, options: GatewayNodeOptions): ChildProcess {
  // not appended: an earlier farm's lines in the same folder would tell its ports
  const output = openSync(log, 'w');
  const leash = new URL(`file://${projectPath('test', 'farm', 'leash.mjs')}`).href;
  try {
    return spawn(
      process.execPath,
      [
        ...(options.nodeOptions ?? []),
        '--import',
        leash,
        program,
        'run',
        '--config',
        options.config,
        ...(options.workers > 1 ? ['--workers', String(options.workers)] : []),
      ],
      // a group of its own: Ctrl-C is for the farm, which stops its nodes in order
      {
        stdio: ['ignore', output, output, 'pipe'],
        detached: true,
        env: { ...process.env, ...options.environment },
      },
    );
  } finally {
    closeSync(output);
  }
}

/** The port that the log names, once the log says that the process is ready. */
async function servedPort(log: string): Promise<number> {
  const deadline = Date.now() + START;
  while (Date.now() < deadline) {
    const lines = readFileSync(log, 'utf8').split('\n').map(parseLine);
    const open = lines.find((line) => line.event === 'listener.open');
    if (open !== undefined && lines.some((line) => line.event === 'process.ready')) return Number(open.port);
    await wait(25);
  }
  throw new Error(`not ready in ${START / 1000} s`);
}

function parseLine(line: string): { readonly event?: string; readonly port?: number } {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

export function endOf(log: string): string {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
}
