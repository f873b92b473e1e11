import { refuse } from './refuse.js';
import { ELEMENT, KIND, NONE, type Node, TEXT, type Tree } from './tree.js';
import { nodeValue } from './value.js';
import { DEFAULT_PREFIX, XML_NAMESPACE, XML_PREFIX } from './vocabulary.js';

/** The root element. */
export function root(tree: Tree): Node {
  return tree.root;
}

/** The element that a node stands in; NONE for the root element. */
export function parentOf(tree: Tree, node: Node): Node {
  return tree.nodes[node]!.parent;
}

export function isElementNode(tree: Tree, node: Node): boolean {
  return (tree.nodes[node]!.flags & KIND) === ELEMENT;
}

/** Whether a node is text; a CDATA section is text. */
export function isTextNode(tree: Tree, node: Node): boolean {
  return (tree.nodes[node]!.flags & KIND) === TEXT;
}

/** Local name of an element, '' of anything else. */
export function localName(tree: Tree, node: Node): string {
  return tree.nodes[node]!.name.local;
}

/** Namespace name of an element; '' for none. */
export function namespaceOf(tree: Tree, node: Node): string {
  return tree.vocabulary.namespaces[tree.nodes[node]!.namespace]!;
}

export function isElement(tree: Tree, node: Node, namespace: string, local: string): boolean {
  return isElementNode(tree, node) && localName(tree, node) === local && namespaceOf(tree, node) === namespace;
}

/** The nodes that an element holds: elements, text (one node for each run and each CDATA section), comments. */
export function content(tree: Tree, node: Node): Node[] {
  const nodes: Node[] = [];
  for (let child = tree.nodes[node]!.first; child !== NONE; child = tree.nodes[child]!.next) nodes.push(child);
  return nodes;
}

/** The elements that an element holds. */
export function elements(tree: Tree, node: Node): Node[] {
  const nodes: Node[] = [];
  for (let child = tree.nodes[node]!.first; child !== NONE; child = tree.nodes[child]!.next) {
    if (isElementNode(tree, child)) nodes.push(child);
  }
  return nodes;
}

/** Value of a text node; of an element, all the text in it, without comments. */
export function text(tree: Tree, node: Node): string {
  if (!isElementNode(tree, node)) return isTextNode(tree, node) ? nodeValue(tree, node) : '';
  const { nodes } = tree;
  let value = '';
  let at = nodes[node]!.first;
  while (at !== NONE && at !== node) {
    if (isTextNode(tree, at)) value += nodeValue(tree, at);
    const { first } = nodes[at]!;
    if (first !== NONE) {
      at = first;
      continue;
    }
    while (at !== node && nodes[at]!.next === NONE) at = nodes[at]!.parent;
    if (at !== node) at = nodes[at]!.next;
  }
  return value;
}

/**
 * Text of an element that holds text alone.
 *
 * @throws GatewayError `xml.unexpected` for an element or a comment in it: readers that stop at a comment would see
 *   another value than was signed (security.md W17)
 */
export function textOnly(tree: Tree, node: Node): string {
  let value = '';
  for (let child = tree.nodes[node]!.first; child !== NONE; child = tree.nodes[child]!.next) {
    if (!isTextNode(tree, child)) {
      refuse('xml.unexpected', `${localName(tree, node)} holds more than text`, tree.nodes[child]!.start);
    }
    value += nodeValue(tree, child);
  }
  return value;
}

/** Value of an attribute, normalized as XML 1.0 §3.3.3 says of type CDATA; undefined where the element has none. */
export function attribute(tree: Tree, node: Node, namespace: string, local: string): string | undefined {
  const { attributeFirst, attributeEnd } = tree.nodes[node]!;
  for (let i = attributeFirst; i < attributeEnd; i++) {
    if (tree.attributeLocal[i] === local && tree.attributeNamespace[i] === namespace) return tree.attributeValue[i];
  }
  return undefined;
}

/**
 * Namespace name in scope at `node` for a prefix; '' is the prefix of the default namespace, which is '' where none is
 * declared. Undefined for a prefix that is not bound.
 */
export function namespaceForPrefix(tree: Tree, node: Node, prefix: string): string | undefined {
  const id = tree.vocabulary.prefixIds.get(prefix);
  if (id === XML_PREFIX) return XML_NAMESPACE;
  for (let at = tree.nodes[node]; at !== undefined; at = tree.nodes[at.parent]) {
    for (let i = at.declarationFirst; i < at.declarationEnd; i++) {
      if (tree.declarationPrefix[i] === id) return tree.vocabulary.namespaces[tree.declarationNamespace[i]!];
    }
  }
  return id === DEFAULT_PREFIX ? '' : undefined;
}
