import type { X509Certificate } from 'node:crypto';
import type { Binding, SecurityLimits, ServiceCertificate } from '../config/types.js';
import type { Conversation } from '../conversation/cache.js';
import { digest, mac } from '../crypto/mac.js';
import { HMAC_SHA1, SHA1 } from '../crypto/uris.js';
import { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { type Envelope, refreshBlocks } from '../soap/envelope.js';
import { canonicalize } from '../xml/canonical.js';
import { root } from '../xml/read.js';
import type { XmlLimits } from '../xml/scan.js';
import { type Decryption, decryptEncrypted, type EncryptedNodes, listEncrypted } from './decrypt.js';
import type { SecurityHeader } from './header.js';
import type { IdIndex } from './ids.js';
import { createKeys } from './keys.js';
import { digestWork, type VerifiedSignature, verifyOne } from './verify.js';

export interface UnprotectOptions {
  readonly envelope: Envelope;
  readonly header: SecurityHeader;
  readonly index: IdIndex;
  /** Of the token that the message carries or names. */
  readonly conversation: Conversation | undefined;
  /** The token's Identifier as the message writes it. */
  readonly identifier: string | undefined;
  readonly certificates: readonly ServiceCertificate[];
  /** Certificates of clients that a message may refer to without sending them. */
  readonly known: readonly X509Certificate[];
  /** What the policy allows here: one for a conversation's messages, one or more for a request for a token. */
  readonly candidates: readonly Binding[];
  readonly limits: { readonly security: SecurityLimits; readonly xml: XmlLimits };
  readonly runtime: Runtime;
}

/** A message whose signatures hold and whose ciphertexts are open. Whether they cover what they must is the policy's question. */
export interface Unprotected {
  readonly envelope: Envelope;
  readonly header: SecurityHeader;
  readonly signatures: readonly VerifiedSignature[];
  readonly encrypted: EncryptedNodes;
  /** The candidates with the protection order that was proven. */
  readonly candidates: readonly Binding[];
}

type Order = Binding['protectionOrder'];

/**
 * A service may have bootstraps of both orders. Every client that encrypts first writes its ReferenceList after the
 * Signature, every other one before it (wire-facts §3.1a, §3.7, §3.8; the recordings): what is proven then is the order
 * that the policy of that bootstrap names.
 */
function protectionOrder({ candidates, header }: UnprotectOptions): Order {
  const [first, ...others] = candidates.map((candidate) => candidate.protectionOrder);
  if (first !== undefined && others.every((order) => order === first)) return first;
  const signature = header.signatures[0]?.node;
  const isEncryptedFirst = signature !== undefined && header.referenceListNodes.some((list) => list > signature);
  return isEncryptedFirst ? 'encrypt-before-sign' : 'sign-before-encrypt';
}

/** About the work that the proof would have been, so that a failed decryption is not the fastest answer (security.md C4). */
function proveInVain({ envelope }: UnprotectOptions): void {
  const octets = canonicalize(envelope.tree, root(envelope.tree), { method: 'exclusive' });
  mac(HMAC_SHA1, digest(SHA1, octets), octets);
}

/**
 * Opens and proves a message in the order that its policy names: what was signed before it was encrypted is decrypted
 * first; what was encrypted before it was signed is proven before any of it is decrypted.
 *
 * @throws GatewayError `wss.*`, `crypto.*`: one fault outside
 */
export function unprotect(options: UnprotectOptions): Unprotected {
  const { envelope, header, index } = options;
  const order = protectionOrder(options);
  const candidates = options.candidates.filter((candidate) => candidate.protectionOrder === order);
  if (candidates.length === 0) throw new GatewayError('wss.parts', 'no policy has this protection order', { order });
  const suites = candidates.map(({ suite }) => suite);
  const keys = createKeys({ ...options, suites });
  const decryption: Decryption = { envelope, header, index, keys, suites, limits: options.limits };
  const encrypted: EncryptedNodes = new Map();
  const listed = listEncrypted(decryption);
  const isEncryptedFirst = order === 'encrypt-before-sign';
  const verification = {
    tree: envelope.tree,
    index,
    keys,
    suites,
    received: isEncryptedFirst,
    work: digestWork(envelope.tree),
  };
  const verifyAll = (): VerifiedSignature[] => header.signatures.map((element) => verifyOne(verification, element));
  try {
    if (isEncryptedFirst) {
      decryptEncrypted(decryption, listed, ['security'], encrypted);
      const signatures = verifyAll();
      decryptEncrypted(decryption, listed, ['header', 'body'], encrypted);
      return { envelope: refreshBlocks(envelope), header, signatures, encrypted, candidates };
    }
    decryptEncrypted(decryption, listed, ['security', 'header', 'body'], encrypted);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'wss.decrypt') proveInVain(options);
    throw error;
  }
  return { envelope: refreshBlocks(envelope), header, signatures: verifyAll(), encrypted, candidates };
}
