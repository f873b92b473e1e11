import { digestText, verifyMac } from '../crypto/mac.js';
import { verifySignature } from '../crypto/signature.js';
import type { Suite } from '../crypto/suites.js';
import { GatewayError } from '../errors.js';
import { canonicalize } from '../xml/canonical.js';
import type { Node, Tree } from '../xml/tree.js';
import type { IdIndex } from './ids.js';
import type { Key, Keys } from './keys.js';
import type { SignatureElement } from './signature.js';

/** A signature that holds: its key, and exactly the nodes that its digests cover. */
export interface VerifiedSignature {
  readonly element: SignatureElement;
  readonly key: Key;
  readonly nodes: ReadonlySet<Node>;
}

export interface Verification {
  readonly tree: Tree;
  readonly index: IdIndex;
  readonly keys: Keys;
  readonly suites: readonly Suite[];
  /** The digests are of the tree as it was received: what was encrypted before it was signed (WS-SecurityPolicy §6.3). */
  readonly received: boolean;
  readonly work: DigestWork;
}

/** UTF-16 code units that may still be canonicalized for the digests of one message (security.md P7). */
export interface DigestWork {
  left: number;
}

/** A part may be covered by an endorsing signature too, and a canonical form is longer than what was written. */
const MAX_TIMES = 4;
/** For the namespaces that small parts gain. */
const MIN_WORK = 262_144;

/** The work that a message of this tree may cost. */
export function digestWork({ sources }: Tree): DigestWork {
  return { left: MIN_WORK + MAX_TIMES * sources.reduce((sum, source) => sum + source.length, 0) };
}

/**
 * Proves one signature: its value over SignedInfo first, so that no digest is worked out for a stranger, then each
 * reference. A reference is what its Id names in the one index, canonicalized as its transform says.
 *
 * @throws GatewayError `wss.algorithm`, `wss.key`, `wss.reference`, `wss.signature`, `wss.digest` (details: which reference),
 *   `wss.limit`
 */
export function verifyOne(verification: Verification, element: SignatureElement): VerifiedSignature {
  const { tree, index, keys, suites, received, work } = verification;
  requireAlgorithms(suites, element);
  const key = keys.resolve(element.key);
  requireKind(suites, element, key);
  const signedInfo = canonicalize(tree, element.signedInfo, element.canonical);
  const holds =
    key.kind === 'symmetric'
      ? verifyMac(element.algorithm, key.octets, signedInfo, element.value)
      : verifySignature(element.algorithm, key.key, signedInfo, element.value);
  if (!holds) throw new GatewayError('wss.signature', 'the signature does not hold', { algorithm: element.algorithm });
  const nodes = new Set<Node>();
  for (const [position, reference] of element.references.entries()) {
    const node = index.nodes.get(reference.id);
    if (node === undefined) {
      throw new GatewayError('wss.reference', 'a signature covers an Id that is not here', {
        id: reference.id,
        position,
      });
    }
    const octets = canonicalize(tree, node, received ? { ...reference.canonical, received } : reference.canonical);
    work.left -= octets.length;
    if (work.left < 0)
      throw new GatewayError('wss.limit', 'the digests cover the message too many times', { position });
    // "Void canonicalization": the digest of nothing proves nothing (security.md W15).
    if (octets === '' || digestText(reference.digestAlgorithm, octets) !== reference.digest) {
      throw new GatewayError('wss.digest', 'a digest does not match', { id: reference.id, position });
    }
    nodes.add(node);
  }
  return { element, key, nodes };
}

/** Every algorithm is the policy's, before a key is touched. */
function requireAlgorithms(suites: readonly Suite[], { algorithm, references }: SignatureElement): void {
  const isAccepted = suites.some(({ accepts }) => accepts.macs.has(algorithm) || accepts.signatures.has(algorithm));
  if (!isAccepted) throw new GatewayError('wss.algorithm', 'signature is not of the suite', { algorithm });
  for (const { digestAlgorithm } of references) {
    if (!suites.some(({ accepts }) => accepts.digests.has(digestAlgorithm))) {
      throw new GatewayError('wss.algorithm', 'digest is not of the suite', { algorithm: digestAlgorithm });
    }
  }
}

/** The key's kind is held against the algorithm, and never chosen by it (security.md C1). */
function requireKind(suites: readonly Suite[], { algorithm }: SignatureElement, key: Key): void {
  const fits = suites.some(({ accepts }) =>
    (key.kind === 'symmetric' ? accepts.macs : accepts.signatures).has(algorithm),
  );
  if (!fits)
    throw new GatewayError('wss.algorithm', 'the signature is not of the kind of its key', {
      algorithm,
      key: key.kind,
    });
}
