import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { endOf } from '../farm/gateway-node.js';
import { projectPath } from '../farm/project.js';
import type { Party } from '../pki/index.js';
import type { Place } from './places.js';

export interface HaproxyOptions {
  readonly directory: string;
  readonly tls: Party;
  readonly http: number;
  readonly https: number;
  readonly numbers: number;
  readonly places: readonly Pick<Place, 'name' | 'port' | 'adminPort'>[];
}

/** The example of deploy/haproxy with the addresses of this farm in it, and nothing else changed. */
export function haproxyConfiguration(options: Omit<HaproxyOptions, 'directory' | 'tls'>, certificate: string): string {
  const replacements: readonly (readonly [from: string, to: string])[] = [
    ['bind :8080', `bind 127.0.0.1:${options.http}`],
    ['bind :8443', `bind 127.0.0.1:${options.https}`],
    ['/etc/haproxy/tls.pem', certificate],
    ['127.0.0.1:8405', `127.0.0.1:${options.numbers}`],
    ...options.places.map(
      ({ name, port, adminPort }, at) =>
        [`server ${name} 10.0.0.2${at + 1}:8080`, `server ${name} 127.0.0.1:${port} check port ${adminPort}`] as const,
    ),
  ];
  return replacements.reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`deploy/haproxy/haproxy.cfg has no "${from}"`);
      return text.replace(from, to);
    },
    readFileSync(projectPath('deploy', 'haproxy', 'haproxy.cfg'), 'utf8'),
  );
}

export interface Haproxy {
  stop(): Promise<void>;
}

/** @throws Error with its output if it does not start */
export async function startHaproxy(options: HaproxyOptions): Promise<Haproxy> {
  const certificate = join(options.directory, 'haproxy.pem');
  const file = join(options.directory, 'haproxy.cfg');
  const log = join(options.directory, 'haproxy.log');
  writeFileSync(certificate, options.tls.certificate + options.tls.privateKey, { mode: 0o600 });
  writeFileSync(file, haproxyConfiguration(options, certificate));
  const output = openSync(log, 'w');
  // -db: in the foreground, one process, which is ended by its id
  const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', output, output] });
  closeSync(output);
  const ended = once(child, 'exit');
  ended.catch(() => undefined);
  try {
    await listens(options.http, child);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`HAProxy does not start (${(error as Error).message}):\n${endOf(log)}`);
  }
  return {
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function listens(port: number, child: ChildProcess): Promise<void> {
  const failed = once(child, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => undefined);
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}`);
    if (await Promise.race([accepts(port), failed])) return;
    await wait(50);
  }
  throw new Error('no listener in 10 s');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => resolve(true))
      .once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
