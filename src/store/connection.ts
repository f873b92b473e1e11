/** What Redis replies: RESP2 without its errors, which are thrown as {@link ReplyError}. */
export type Reply = string | number | null | readonly Reply[];

/** One way to Redis, however many sockets it has. */
export interface Connection {
  /**
   * Sends a command once; nothing sends it again.
   *
   * @param key decides the node of a cluster
   * @throws ReplyError for an error that Redis replied; anything else: the connection
   */
  send(key: string, args: readonly string[]): Promise<Reply>;
  /** Ends at once; what is under way fails. */
  close(): void;
}

/**
 * Opens a connection. It may be lost and come back by itself.
 *
 * @param lost called whenever a socket is lost, or may have been
 */
export type Connect = (lost: (reason: string) => void) => Promise<Connection>;

/** An error that Redis replied: it was reached, and it refused. */
export class ReplyError extends Error {
  /** Its first word, as Redis has it: `OOM`, `NOPERM`, `READONLY`. */
  readonly kind: string;

  constructor(message: string) {
    super(message);
    this.kind = /^[A-Z]{2,20}(?= |$)/.exec(message)?.[0] ?? 'ERR';
  }
}

/** What an error says, from whatever realm or library it comes. */
export function messageOf(error: unknown): string {
  const message: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'message') : undefined;
  return typeof message === 'string' && message !== '' ? message : 'unknown';
}
