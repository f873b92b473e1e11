import { connect } from 'node:net';

/** What came back on a raw connection until it closed, or until nothing came for `quiet` ms. */
export interface RawResult {
  readonly text: string;
  /** The server closed the connection. */
  readonly closed: boolean;
}

/** Writes octets as they are (Latin-1) to a port on the loopback and reads what comes. */
export function raw(port: number, request: string | readonly string[], quiet = 150): Promise<RawResult> {
  const parts = typeof request === 'string' ? [request] : request;
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    let timer: NodeJS.Timeout | undefined;
    const done = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, closed });
    };
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => done(false), quiet);
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      wait();
    });
    socket.on('end', () => done(true));
    socket.on('error', () => done(true));
    socket.on('connect', async () => {
      wait();
      for (const part of parts) {
        socket.write(part, 'latin1');
        if (parts.length > 1) await new Promise((next) => setTimeout(next, 20));
      }
    });
  });
}

/** Status codes of all answers in a raw result. */
export function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
}
