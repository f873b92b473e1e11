import type { Party } from './party.js';
import type { Bootstrap, Shape } from './shape.js';
import type { Algorithms } from './suites.js';
import type { ContextToken } from './token.js';

/** What protects a message, as plain data. */
export interface Protection {
  readonly primary: { readonly kind: 'context'; readonly token: ContextToken } | { readonly kind: Bootstrap['kind'] };
  readonly derivedKeys: boolean;
  readonly protectionOrder: Shape['protectionOrder'];
  readonly encryptSignature: boolean;
  readonly encryptBody: boolean;
  readonly transport: boolean;
  readonly username: { readonly name: string; readonly password: string } | undefined;
  /** X.509 client; signs alone in an asymmetric bootstrap, endorses in the others. */
  readonly client: Party | undefined;
  readonly service: Party | undefined;
  /** wsu:Id of the UsernameToken or certificate, where the body refers to it (WSE 2's Base). */
  readonly tokenId: string | undefined;
  /** A context whose key endorses: Renew. */
  readonly endorsing: ContextToken | undefined;
  readonly algorithms: Algorithms;
}

/** What the answer may refer to. */
export interface ProtectionFacts {
  /** Secret of the EncryptedKey, and the hash that EncryptedKeySHA1 names it by. */
  readonly secret: Buffer | undefined;
  readonly encryptedKeySha1: string | undefined;
  /** Values of the signatures that were written, primary first. */
  readonly signatures: readonly string[];
}
