import type { SecurityLimits } from '../config/types.js';
import { decrypt as decryptOctets } from '../crypto/cipher.js';
import type { Suite } from '../crypto/suites.js';
import { GatewayError } from '../errors.js';
import type { Envelope } from '../soap/envelope.js';
import { elements, isElement, isElementNode, namespaceOf, parentOf } from '../xml/read.js';
import { splice, type XmlLimits } from '../xml/scan.js';
import type { Node } from '../xml/tree.js';
import { type EncryptedDataElement, readEncryptedData } from './encrypted.js';
import { readHeaderChild, type SecurityHeader } from './header.js';
import { extendIds, type IdIndex } from './ids.js';
import type { Key, Keys } from './keys.js';
import { WSSE11, XENC } from './names.js';
import type { TokenReference } from './references.js';

/** Where an EncryptedData may stand: security.md W18 allows no other slot. */
type Place = 'security' | 'header' | 'body';

/** One EncryptedData that a ReferenceList names, where it stands, and the EncryptedKey whose list it was. */
interface Encrypted {
  readonly element: EncryptedDataElement;
  readonly place: Place;
  readonly key: Key;
}

export interface Decryption {
  readonly envelope: Envelope;
  readonly header: SecurityHeader;
  readonly index: IdIndex;
  readonly keys: Keys;
  readonly suites: readonly Suite[];
  readonly limits: { readonly security: SecurityLimits; readonly xml: XmlLimits };
}

/** How a part was encrypted; `source` is its EncryptedData. */
export interface EncryptedNode {
  readonly key: Key;
  /** How the message refers to the key. */
  readonly reference: TokenReference | undefined;
  readonly algorithm: string;
  readonly source: Node;
}

/** What was encrypted: the Body if its content was, and each element that came out. */
export type EncryptedNodes = Map<Node, EncryptedNode>;

function placeOf({ envelope, header }: Decryption, element: EncryptedDataElement): Place {
  const { tree } = envelope;
  const parent = parentOf(tree, element.node);
  if (parent === header.node && !element.content) return 'security';
  if (parent === envelope.body && element.content && elements(tree, parent).length === 1) return 'body';
  if (parent === envelope.header && !element.content) return 'header';
  const isWrapped =
    isElement(tree, parent, WSSE11, 'EncryptedHeader') &&
    parentOf(tree, parent) === envelope.header &&
    !element.content;
  if (isWrapped) return 'header';
  throw new GatewayError('wss.header', 'EncryptedData in a place that the policy does not encrypt', { id: element.id });
}

function requireSuite(suites: readonly Suite[], algorithm: string): void {
  if (!suites.some(({ accepts }) => accepts.ciphers.has(algorithm))) {
    throw new GatewayError('wss.algorithm', 'encryption is not of the suite', { algorithm });
  }
}

/**
 * Finds every EncryptedData that the message says it has: each in one ReferenceList once, none of the header's left over
 * (security.md W18). Keys are resolved only for algorithms of the policy.
 *
 * @throws GatewayError `wss.reference`, `wss.header`, `wss.algorithm`, `wss.limit`, `wss.key`
 */
export function listEncrypted(decryption: Decryption): Encrypted[] {
  const { envelope, header, index, keys, suites, limits } = decryption;
  const { tree } = envelope;
  const found = new Map<string, Encrypted>();
  const add = (id: string, implied: () => Key): void => {
    if (found.has(id)) throw new GatewayError('wss.reference', 'two ReferenceLists name one EncryptedData', { id });
    if (found.size >= limits.security.encryptedData) throw new GatewayError('wss.limit', 'too many EncryptedData');
    const node = index.nodes.get(id);
    if (node === undefined || !isElement(tree, node, XENC, 'EncryptedData')) {
      throw new GatewayError('wss.reference', 'a ReferenceList names no EncryptedData of this message', { id });
    }
    const element = header.encryptedData.find((known) => known.node === node) ?? readEncryptedData(tree, node);
    const place = placeOf(decryption, element);
    requireSuite(suites, element.algorithm);
    found.set(id, { element, place, key: element.key === undefined ? implied() : keys.resolve(element.key) });
  };
  for (const list of header.referenceLists) {
    for (const id of list) {
      add(id, () => {
        throw new GatewayError('wss.reference', 'EncryptedData that names no key', { id });
      });
    }
  }
  for (const encryptedKey of header.encryptedKeys) {
    for (const id of encryptedKey.references) {
      add(id, () => {
        const secret = keys.unwrap(encryptedKey);
        return { kind: 'symmetric', octets: secret.key, secret, derived: false };
      });
    }
  }
  const stray = header.encryptedData.find(({ id }) => !found.has(id));
  if (stray !== undefined) {
    throw new GatewayError('wss.reference', 'EncryptedData that no ReferenceList names', { id: stray.id });
  }
  return [...found.values()];
}

/**
 * Decrypts the EncryptedData of the places given and puts what comes out in its stead, read with the namespaces of the
 * place. All that can go wrong from here on is one failure (security.md C4): which of padding, encoding, XML or grammar
 * it was would be an oracle.
 *
 * @throws GatewayError `wss.decrypt`
 */
export function decryptEncrypted(
  decryption: Decryption,
  encrypted: readonly Encrypted[],
  places: readonly Place[],
  into: EncryptedNodes,
): void {
  for (const one of encrypted) {
    if (!places.includes(one.place)) continue;
    try {
      replace(decryption, one, into);
    } catch (error) {
      throw undecryptable(one, error);
    }
  }
}

function undecryptable({ element, place, key }: Encrypted, error: unknown): unknown {
  if (!(error instanceof GatewayError)) return error;
  const source = key.kind === 'symmetric' ? key.secret.kind : key.kind;
  return new GatewayError(
    'wss.decrypt',
    'an EncryptedData does not decrypt to what may stand in its place',
    {
      id: element.id,
      place,
      key: source,
      reason: error.code,
    },
    error,
  );
}

function replace(
  { envelope, header, index, limits }: Decryption,
  { element, place, key }: Encrypted,
  into: EncryptedNodes,
): void {
  const { tree } = envelope;
  if (key.kind !== 'symmetric') throw new GatewayError('wss.key', 'EncryptedData under a key that is not symmetric');
  const plaintext = decryptOctets(element.algorithm, key.octets, element.octets);
  // An EncryptedHeader goes with what it wraps: the header block stands in its place.
  const parent = parentOf(tree, element.node);
  const target = place === 'header' && parent !== envelope.header ? parent : element.node;
  const nodes = splice(tree, target, plaintext, limits.xml);
  extendIds(index);
  const from: EncryptedNode = {
    key,
    reference: element.key,
    algorithm: element.algorithm,
    source: element.node,
  };
  if (place === 'body') {
    into.set(envelope.body, from);
    return;
  }
  const [node] = nodes;
  if (node === undefined || nodes.length > 1 || !isElementNode(tree, node)) {
    throw new GatewayError('wss.header', 'an encrypted element that is not one element');
  }
  into.set(node, from);
  // What lists ciphertexts, or is one, would come too late: the message has said what it encrypted (security.md W18).
  if (namespaceOf(tree, node) === XENC) throw new GatewayError('wss.header', 'an encrypted element inside another');
  if (place === 'security') readHeaderChild(header, tree, node, limits.security);
}
