import { decodeBase64 } from '../crypto/base64.js';
import { GatewayError } from '../errors.js';
import type { CanonicalOptions } from '../xml/canonical.js';
import { attribute, elements, isElement, localName, namespaceOf, textOnly } from '../xml/read.js';
import type { Node, Tree } from '../xml/tree.js';
import { DS, EXC_C14N } from './names.js';
import { readKeyInfo, type TokenReference } from './references.js';

/** One ds:Reference: a same-document Id, its canonicalization, and the digest that must come out. */
export interface SignatureReference {
  readonly id: string;
  readonly canonical: CanonicalOptions;
  readonly digestAlgorithm: string;
  /** In base64, of which there is one spelling. */
  readonly digest: string;
}

/** A ds:Signature as read; nothing in it is believed until `verify` has proven it. */
export interface SignatureElement {
  readonly node: Node;
  readonly id: string | undefined;
  readonly signedInfo: Node;
  readonly canonical: CanonicalOptions;
  readonly algorithm: string;
  readonly references: readonly SignatureReference[];
  readonly value: Buffer;
  readonly key: TokenReference;
}

const WHITE_SPACE = /[\t\n\r ]+/g;
const MAX_SIGNATURE = 1024;
const MAX_PREFIXES = 16;

/** Canonicalizations that a SignedInfo or a Reference may name (WSS 1.1 §8.1, BSP 1.1 R5404); comments are never signed. */
const CANONICALIZATIONS: ReadonlyMap<string, 'exclusive'> = new Map([[EXC_C14N, 'exclusive']]);

function one(tree: Tree, parent: Node, namespace: string, local: string): Node {
  const found = elements(tree, parent).filter((child) => isElement(tree, child, namespace, local));
  if (found.length !== 1) throw new GatewayError('wss.header', `${localName(tree, parent)} needs one ${local}`);
  return found[0] as Node;
}

function algorithmOf(tree: Tree, node: Node): string {
  return attribute(tree, node, '', 'Algorithm') ?? '';
}

/** The method of CanonicalizationMethod or Transform, with its PrefixList (Exclusive C14N §4). */
function canonicalization(tree: Tree, node: Node): CanonicalOptions {
  const algorithm = algorithmOf(tree, node);
  const method = CANONICALIZATIONS.get(algorithm);
  if (method === undefined) throw new GatewayError('wss.algorithm', 'an unsupported transform', { algorithm });
  const children = elements(tree, node);
  const list = children[0];
  if (list === undefined) return { method };
  if (children.length > 1 || !isElement(tree, list, EXC_C14N, 'InclusiveNamespaces')) {
    throw new GatewayError('wss.header', `an unexpected child of ${localName(tree, node)}`);
  }
  const prefixList = (attribute(tree, list, '', 'PrefixList') ?? '')
    .split(/[ \t\r\n]+/)
    .filter((prefix) => prefix !== '');
  if (prefixList.length > MAX_PREFIXES) throw new GatewayError('wss.limit', 'a PrefixList of too many prefixes');
  return { method, prefixList };
}

function readReference(tree: Tree, node: Node): SignatureReference {
  const uri = attribute(tree, node, '', 'URI');
  if (uri === undefined || !uri.startsWith('#') || uri.length < 2) {
    throw new GatewayError('wss.reference', 'a signature Reference must name an Id in this document', { uri });
  }
  const [transforms, method, value, stranger] = elements(tree, node);
  if (
    transforms === undefined ||
    method === undefined ||
    value === undefined ||
    stranger !== undefined ||
    !isElement(tree, transforms, DS, 'Transforms') ||
    !isElement(tree, method, DS, 'DigestMethod') ||
    !isElement(tree, value, DS, 'DigestValue')
  ) {
    throw new GatewayError('wss.header', 'a Reference needs Transforms, DigestMethod and DigestValue');
  }
  const [transform, second] = elements(tree, transforms);
  if (transform === undefined || second !== undefined || !isElement(tree, transform, DS, 'Transform')) {
    throw new GatewayError('wss.algorithm', 'a signature Reference needs one Transform');
  }
  return {
    id: uri.slice(1),
    canonical: canonicalization(tree, transform),
    digestAlgorithm: algorithmOf(tree, method),
    digest: textOnly(tree, value).replace(WHITE_SPACE, ''),
  };
}

/** What may stand in a ds:Signature: ds:Object would be a place to wrap in (security.md W2). */
const CHILDREN: ReadonlySet<string> = new Set(['SignedInfo', 'SignatureValue', 'KeyInfo']);
/** What stands in a SignedInfo beside its References. */
const METHODS: ReadonlySet<string> = new Set(['CanonicalizationMethod', 'SignatureMethod']);

/**
 * Reads a ds:Signature (XML Signature 1.1 §4), positive grammar only.
 *
 * @param maxReferences more than this many ds:Reference are refused unread
 * @throws GatewayError `wss.header`, `wss.algorithm` (HMACOutputLength included: security.md C2), `wss.reference`, `wss.limit`
 */
export function readSignature(tree: Tree, node: Node, maxReferences: number): SignatureElement {
  for (const child of elements(tree, node)) {
    if (namespaceOf(tree, child) !== DS || !CHILDREN.has(localName(tree, child))) {
      throw new GatewayError('wss.header', `an unexpected ${localName(tree, child)} in Signature`);
    }
  }
  const signedInfo = one(tree, node, DS, 'SignedInfo');
  const method = one(tree, signedInfo, DS, 'SignatureMethod');
  if (elements(tree, method).length > 0) {
    throw new GatewayError('wss.algorithm', 'a SignatureMethod with parameters, HMACOutputLength perhaps');
  }
  const references: SignatureReference[] = [];
  for (const child of elements(tree, signedInfo)) {
    if (isElement(tree, child, DS, 'Reference')) {
      if (references.length === maxReferences) throw new GatewayError('wss.limit', 'too many signature References');
      references.push(readReference(tree, child));
    } else if (!METHODS.has(localName(tree, child)) || namespaceOf(tree, child) !== DS) {
      throw new GatewayError('wss.header', `an unexpected ${localName(tree, child)} in SignedInfo`);
    }
  }
  if (references.length === 0) throw new GatewayError('wss.signature', 'a signature over nothing');
  return {
    node,
    id: attribute(tree, node, '', 'Id'),
    signedInfo,
    canonical: canonicalization(tree, one(tree, signedInfo, DS, 'CanonicalizationMethod')),
    algorithm: algorithmOf(tree, method),
    references,
    value: decodeBase64(textOnly(tree, one(tree, node, DS, 'SignatureValue')), MAX_SIGNATURE),
    key: readKeyInfo(tree, one(tree, node, DS, 'KeyInfo')),
  };
}
