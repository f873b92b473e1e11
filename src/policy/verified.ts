import type { Binding } from '../config/types.js';
import type { Addressing } from '../soap/addressing.js';
import type { Envelope } from '../soap/envelope.js';
import type { SecurityHeader } from '../wss/header.js';
import type { SymmetricKey } from '../wss/keys.js';
import type { VerifiedSignature } from '../wss/verify.js';
import type { Node } from '../xml/tree.js';

declare const verified: unique symbol;

/**
 * A message that proved all that its policy demands: the only thing that is ever forwarded or obeyed. Made by
 * `requireParts` alone.
 */
export interface Verified<Policy extends Binding = Binding> {
  readonly [verified]: true;
  readonly envelope: Envelope;
  readonly header: SecurityHeader;
  readonly addressing: Addressing | undefined;
  /** The binding, or the bootstrap, that the message fulfilled. */
  readonly policy: Policy;
  /** The signature over the message; over transport the token's, and absent where TLS alone proves a password. */
  readonly primary: VerifiedSignature | undefined;
  /** Signatures by other keys over the primary one, or where there is none over the Timestamp. */
  readonly endorsing: readonly VerifiedSignature[];
  /** The key that encrypted the Body, if it was encrypted. */
  readonly encryptionKey: SymmetricKey | undefined;
  /** Whether a node is proven: signed itself, or within TLS. */
  covers(node: Node): boolean;
  /** Whether an element of the header came out of an EncryptedData. */
  isEncrypted(node: Node): boolean;
  /** Whether the signatures were encrypted. */
  readonly signatureEncrypted: boolean;
}

/** For `requireParts` alone. */
export function asVerified<Policy extends Binding>(fields: Omit<Verified<Policy>, typeof verified>): Verified<Policy> {
  return fields as Verified<Policy>;
}
