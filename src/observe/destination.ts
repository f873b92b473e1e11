import { writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** Octets kept while the descriptor takes none; what comes beyond is lost. */
export const KEPT = 1024 * 1024;

/** Milliseconds that a reader who is behind is waited for, until lines are kept instead. */
const PATIENCE = 100;

/**
 * Where log lines go: written synchronously, so that the last line before a crash is not lost.
 *
 * A full disk, or a reader that has gone, must not end a process that serves, nor fail the request that was being
 * logged: the lines wait, {@link KEPT} octets of them, and are written once the descriptor takes them again. pino's own
 * destination throws there, into whoever wrote the line, and stays silent once its buffer was full.
 *
 * @param descriptor 1 is standard output
 */
export function logDestination(descriptor: number): DestinationStream {
  const waiting: Buffer[] = [];
  let length = 0;

  const writeWaiting = (patience: number): void => {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      const written = writeWhenTaken(descriptor, first, patience);
      if (written === undefined) return;
      length -= written;
      if (written < first.length) waiting[0] = first.subarray(written);
      else waiting.shift();
    }
  };

  return {
    write(line) {
      writeWaiting(0);
      const octets = Buffer.from(line);
      if (length + octets.length > KEPT) return;
      const patience = length === 0 ? PATIENCE : 0;
      waiting.push(octets);
      length += octets.length;
      writeWaiting(patience);
    },
  };
}

/** @returns how many octets were taken, or undefined if none could be */
function writeWhenTaken(descriptor: number, octets: Buffer, patience: number): number | undefined {
  for (let waited = 0; ; waited++) {
    try {
      return writeSync(descriptor, octets);
    } catch (error) {
      const behind = (error as NodeJS.ErrnoException).code === 'EAGAIN';
      if (!behind || waited >= patience) return undefined;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
