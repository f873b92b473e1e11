import type { X509Certificate } from 'node:crypto';
import type { ServiceCertificate } from '../config/types.js';
import type { Conversation } from '../conversation/cache.js';
import { deriveKey } from '../crypto/psha1.js';
import type { Suite } from '../crypto/suites.js';
import type { Runtime } from '../runtime.js';
import { WSE2_LABEL } from './elements.js';
import { type VersionNames, versionNames } from './names.js';
import type { TokenReference } from './references.js';

/** What secures an answer: the keys of the request, referred to as its client can resolve. */
export type AnswerKey =
  | {
      readonly kind: 'context';
      readonly conversation: Conversation;
      /** The token's Identifier as the client knows it. */
      readonly identifier: string;
      readonly derived: boolean;
      /** The token stands in the answer, without its cookie (see `attachesToken`). */
      readonly attached: boolean;
    }
  | {
      readonly kind: 'encrypted-key';
      readonly key: Buffer;
      /** SHA-1 of the request's CipherValue: the answer refers to the request's EncryptedKey by it. */
      readonly digest: Buffer;
      readonly derived: boolean;
    }
  | {
      readonly kind: 'certificate';
      readonly client: X509Certificate;
      readonly service: ServiceCertificate;
      /** How the client referred to our certificate; ours to both is of the same kind. */
      readonly naming: TokenReference['kind'];
    }
  | { readonly kind: 'transport' };

export interface DerivedKey {
  /** In base64, as it is written. */
  readonly nonce: string;
  readonly key: Buffer;
}

export interface DerivedKeys {
  readonly signing: DerivedKey;
  readonly encrypting: DerivedKey;
}

/** WCF's and WSS4J's length. */
const NONCE_LENGTH = 16;

function deriveBoth(
  secret: Buffer,
  suite: Suite,
  derivation: VersionNames['derivation'],
  runtime: Runtime,
): DerivedKeys {
  const label = derivation === 'generation' ? { label: WSE2_LABEL } : {};
  const make = (length: number): DerivedKey => {
    const nonce = runtime.randomBytes(NONCE_LENGTH);
    return { nonce: nonce.toString('base64'), key: deriveKey(secret, { ...label, nonce, offset: 0, length }) };
  };
  return { signing: make(suite.signatureKeyLength), encrypting: make(suite.encryptionKeyLength) };
}

/** The derived keys of answers. */
export interface AnswerKeys {
  /** Two for all answers of a conversation from this node, as WCF does for a session: each ciphertext has its own IV. */
  ofConversation(conversation: Conversation, suite: Suite): DerivedKeys;
  /** Two fresh ones. */
  of(secret: Buffer, suite: Suite, names: VersionNames): DerivedKeys;
}

export function createAnswerKeys(runtime: Runtime): AnswerKeys {
  const remembered = new WeakMap<Conversation, DerivedKeys>();
  return {
    of: (secret, suite, { derivation }) => deriveBoth(secret, suite, derivation, runtime),
    ofConversation: (conversation, suite) => {
      // A service has one suite, and a conversation one service.
      const { key, version } = conversation.context;
      const keys = remembered.get(conversation) ?? deriveBoth(key, suite, versionNames(version).derivation, runtime);
      remembered.set(conversation, keys);
      return keys;
    },
  };
}
