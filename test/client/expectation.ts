import type { Party } from './party.js';
import type { Shape } from './shape.js';
import type { Algorithms } from './suites.js';
import type { ContextToken } from './token.js';

/** What the client knows when an answer comes in. */
export interface Expectation {
  readonly shape: Shape;
  readonly derivedKeys: boolean;
  readonly protectionOrder: Shape['protectionOrder'];
  /** Absent: either way. */
  readonly encryptSignature: boolean | undefined;
  /** Absent: either way, as in the answer to a Cancel. */
  readonly encryptBody: boolean | undefined;
  readonly transport: boolean;
  readonly algorithms: Algorithms;
  /** Contexts whose key may protect the answer: the current one, and for a while the one before. */
  readonly tokens: readonly ContextToken[];
  readonly encryptedKey: { readonly secret: Buffer; readonly sha1: string } | undefined;
  /** Asymmetric bootstrap: both certificates. */
  readonly client: Party | undefined;
  readonly service: Party | undefined;
  readonly messageId: string;
  /** Absent: any. */
  readonly action: string | undefined;
  /** Signature values that SignatureConfirmation must repeat; absent: there must be none. */
  readonly confirmed: readonly string[] | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}
