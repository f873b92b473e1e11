import { scanContent } from './content.js';
import { decodeUtf8 } from './encoding.js';
import type { XmlLimits } from './limits.js';
import { refuse } from './refuse.js';
import { createScanner, initialScope } from './scanner.js';
import { type MutableTree, NONE, type Node, REPLACED, type Tree } from './tree.js';
import { UNBOUND } from './vocabulary.js';

/**
 * Replaces an element by what decryption gave (XML Encryption 1.1 §4.4), read with the namespaces in scope where the
 * element stood and counted against the limits of the whole document. A splice that throws leaves the tree as it was.
 *
 * @param octets UTF-8: mixed content, possibly empty; the caller judges what it may be
 * @returns the top-level nodes now in its place
 * @throws GatewayError `xml.*` with `offset` into the text of the octets; `xml.unexpected` for the root element, and for
 *   an element that is itself gone
 */
export function splice(tree: Tree, place: Node, octets: Buffer, limits: XmlLimits): readonly Node[] {
  const edited = tree as MutableTree;
  const outer = tree.parent[place]!;
  if (outer === NONE) refuse('xml.unexpected', 'the root element cannot be replaced', 0);
  const text = decodeUtf8(octets);
  const begin = tree.flags.length;
  const before = lengths(edited);
  const scanner = createScanner(edited, text, limits, outer, depthOf(tree, place), scopeAt(tree, outer));
  try {
    scanContent(scanner, 0);
  } catch (error) {
    restore(edited, before);
    throw error;
  }
  keepReceived(edited, begin);
  const nodes: Node[] = [];
  for (let node = scanner.top; node !== NONE; node = tree.next[node]!) nodes.push(node);
  relink(edited, place, nodes);
  return nodes;
}

/** Elements that are open where `place` stands; every one of them must still be part of the document. */
function depthOf(tree: Tree, place: Node): number {
  let depth = -1;
  for (let node = place; node !== NONE; node = tree.parent[node]!) {
    if ((tree.flags[node]! & REPLACED) !== 0) refuse('xml.unexpected', 'the element is no longer in the document', 0);
    depth++;
  }
  return depth;
}

/** Namespace number by prefix number in scope inside of `node`. */
function scopeAt(tree: Tree, node: Node): number[] {
  const scope = tree.vocabulary.prefixes.map(() => UNBOUND);
  for (let element = node; element !== NONE; element = tree.parent[element]!) {
    for (let i = tree.declarationFirst[element]!; i < tree.declarationEnd[element]!; i++) {
      const prefix = tree.declarationPrefix[i]!;
      if (scope[prefix] === UNBOUND) scope[prefix] = tree.declarationNamespace[i]!;
    }
  }
  initialScope().forEach((namespace, prefix) => {
    if (scope[prefix] === UNBOUND) scope[prefix] = namespace;
  });
  return scope;
}

/** The new nodes are linked alike in both views; the view as received gets columns of its own with the first splice. */
function keepReceived(tree: MutableTree, begin: number): void {
  if (tree.receivedFirst === tree.first) {
    tree.receivedFirst = tree.first.slice();
    tree.receivedNext = tree.next.slice();
    return;
  }
  for (let node = begin; node < tree.flags.length; node++) {
    tree.receivedFirst[node] = tree.first[node]!;
    tree.receivedNext[node] = tree.next[node]!;
  }
}

function relink(tree: MutableTree, place: Node, nodes: readonly Node[]): void {
  const outer = tree.parent[place]!;
  const after = tree.next[place]!;
  const start = nodes[0] ?? after;
  const last = nodes.at(-1);
  if (last !== undefined) tree.next[last] = after;
  if (tree.first[outer] === place) {
    tree.first[outer] = start;
  } else {
    let previous = tree.first[outer]!;
    while (tree.next[previous] !== place) previous = tree.next[previous]!;
    tree.next[previous] = start;
  }
  tree.flags[place]! |= REPLACED;
}

type Column = { [K in keyof MutableTree]: MutableTree[K] extends unknown[] ? K : never }[keyof MutableTree];

function columns(tree: MutableTree): Column[] {
  return (Object.keys(tree) as (keyof MutableTree)[]).filter((key): key is Column => Array.isArray(tree[key]));
}

interface Lengths {
  readonly columns: readonly (readonly [Column, number])[];
  readonly attributeCount: number;
  readonly markup: number;
  readonly declared: number;
}

function lengths(tree: MutableTree): Lengths {
  const { attributeCount, markup, declared } = tree;
  return { columns: columns(tree).map((key) => [key, tree[key].length] as const), attributeCount, markup, declared };
}

function restore(tree: MutableTree, before: Lengths): void {
  const { attributeCount, markup, declared } = before;
  for (const [key, length] of before.columns) tree[key].length = length;
  Object.assign(tree, { attributeCount, markup, declared });
}
