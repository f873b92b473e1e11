import type { Message } from './message.js';
import type { Algorithms } from './suites.js';

/**
 * Departures from an honest request, for negative tests. The hooks may change the message as they like; which proof
 * covers the change follows from when it is made.
 */
export interface Overrides {
  /** Milliseconds since the epoch, of the Timestamp. */
  readonly created?: number;
  readonly expires?: number;
  readonly messageId?: string;
  /** Of the wsa:To header, where it is to differ from the address that is posted to. */
  readonly to?: string;
  readonly algorithms?: Partial<Algorithms>;
  /** Which parts are signed: `body`, `timestamp`, `username`, or an addressing header's local name. */
  readonly sign?: (part: string) => boolean;
  readonly encryptBody?: boolean;
  /** The change is signed and encrypted as if it were honest. */
  readonly beforeSigning?: (message: Message) => void;
  /** No signature covers the change; what is encrypted after signing, the signature itself too, is encrypted with it. */
  readonly afterSigning?: (message: Message) => void;
  /** Nothing covers the change; the Security header is assembled. */
  readonly afterProtection?: (message: Message) => void;
  /** The last word on what goes over the wire. */
  readonly octets?: (text: string) => string | Buffer;
  readonly contentType?: string;
  /** HTTP header fields that are added, or with `undefined` left out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}
