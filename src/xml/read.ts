import { refuse } from './refuse.js';
import { ELEMENT, KIND, NONE, type Node, TEXT, type Tree } from './tree.js';
import { nodeValue } from './value.js';
import { DEFAULT_PREFIX, NO_NAMESPACE, prefixId, XML_NAMESPACE, XML_PREFIX } from './vocabulary.js';

/** The root element. */
export function root(tree: Tree): Node {
  return tree.root;
}

/** The element that a node stands in; NONE for the root element. */
export function parentOf(tree: Tree, node: Node): Node {
  return tree.parent[node]!;
}

export function isElementNode(tree: Tree, node: Node): boolean {
  return (tree.flags[node]! & KIND) === ELEMENT;
}

/** Whether a node is text; a CDATA section is text. */
export function isTextNode(tree: Tree, node: Node): boolean {
  return (tree.flags[node]! & KIND) === TEXT;
}

/** Local name of an element, '' of anything else. */
export function localName(tree: Tree, node: Node): string {
  return tree.vocabulary.localOf[tree.name[node]!]!;
}

/** Namespace name of an element; '' for none. */
export function namespaceOf(tree: Tree, node: Node): string {
  return tree.vocabulary.namespaces[tree.namespace[node]!]!;
}

export function isElement(tree: Tree, node: Node, namespace: string, local: string): boolean {
  return isElementNode(tree, node) && localName(tree, node) === local && namespaceOf(tree, node) === namespace;
}

/** The nodes that an element holds: elements, text (one node for each run and each CDATA section), comments. */
export function content(tree: Tree, node: Node): Node[] {
  const nodes: Node[] = [];
  for (let child = tree.first[node]!; child !== NONE; child = tree.next[child]!) nodes.push(child);
  return nodes;
}

/** The elements that an element holds. */
export function elements(tree: Tree, node: Node): Node[] {
  const nodes: Node[] = [];
  for (let child = tree.first[node]!; child !== NONE; child = tree.next[child]!) {
    if (isElementNode(tree, child)) nodes.push(child);
  }
  return nodes;
}

/** Value of a text node; of an element, all the text in it, without comments. */
export function text(tree: Tree, node: Node): string {
  if (!isElementNode(tree, node)) return isTextNode(tree, node) ? nodeValue(tree, node) : '';
  let value = '';
  let at = tree.first[node]!;
  if (at === NONE) return value;
  for (;;) {
    if (isTextNode(tree, at)) value += nodeValue(tree, at);
    if (tree.first[at] !== NONE) {
      at = tree.first[at]!;
      continue;
    }
    while (tree.next[at] === NONE) {
      at = tree.parent[at]!;
      if (at === node) return value;
    }
    at = tree.next[at]!;
  }
}

/**
 * Text of an element that holds text alone.
 *
 * @throws GatewayError `xml.unexpected` for an element or a comment in it: readers that stop at a comment would see
 *   another value than was signed (security.md W17)
 */
export function textOnly(tree: Tree, node: Node): string {
  let value = '';
  for (let child = tree.first[node]!; child !== NONE; child = tree.next[child]!) {
    if (!isTextNode(tree, child)) {
      refuse('xml.unexpected', `${localName(tree, node)} holds more than text`, tree.start[child]!);
    }
    value += nodeValue(tree, child);
  }
  return value;
}

/** Value of an attribute, normalized as XML 1.0 §3.3.3 says of type CDATA; undefined where the element has none. */
export function attribute(tree: Tree, node: Node, namespace: string, local: string): string | undefined {
  const end = tree.attributeEnd[node]!;
  for (let i = tree.attributeFirst[node]!; i < end; i++) {
    if (tree.attributeLocal[i] === local && tree.attributeNamespace[i] === namespace) return tree.attributeValue[i];
  }
  return undefined;
}

/**
 * Namespace name in scope at `node` for a prefix; '' is the prefix of the default namespace, which is '' where none is
 * declared. Undefined for a prefix that is not bound.
 */
export function namespaceForPrefix(tree: Tree, node: Node, prefix: string): string | undefined {
  const id = prefixId(tree.vocabulary, prefix);
  if (id === XML_PREFIX) return XML_NAMESPACE;
  for (let at = node; at !== NONE; at = tree.parent[at]!) {
    for (let i = tree.declarationFirst[at]!; i < tree.declarationEnd[at]!; i++) {
      if (tree.declarationPrefix[i] === id) return tree.vocabulary.namespaces[tree.declarationNamespace[i]!];
    }
  }
  return id === DEFAULT_PREFIX ? tree.vocabulary.namespaces[NO_NAMESPACE] : undefined;
}
