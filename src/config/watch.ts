import { readdir, readFile, stat } from 'node:fs/promises';
import { digestOf, digestOfNames, isVisible } from './digest.js';

/** Path → digest, as `Config.files` has it. */
export type Digests = ReadonlyMap<string, string>;

export interface WatchOptions {
  /** Milliseconds from one look to the next, asked before each; undefined: not now, ask again later. */
  readonly interval: () => number | undefined;
  /** What was read when the configuration was last taken, or refused. */
  readonly taken: () => Digests;
  /** Called with the paths that have changed, at the second look that finds them the same; not again before it is over. */
  readonly changed: (paths: readonly string[]) => Promise<unknown>;
  /** The clock of the file system, milliseconds since the epoch. */
  readonly now: () => number;
}

export interface Watcher {
  close(): void;
}

/** While nothing is watched. */
const IDLE = 5_000;
/** A file system may keep times no finer than this; what was written so lately is read again. Milliseconds. */
const COARSE = 2_000;

/**
 * Looks at files again and again, because the notices of a file system do not come from network shares and mounted
 * secrets. What has another time, size or inode than before is read, and only other content is a change. A change counts
 * when it has stood still from one look to the next: so several files that are written one after the other are taken
 * together, and none is taken half written.
 */
export function watchFiles({ interval, taken, changed, now }: WatchOptions): Watcher {
  const looks = new Map<string, Look>();
  let closed = false;
  let timer: NodeJS.Timeout;
  let last = '';

  const look = async (): Promise<void> => {
    const before = taken();
    for (const path of looks.keys()) if (!before.has(path)) looks.delete(path);
    const differing: (readonly [string, string])[] = [];
    for (const [path, digest] of before) {
      const found = await lookAt(path, looks.get(path), now());
      looks.set(path, found);
      if (found.digest !== digest) differing.push([path, found.digest]);
    }
    const state = JSON.stringify(differing);
    const settled = differing.length > 0 && state === last;
    last = state;
    if (settled && !closed) await changed(differing.map(([path]) => path));
  };
  const schedule = (): void => {
    if (closed) return;
    const time = interval();
    timer = setTimeout(() => void (time === undefined ? Promise.resolve() : look()).finally(schedule), time ?? IDLE);
    timer.unref();
  };
  schedule();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

interface Look {
  /** Everything about the file but its content. */
  readonly outside: string;
  /** It was read when nothing could have changed it again within the same tick of the file system's clock. */
  readonly final: boolean;
  readonly digest: string;
}

async function lookAt(path: string, before: Look | undefined, now: number): Promise<Look> {
  try {
    const status = await stat(path, { bigint: true });
    const { dev, ino, size, mtimeNs, ctimeNs } = status;
    const outside = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
    if (before?.outside === outside && before.final) return before;
    const final = now - Number(ctimeNs / 1_000_000n) > COARSE;
    const digest = status.isDirectory()
      ? digestOfNames((await readdir(path)).filter(isVisible).sort())
      : digestOf(await readFile(path));
    return { outside, final, digest };
  } catch {
    return { outside: '', final: false, digest: '' };
  }
}
