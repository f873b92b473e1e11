import { createHash } from 'node:crypto';
import { GatewayError } from '../errors.js';
import { type Circuit, CommandFailed, type Refusal } from './circuit.js';
import type { Reply } from './connection.js';

/**
 * What the nodes of a farm share. Each operation ends within the store's timeout and is tried once; what fails may have been done all
 * the same. All throw GatewayError `store.unavailable`. Times to live are milliseconds, and at least one.
 */
export interface Store {
  /** While it is not, all operations fail at once. */
  readonly up: boolean;
  /** Changes whenever something may have been lost on the way: what was read before the change is to be read again. */
  readonly interruptions: number;
  /** Remembers a key, in one step with the question whether it is known. @returns false if it was */
  add(key: string, ttl: number): Promise<boolean>;
  put(key: string, value: string, ttl: number): Promise<void>;
  get(key: string): Promise<string | undefined>;
  remove(key: string): Promise<void>;
  /** Adds to the journal, and drops from it what is older than `age`, milliseconds. */
  append(journal: string, entry: string, age: number): Promise<void>;
  /** What stands in the journal behind a position, in the order of arrival; `''` is its beginning. */
  read(journal: string, after: string): Promise<JournalPage>;
  close(): void;
}

export interface JournalPage {
  readonly entries: readonly string[];
  /** Of the last entry; where there is none, the position that was asked for. */
  readonly position: string;
  /** There may be more. */
  readonly more: boolean;
}

export type Operation = 'add' | 'put' | 'get' | 'remove' | 'append' | 'read';

export interface StoreOptions {
  readonly circuit: Circuit;
  /** Before every key. */
  readonly prefix: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** @param seconds that it took; @param refusal why it failed, if it did; @param kind Redis' own word for that */
  onDone(operation: Operation, seconds: number, refusal?: Refusal, kind?: string): void;
}

const PAGE = 1000;
/** The journal's times are Redis' own: so far may its clock be ahead of ours. Milliseconds. */
const CLOCKS = 3_600_000;

export function createStore({ circuit, prefix, now, onDone }: StoreOptions): Store {
  const run = async (operation: Operation, name: string, args: (key: string) => readonly string[]): Promise<Reply> => {
    const key = prefix + name;
    const begun = performance.now();
    const seconds = () => (performance.now() - begun) / 1000;
    try {
      const reply = await circuit.send(key, args(key));
      onDone(operation, seconds());
      return reply;
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      const { refusal, kind } = error;
      onDone(operation, seconds(), refusal, kind);
      throw new GatewayError(
        'store.unavailable',
        'the shared store did not do it',
        { operation, refusal, ...(kind === undefined ? {} : { reply: kind }) },
        error,
      );
    }
  };
  const life = (ttl: number) => String(Math.max(1, Math.ceil(ttl)));
  return {
    get up() {
      return circuit.up;
    },
    get interruptions() {
      return circuit.interruptions;
    },
    add: async (name, ttl) => (await run('add', name, (key) => ['SET', key, '1', 'NX', 'PX', life(ttl)])) === 'OK',
    put: async (name, value, ttl) => void (await run('put', name, (key) => ['SET', key, value, 'PX', life(ttl)])),
    get: async (name) => {
      const value = await run('get', name, (key) => ['GET', key]);
      return typeof value === 'string' ? value : undefined;
    },
    remove: async (name) => void (await run('remove', name, (key) => ['DEL', key])),
    append: async (name, entry, age) => {
      const oldest = String(Math.max(0, Math.floor(now() - age - CLOCKS)));
      await run('append', name, (key) => ['XADD', key, 'MINID', '~', oldest, '*', 'e', entry]);
    },
    read: async (name, after) =>
      page(await run('read', name, (key) => ['XREAD', 'COUNT', String(PAGE), 'STREAMS', key, after || '0']), after),
    close: () => circuit.close(),
  };
}

/** `[[key, [[id, [field, value]]…]]]`, or nil where there is nothing. */
function page(reply: Reply, after: string): JournalPage {
  const rows = at(at(reply, 0), 1);
  const list = Array.isArray(rows) ? (rows as readonly Reply[]) : [];
  const entries = list.map((row) => at(at(row, 1), 1)).filter((entry) => typeof entry === 'string');
  const last = at(list.at(-1), 0);
  return { entries, position: typeof last === 'string' ? last : after, more: list.length === PAGE };
}

function at(reply: Reply | undefined, index: number): Reply | undefined {
  return Array.isArray(reply) ? (reply as readonly Reply[])[index] : undefined;
}

/**
 * A key of parts that may be long, secret or strange: its digest, which tells nothing of them and no two lists of parts share.
 *
 * @param kind what the key is for, readable
 */
export function storeKey(kind: string, ...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}\n`).update(part);
  return `${kind}:${hash.digest('base64url')}`;
}
