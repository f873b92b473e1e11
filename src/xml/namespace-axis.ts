import { compareCodePoints } from './characters.js';
import { NONE, type Node, type Tree } from './tree.js';
import { DEFAULT_PREFIX, NO_NAMESPACE, UNBOUND, type Vocabulary, XML_NAMESPACE_ID, XML_PREFIX } from './vocabulary.js';

/** Which namespace declarations are in the output where the writing of a canonical form stands. */
export interface NamespaceAxis {
  readonly tree: Tree;
  /** 1 for each prefix whose declarations are written where they are made: all in Canonical XML, else PrefixList's. */
  readonly listed: Uint8Array | undefined;
  /** Namespace number by prefix number, as the output has it. */
  readonly rendered: number[];
  /** What to restore where an element ends: element, prefix, namespace. */
  readonly outer: number[];
}

export function createNamespaceAxis(tree: Tree, listed: Uint8Array | undefined): NamespaceAxis {
  const rendered = new Array<number>(tree.vocabulary.prefixes.length).fill(UNBOUND);
  // Neither xmlns="" nor xmlns:xml is written where nothing else was before.
  rendered[DEFAULT_PREFIX] = NO_NAMESPACE;
  rendered[XML_PREFIX] = XML_NAMESPACE_ID;
  return { tree, listed, rendered, outer: [] };
}

/** The prefixes of an InclusiveNamespaces PrefixList by number; what is not used in the document is left out. */
export function listPrefixes(vocabulary: Vocabulary, prefixList: readonly string[]): Uint8Array {
  const listed = new Uint8Array(vocabulary.prefixes.length);
  const names = new Set(prefixList.map((prefix) => (prefix === '#default' ? '' : prefix)));
  vocabulary.prefixes.forEach((prefix, id) => {
    if (names.has(prefix)) listed[id] = 1;
  });
  return listed;
}

/**
 * The declarations to write on `node`, as prefix numbers; undefined for none. They are then in the output.
 * Canonical XML 1.0 §2.3 for the listed prefixes, Exclusive XML Canonicalization 1.0 §3 for the others.
 */
export function enterElement(axis: NamespaceAxis, node: Node, apex: boolean): number[] | undefined {
  const { tree, listed } = axis;
  const record = tree.nodes[node]!;
  let needed = listed === undefined ? undefined : listedOn(axis, node, listed, apex);
  needed = need(axis, node, record.name.prefix, record.namespace, needed);
  const end = record.attributeEnd;
  for (let i = record.attributeFirst; i < end; i++) {
    const { prefix } = tree.attributeName[i]!;
    if (prefix !== DEFAULT_PREFIX) needed = need(axis, node, prefix, tree.attributeNamespaceId[i]!, needed);
  }
  if (needed !== undefined && needed.length > 1) sortPrefixes(tree.vocabulary, needed);
  return needed;
}

export function leaveElement(axis: NamespaceAxis, node: Node): void {
  const { outer, rendered } = axis;
  while (outer.length > 0 && outer[outer.length - 3] === node) {
    rendered[outer[outer.length - 2]!] = outer[outer.length - 1]!;
    outer.length -= 3;
  }
}

function need(axis: NamespaceAxis, node: Node, prefix: number, namespace: number, needed: number[] | undefined) {
  const known = axis.rendered[prefix]!;
  if (known === namespace) return needed;
  axis.outer.push(node, prefix, known);
  axis.rendered[prefix] = namespace;
  if (needed === undefined) return [prefix];
  needed.push(prefix);
  return needed;
}

/** The declarations of `from` alone, or at the apex of all its ancestors too, as far as they are listed. */
function listedOn(axis: NamespaceAxis, apex: Node, listed: Uint8Array, ancestors: boolean): number[] | undefined {
  const { nodes, declarationPrefix, declarationNamespace } = axis.tree;
  const open = ancestors ? listed.slice() : listed;
  let needed: number[] | undefined;
  for (let node = apex; node !== NONE; node = ancestors ? nodes[node]!.parent : NONE) {
    const { declarationFirst, declarationEnd } = nodes[node]!;
    for (let i = declarationFirst; i < declarationEnd; i++) {
      const prefix = declarationPrefix[i]!;
      if (open[prefix] !== 1) continue;
      if (ancestors) open[prefix] = 0;
      needed = need(axis, apex, prefix, declarationNamespace[i]!, needed);
    }
  }
  return needed;
}

function sortPrefixes(vocabulary: Vocabulary, prefixes: number[]): void {
  const names = vocabulary.prefixes;
  prefixes.sort((a, b) => compareCodePoints(names[a]!, names[b]!));
}
