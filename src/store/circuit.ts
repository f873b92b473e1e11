import type { Connect, Connection, Reply } from './connection.js';
import { messageOf, ReplyError } from './connection.js';
import { within } from './deadline.js';

/** Why a command was not done. */
export type Refusal = 'away' | 'timeout' | 'connection' | 'reply';

/** A command that was not done, or is not known to have been. */
export class CommandFailed extends Error {
  readonly refusal: Refusal;
  /** Redis' own word for it, where it gave one. */
  readonly kind: string | undefined;

  constructor(refusal: Refusal, cause?: unknown) {
    super(cause === undefined ? refusal : messageOf(cause), cause === undefined ? undefined : { cause });
    this.refusal = refusal;
    this.kind = cause instanceof ReplyError ? cause.kind : undefined;
  }
}

/**
 * A connection whose failures cost little: after a few in a row no command is tried, all fail at once, and one question at a
 * time finds out when Redis is back (a circuit breaker).
 */
export interface Circuit {
  readonly up: boolean;
  /** Counts what may have lost something on the way: sockets lost, another master, commands without a reply. */
  readonly interruptions: number;
  /** @throws CommandFailed within the timeout */
  send(key: string, args: readonly string[]): Promise<Reply>;
  close(): void;
}

export interface CircuitOptions {
  readonly connect: Connect;
  /** Milliseconds for a reply. */
  readonly timeout: number;
  /** Answers if Redis does; asked while it is away. */
  readonly probe: { readonly key: string; readonly args: readonly string[] };
  onUp(): void;
  /** Also where it never was up, once. */
  onDown(reason: string): void;
}

/** Commands in a row without a reply after which none is tried. */
const MAX_FAILURES = 3;
/** From one question whether Redis is back to the next. Milliseconds. */
const PROBE_INTERVAL = 250;
/** A connection that gives no reply for so long is given up for a new one: its other end may be gone without a word. Milliseconds. */
const REPLACE_AFTER = 3000;
/** Replies by which Redis says that it cannot serve now: as good as none. */
const AWAY: ReadonlySet<string> = new Set(['LOADING', 'CLUSTERDOWN', 'MASTERDOWN', 'READONLY', 'NOAUTH', 'WRONGPASS']);

export function createCircuit({ connect, timeout, probe, onUp, onDown }: CircuitOptions): Circuit {
  let connection: Connection | undefined;
  let up = false;
  let begun = false;
  let closed = false;
  let failures = 0;
  let interruptions = 0;
  let silentSince: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let reason = '';

  const interrupted = (why: string): void => {
    interruptions++;
    reason = why;
  };
  const later = (): void => {
    if (!closed) timer = setTimeout(() => void ask(), PROBE_INTERVAL).unref();
  };
  const goDown = (): void => {
    if (!up) return;
    up = false;
    silentSince = performance.now();
    onDown(reason);
    void ask();
  };
  const goUp = (): void => {
    failures = 0;
    silentSince = undefined;
    if (up || closed) return;
    up = true;
    begun = true;
    onUp();
  };
  const failed = (error: unknown): CommandFailed => {
    if (error instanceof ReplyError && !AWAY.has(error.kind)) {
      failures = 0;
      return new CommandFailed('reply', error);
    }
    const failure = error instanceof CommandFailed ? error : new CommandFailed('connection', error);
    interrupted(failure.message);
    if (++failures >= MAX_FAILURES) goDown();
    return failure;
  };
  const late = (): CommandFailed => new CommandFailed('timeout');

  /** One question, and when there is no good answer the next a little later. */
  const ask = async (): Promise<void> => {
    try {
      connection ??= await connect(interrupted);
      if (closed) return connection.close();
      await within(connection.send(probe.key, probe.args), timeout, late);
      return goUp();
    } catch (error) {
      if (closed) return;
      // Full, but there: what needs no room is served.
      if (error instanceof ReplyError && !AWAY.has(error.kind) && error.kind !== 'NOPERM') return goUp();
      interrupted(messageOf(error));
    }
    // Not reached at the start: said once, and what comes later is a change.
    if (!begun) onDown(reason);
    begun = true;
    silentSince ??= performance.now();
    if (connection !== undefined && performance.now() - silentSince > REPLACE_AFTER) {
      connection.close();
      connection = undefined;
      silentSince = undefined;
    }
    later();
  };

  void ask();
  return {
    get up() {
      return up;
    },
    get interruptions() {
      return interruptions;
    },
    async send(key, args) {
      if (!up || connection === undefined) throw new CommandFailed('away');
      try {
        const reply = await within(connection.send(key, args), timeout, late);
        failures = 0;
        return reply;
      } catch (error) {
        throw failed(error);
      }
    },
    close() {
      closed = true;
      up = false;
      clearTimeout(timer);
      connection?.close();
    },
  };
}
