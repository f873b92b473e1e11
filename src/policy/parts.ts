import type { Binding, QName } from '../config/types.js';
import { GatewayError } from '../errors.js';
import type { Addressing } from '../soap/addressing.js';
import type { Envelope } from '../soap/envelope.js';
import type { EncryptedNodes } from '../wss/decrypt.js';
import type { Secret, SymmetricKey } from '../wss/keys.js';
import type { Unprotected } from '../wss/unprotect.js';
import type { VerifiedSignature } from '../wss/verify.js';
import { isElement } from '../xml/read.js';
import type { Node } from '../xml/tree.js';
import { requirePlaces } from './places.js';
import { asVerified, type Verified } from './verified.js';

/** What proves a message of this kind, by the source of the key that signs. */
export type Proof = 'context' | 'encrypted-key' | 'certificate' | 'transport';

export interface Requirement<Policy extends Binding> {
  readonly policy: Policy;
  readonly proof: Proof;
  /**
   * The message ends its conversation: Metro and WCF sign a Cancel without encrypting it, and Metro signs it with the
   * token's own key, whatever the policy says (wire-facts §3.1c, §3.7).
   */
  readonly isCancel?: boolean;
}

function missing(what: string, details: Record<string, unknown> = {}): GatewayError {
  return new GatewayError('wss.parts', what, details);
}

function sourceOf({ key }: VerifiedSignature): Proof {
  return key.kind === 'symmetric' ? key.secret.kind : 'certificate';
}

/** A renewal over X.509 has two: by the certificate and by the token that is renewed. */
const MAX_ENDORSING = 2;

/**
 * The one primary signature and the endorsing ones, told apart by their keys and by what they cover (security.md W10):
 * every signature of the message must be one or the other.
 */
function roles(
  { signatures, header }: Unprotected,
  proof: Proof,
): [VerifiedSignature | undefined, VerifiedSignature[]] {
  const own = proof === 'transport' ? [] : signatures.filter((signature) => sourceOf(signature) === proof);
  const [primary, second] = own;
  if (second !== undefined && proof !== 'certificate') throw missing('two primary signatures');
  const endorsing = signatures.filter((signature) => signature !== primary);
  if (endorsing.length > MAX_ENDORSING) throw missing('too many endorsing signatures');
  const target = primary?.element.node ?? header.timestamp?.node;
  if (endorsing.some(({ nodes }) => target === undefined || !nodes.has(target))) {
    throw missing('a second signature that does not endorse the first');
  }
  return [primary, endorsing];
}

/** With several candidates a message was opened under all their suites together; now it is held to the one it fulfils. */
function requireSuite({ signatures, encrypted, header }: Unprotected, { suite }: Binding): void {
  const { accepts } = suite;
  for (const { element, key } of signatures) {
    const algorithms = key.kind === 'symmetric' ? accepts.macs : accepts.signatures;
    if (
      !algorithms.has(element.algorithm) ||
      element.references.some(({ digestAlgorithm }) => !accepts.digests.has(digestAlgorithm))
    ) {
      throw new GatewayError('wss.algorithm', 'a signature is not of the suite', { algorithm: element.algorithm });
    }
  }
  for (const { algorithm } of encrypted.values()) {
    if (!accepts.ciphers.has(algorithm))
      throw new GatewayError('wss.algorithm', 'encryption is not of the suite', { algorithm });
  }
  for (const { algorithm } of header.encryptedKeys) {
    if (!accepts.keyTransports.has(algorithm))
      throw new GatewayError('wss.algorithm', 'key transport is not of the suite', { algorithm });
  }
}

function sameSecret(a: Secret, b: Secret): boolean {
  if (a.kind === 'context') return b.kind === 'context' && a.conversation.context === b.conversation.context;
  return b.kind === 'encrypted-key' && a.element.node === b.element.node;
}

function encryptionKeyOf(encrypted: EncryptedNodes, node: Node): SymmetricKey | undefined {
  const key = encrypted.get(node)?.key;
  return key?.kind === 'symmetric' ? key : undefined;
}

