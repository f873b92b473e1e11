import { scanContent } from './content.js';
import { decodeUtf8 } from './encoding.js';
import type { XmlLimits } from './limits.js';
import { refuse } from './refuse.js';
import { createScanner, initialScope } from './scanner.js';
import { type MutableTree, NONE, type Node, REPLACED, type Tree } from './tree.js';
import { forgetPlaces, UNBOUND } from './vocabulary.js';

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
  const outer = tree.nodes[place]!.parent;
  if (outer === NONE) refuse('xml.unexpected', 'the root element cannot be replaced', 0);
  const decoded = decodeUtf8(octets);
  const before = lengths(edited);
  forgetPlaces(tree.vocabulary);
  const scanner = createScanner(edited, decoded, limits, outer, depthOf(tree, place), scopeAt(tree, outer));
  try {
    scanContent(scanner, 0);
  } catch (error) {
    restore(edited, before);
    throw error;
  }
  const nodes: Node[] = [];
  for (let node = scanner.top; node !== NONE; node = tree.nodes[node]!.next) nodes.push(node);
  relink(edited, place, nodes);
  return nodes;
}

/** Elements that are open where `place` stands; every one of them must still be part of the document. */
function depthOf(tree: Tree, place: Node): number {
  let depth = -1;
  for (let node = place; node !== NONE; node = tree.nodes[node]!.parent) {
    if ((tree.nodes[node]!.flags & REPLACED) !== 0)
      refuse('xml.unexpected', 'the element is no longer in the document', 0);
    depth++;
  }
  return depth;
}

/** Namespace number by prefix number in scope inside of `node`. */
function scopeAt(tree: Tree, node: Node): number[] {
  const scope = tree.vocabulary.prefixes.map(() => UNBOUND);
  for (let element = tree.nodes[node]; element !== undefined; element = tree.nodes[element.parent]) {
    for (let i = element.declarationFirst; i < element.declarationEnd; i++) {
      const prefix = tree.declarationPrefix[i]!;
      if (scope[prefix] === UNBOUND) scope[prefix] = tree.declarationNamespace[i]!;
    }
  }
  initialScope().forEach((namespace, prefix) => {
    if (scope[prefix] === UNBOUND) scope[prefix] = namespace;
  });
  return scope;
}

function relink(tree: MutableTree, place: Node, added: readonly Node[]): void {
  const { nodes } = tree;
  const record = nodes[place]!;
  const outer = nodes[record.parent]!;
  const start = added[0] ?? record.next;
  const last = added.at(-1);
  if (last !== undefined) nodes[last]!.next = record.next;
  if (outer.first === place) {
    outer.first = start;
  } else {
    let previous = nodes[outer.first]!;
    while (previous.next !== place) previous = nodes[previous.next]!;
    previous.next = start;
  }
  record.flags |= REPLACED;
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
