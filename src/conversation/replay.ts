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
   * @returns the key under which it is remembered
   * @throws GatewayError `wss.replay` for a message seen before, `http.overloaded` where there is no room to remember it
   */
  requireNew(message: MessageIdentity, until: number): string;
}

/** A message's identity as a key, of one length whatever the message's. */
export function messageKey({ context, signature, messageId, unsignedBody }: MessageIdentity): string {
  const hash = createHash('sha256')
    .update(`${context}\n${messageId ?? ''}\n${signature.length}\n`)
    .update(signature);
  if (unsignedBody !== undefined) hash.update(unsignedBody);
  return hash.digest('base64');
}

/** What is thrown for a message that was seen, here or on another node. */
export function seenBefore({ messageId }: MessageIdentity): GatewayError {
  return new GatewayError('wss.replay', 'this message has been accepted before', { messageId });
}

export function createReplayWindow(capacity: number, runtime: Pick<Runtime, 'now'>): ReplayWindow {
  const window = createWindow(
    capacity,
    runtime,
    () => new GatewayError('http.overloaded', 'no room to remember another message', { capacity }),
  );
  return {
    requireNew: (message, until) => {
      const key = messageKey(message);
      if (!window.remember(key, until)) throw seenBefore(message);
      return key;
    },
  };
}
