import { compareCodePoints } from './characters.js';
import { refuse, refuseLimit } from './refuse.js';
import type { Scanner } from './scanner.js';
import type { MutableTree, Node, NodeRecord, Tree } from './tree.js';
import {
  DEFAULT_PREFIX,
  NO_NAMESPACE,
  UNBOUND,
  XML_NAMESPACE_ID,
  XML_PREFIX,
  XMLNS_NAMESPACE_ID,
  XMLNS_PREFIX,
} from './vocabulary.js';

/** Attributes from which on a set finds repeated names faster than comparing each with each. */
const MANY = 12;

/**
 * Takes a namespace declaration of `node` into scope (Namespaces in XML 1.0 §3, §5).
 *
 * @throws GatewayError `xml.namespace`, `xml.duplicate-attribute`, `xml.limit`
 */
export function declare(scanner: Scanner, node: Node, prefix: number, namespace: number, at: number): void {
  const { tree, scope, declaredBy, limits } = scanner;
  if (scanner.tree.declared++ >= limits.namespaces) refuseLimit('namespaces', limits.namespaces, at);
  if (declaredBy[prefix] === node) refuse('xml.duplicate-attribute', 'a prefix is declared twice', at);
  const isXml = namespace === XML_NAMESPACE_ID;
  if (prefix === XMLNS_PREFIX || (prefix === XML_PREFIX) !== isXml || namespace === XMLNS_NAMESPACE_ID) {
    refuse('xml.namespace', 'a declaration of xml or xmlns', at);
  }
  if (namespace === NO_NAMESPACE && prefix !== DEFAULT_PREFIX) {
    refuse('xml.namespace', 'a prefix is bound to nothing', at);
  }
  declaredBy[prefix] = node;
  tree.declarationPrefix.push(prefix);
  tree.declarationNamespace.push(namespace);
  tree.declarationOuter.push(scope[prefix] ?? UNBOUND);
  while (scope.length < prefix) scope.push(UNBOUND);
  scope[prefix] = namespace;
}

/** Takes the declarations of an element that ends out of scope. */
export function leaveScope(scanner: Scanner, record: NodeRecord): void {
  const { tree, scope } = scanner;
  for (let i = record.declarationEnd - 1; i >= record.declarationFirst; i--) {
    scope[tree.declarationPrefix[i]!] = tree.declarationOuter[i]!;
  }
}

/**
 * Gives the attributes of an element their namespaces, when all its declarations are known.
 *
 * @returns whether they are in the order of Canonical XML §2.2
 * @throws GatewayError `xml.namespace`, `xml.duplicate-attribute`
 */
export function bindAttributes(scanner: Scanner, record: NodeRecord, at: number): boolean {
  const { tree, scope } = scanner;
  const { vocabulary } = tree;
  const { attributeFirst: first, attributeEnd: end } = record;
  let sorted = true;
  for (let i = first; i < end; i++) {
    const prefix = tree.attributeName[i]!.prefix;
    if (prefix !== DEFAULT_PREFIX) {
      const namespace = scope[prefix] ?? UNBOUND;
      if (namespace === UNBOUND) refuse('xml.namespace', 'the prefix of an attribute is not bound', at);
      tree.attributeNamespaceId[i] = namespace;
      tree.attributeNamespace[i] = vocabulary.namespaces[namespace]!;
    }
    if (i > first && compareAttributes(tree, i - 1, i) >= 0) sorted = false;
  }
  // Sorted without equals is also free of repetitions.
  if (!sorted) refuseRepeated(tree, first, end, at);
  return sorted;
}

/** Canonical order of two attributes: namespace name, then local name, by code point (Canonical XML §2.2). */
export function compareAttributes(tree: Tree, a: number, b: number): number {
  const aNamespace = tree.attributeNamespaceId[a]!;
  const bNamespace = tree.attributeNamespaceId[b]!;
  if (aNamespace === bNamespace) return compareCodePoints(tree.attributeLocal[a]!, tree.attributeLocal[b]!);
  if (aNamespace === NO_NAMESPACE) return -1;
  if (bNamespace === NO_NAMESPACE) return 1;
  const { namespaceRank } = tree.vocabulary;
  return namespaceRank[aNamespace]! - namespaceRank[bNamespace]!;
}

function refuseRepeated(tree: MutableTree, first: number, end: number, at: number): void {
  const seen = end - first > MANY ? new Set<string>() : undefined;
  for (let i = first; i < end; i++) {
    const repeated = seen === undefined ? isAmong(tree, first, i) : seen.size === seen.add(expanded(tree, i)).size;
    if (repeated) refuse('xml.duplicate-attribute', 'two attributes have one name', at);
  }
}

function isAmong(tree: MutableTree, first: number, attribute: number): boolean {
  const { attributeNamespaceId, attributeLocal } = tree;
  for (let i = first; i < attribute; i++) {
    if (
      attributeNamespaceId[i] === attributeNamespaceId[attribute] &&
      attributeLocal[i] === attributeLocal[attribute]
    ) {
      return true;
    }
  }
  return false;
}

function expanded(tree: MutableTree, attribute: number): string {
  return `${tree.attributeNamespaceId[attribute]} ${tree.attributeLocal[attribute]}`;
}