/** Each decrypted part was encrypted under the secret that signs, and derived where the policy says so. */
function requireKeys(
  { encrypted }: Unprotected,
  primary: VerifiedSignature | undefined,
  { policy, isCancel }: Requirement<Binding>,
): void {
  const signing = primary?.key;
  const derives = policy.derivedKeys && isCancel !== true;
  if (derives && signing?.kind === 'symmetric' && !signing.derived) throw missing('the signing key is not derived');
  for (const { key } of encrypted.values()) {
    if (key.kind !== 'symmetric') throw missing('a part is encrypted under a key that is not symmetric');
    if (signing?.kind !== 'symmetric') continue;
    if (!sameSecret(key.secret, signing.secret)) throw missing('a part is encrypted under another token than signs');
    if (derives && !key.derived) throw missing('an encryption key is not derived');
  }
}

function matches(envelope: Envelope, node: Node, names: readonly QName[]): boolean {
  return names.some(({ namespace, local }) => isElement(envelope.tree, node, namespace, local));
}

function requireSignedHeaders(
  envelope: Envelope,
  addressing: Addressing | undefined,
  { signedParts }: Binding,
  covers: (node: Node) => boolean,
): void {
  const { headers } = signedParts;
  if (headers === 'none') return;
  const nodes =
    headers === 'addressing'
      ? [...(addressing?.nodes.values() ?? [])]
      : envelope.blocks.filter((block) => matches(envelope, block, headers));
  for (const node of nodes) {
    if (!covers(node)) throw missing('a header block that must be signed is not', { node });
  }
  // What the upstream is told to do must be proven; without a signed Action only the SOAPAction would say it (W21).
  if (headers === 'addressing' && addressing?.action === undefined) throw missing('no signed Action');
}

function requireEncrypted({ envelope, encrypted }: Unprotected, { policy, isCancel }: Requirement<Binding>): void {
  const { encryptedParts } = policy;
  if (encryptedParts.body && isCancel !== true && !encrypted.has(envelope.body))
    throw missing('the Body is not encrypted');
  for (const block of envelope.blocks) {
    if (matches(envelope, block, encryptedParts.headers) && !encrypted.has(block)) {
      throw missing('a header block that must be encrypted is not');
    }
  }
}

/**
 * Holds an opened message to its policy: each required part is that node in that place, signed by the key that proves
 * the message (security.md W1, W3, W8, W9), encrypted where the policy says so, under algorithms of its suite.
 *
 * @param addressing read from the envelope as decrypted
 * @throws GatewayError `wss.parts`, `wss.timestamp` for a message without one, `wss.algorithm`
 */
export function requireParts<Policy extends Binding>(
  unprotected: Unprotected,
  addressing: Addressing | undefined,
  requirement: Requirement<Policy>,
): Verified<Policy> {
  const { envelope, header, encrypted } = unprotected;
  const { policy, proof } = requirement;
  const isTransport = policy.kind === 'transport';
  requirePlaces(unprotected);
  const [primary, endorsing] = roles(unprotected, proof);
  if (primary === undefined && proof !== 'transport')
    throw missing('no signature by the key that must prove the message', { proof });
  if (header.timestamp === undefined) throw new GatewayError('wss.timestamp', 'a message without a Timestamp');
  const signs = (node: Node): boolean => {
    // An element is as proven as the EncryptedData that it was; the Body is more than the EncryptedData in it.
    const source = node === envelope.body ? undefined : encrypted.get(node)?.source;
    return primary !== undefined && (primary.nodes.has(node) || (source !== undefined && primary.nodes.has(source)));
  };
  if (primary !== undefined && !signs(header.timestamp.node)) throw missing('the Timestamp is not signed');
  if (!isTransport) {
    if (!signs(envelope.body)) throw missing('the Body is not signed');
    requireEncrypted(unprotected, requirement);
  }
  requireSignedHeaders(envelope, addressing, policy, signs);
  requireKeys(unprotected, primary, requirement);
  requireSuite(unprotected, policy);
  const signatureNodes = unprotected.signatures.map(({ element }) => element.node);
  const signatureEncrypted = signatureNodes.length > 0 && signatureNodes.every((node) => encrypted.has(node));
  if (policy.encryptSignature && !isTransport && !signatureEncrypted && requirement.isCancel !== true) {
    throw missing('the signature is not encrypted');
  }
  return asVerified({
    envelope,
    header,
    addressing,
    policy,
    primary,
    endorsing,
    encryptionKey: encryptionKeyOf(encrypted, envelope.body),
    covers: isTransport ? () => true : signs,
    isEncrypted: (node) => encrypted.has(node),
    signatureEncrypted,
  });
}
