import { createHash } from 'node:crypto';
import { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { createWindow } from './window.js';

/** What tells one message from another. */
export interface MessageIdentity {
  /** wsc:Identifier, or the EncryptedKey's digest. */
  readonly context: string;
  readonly signature: Buffer;
  /**
   * MessageID and Body where no signature covers the Body: over TLS honest messages within one second have one signature
   * (Metro's whole-second Timestamps, wire-facts §3.7). Absent where the signature covers it: the signature alone tells
   * the message, and whoever sends it again could change the rest.
   */
  readonly messageId: string | undefined;
  readonly unsignedBody: string | undefined;
}

/** Refuses a message that this worker has accepted before, for as long as its Timestamp could be fresh (security.md T6). */
export interface ReplayWindow {
  /**
   * @param until milliseconds since the epoch
   * @throws GatewayError `wss.replay` for a message seen before, `http.overloaded` where there is no room to remember it
   */
  requireNew(message: MessageIdentity, until: number): void;
}

export function createReplayWindow(capacity: number, runtime: Pick<Runtime, 'now'>): ReplayWindow {
  const window = createWindow(
    capacity,
    runtime,
    () => new GatewayError('http.overloaded', 'no room to remember another message', { capacity }),
  );
  return {
    requireNew: ({ context, signature, messageId, unsignedBody }, until) => {
      const hash = createHash('sha256')
        .update(`${context}\n${messageId ?? ''}\n${signature.length}\n`)
        .update(signature);
      if (unsignedBody !== undefined) hash.update(unsignedBody);
      if (!window.remember(hash.digest('base64'), until)) {
        throw new GatewayError('wss.replay', 'this message has been accepted before', { messageId });
      }
    },
  };
}
