import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A program of this folder that runs in a process of its own and serves a port. */
export interface ServingProcess {
  readonly pid: number;
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  stop(): Promise<void>;
}

/** @throws Error if it ends before it serves */
export async function startProcess(
  program: 'plain-proxy' | 'plain-service',
  ...args: string[]
): Promise<ServingProcess> {
  const child = fork(fileURLToPath(new URL(`./${program}.js`, import.meta.url)), args, { stdio: 'inherit' });
  const ended = once(child, 'exit');
  const port = await Promise.race([
    once(child, 'message').then(([message]) => message as number),
    ended.then(([code]) => Promise.reject(new Error(`${program} ended: ${code}`))),
  ]);
  return {
    pid: child.pid ?? 0,
    origin: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.disconnect();
      await ended;
    },
  };
}
