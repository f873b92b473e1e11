import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';

/** A real Redis of our own, on a port of its own. */
export interface RedisServer {
  readonly port: number;
  readonly pid: number;
  /** Lines that it has said. */
  readonly output: () => string;
  /** Runs again with the same port and folder. */
  start(): Promise<void>;
  /** SIGKILL: as a crash or a lost machine. */
  kill(): Promise<void>;
  /** SIGSTOP: it accepts connections and says nothing. */
  freeze(): void;
  thaw(): void;
  /** Kills it and takes its folder away. */
  remove(): Promise<void>;
}

export interface RedisServerOptions {
  readonly port?: number;
  /** Lines of redis.conf. */
  readonly config?: readonly string[];
  readonly sentinel?: boolean;
  /** Returns when it listens. */
  readonly started?: RegExp;
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** @throws Error if redis-server is not on this machine, or does not start (with what it said) */
export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const {
    sentinel = false,
    config = [],
    started = sentinel ? /Sentinel ID is/ : /Ready to accept connections/,
  } = options;
  const port = options.port ?? (await freePort());
  const directory = mkdtempSync(join(tmpdir(), 'sct-gateway-redis-'));
  const file = join(directory, 'redis.conf');
  const lines = ['bind 127.0.0.1', 'save ""', `dir ${directory}`, ...config];
  if (!lines.some((line) => /^port /.test(line))) lines.push(`port ${port}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  let process: ChildProcess;
  let output = '';
  const start = async (): Promise<void> => {
    output = '';
    process = spawn('redis-server', [file, ...(sentinel ? ['--sentinel'] : [])], { stdio: ['ignore', 'pipe', 'pipe'] });
    const failed = once(process, 'error').then(([error]) => {
      throw new Error(`redis-server does not start; is it installed? ${String(error)}`);
    });
    for (const stream of [process.stdout, process.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
    const listening = async (): Promise<void> => {
      for (let waited = 0; !started.test(output); waited += 20) {
        if (process.exitCode !== null || waited > 10_000) throw new Error(`redis-server does not start: ${output}`);
        await sleep(20);
      }
    };
    await Promise.race([listening(), failed]);
  };
  const kill = async (): Promise<void> => {
    if (process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, 'exit');
    process.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    port,
    get pid() {
      return process.pid ?? 0;
    },
    output: () => output,
    start,
    kill,
    freeze: () => void process.kill('SIGSTOP'),
    thaw: () => void process.kill('SIGCONT'),
    async remove() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** One command, as an administrator would give it. */
export async function tellRedis(port: number, ...args: string[]): Promise<unknown> {
  const client = createClient({ RESP: 2, socket: { host: '127.0.0.1', port } });
  client.on('error', () => {});
  await client.connect();
  try {
    return await client.sendCommand(args);
  } finally {
    client.destroy();
  }
}

/** Waits until something is so. @throws Error if it is not so in time */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not in time: ${what}`);
    await sleep(20);
  }
}
