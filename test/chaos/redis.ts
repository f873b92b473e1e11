import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export interface Redis {
  readonly port: number;
  /** SIGSTOP: connections stay, nothing is answered. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** Debian's redis-server with nothing on disk. @throws Error if it does not answer in 10 s */
export async function startRedis(port: number, directory: string): Promise<Redis> {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', 'noeviction'];
  const child = spawn('redis-server', [...options, '--dir', directory], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  ended.catch(() => undefined);
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  for (let tries = 0; tries < 200; tries++) {
    if (await answers(port)) {
      return { port, freeze: () => void child.kill('SIGSTOP'), thaw: () => void child.kill('SIGCONT'), stop };
    }
    await wait(50);
  }
  await stop();
  throw new Error('redis-server does not answer');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => socket.write('PING\r\n'))
      .once('data', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', () => resolve(false));
  });
}
