import type { Element } from './element.js';

/** A security context that was issued to this client. */
export interface ContextToken {
  /** As this client sends it: verbatim, re-marshalled or rebuilt. */
  readonly element: Element;
  /** wsu:Id of that element. */
  readonly id: string | undefined;
  readonly identifier: string;
  readonly instance: string | undefined;
  readonly key: Buffer;
  /** Milliseconds since the epoch. */
  readonly created: number | undefined;
  readonly expires: number | undefined;
  /** DerivedKeyTokens that WCF makes once for a conversation: wsu:Id and nonce, to sign and to encrypt. */
  readonly constantKeys: readonly { readonly id: string; readonly nonce: Buffer }[];
}
