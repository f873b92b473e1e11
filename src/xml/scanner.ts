import { isQuiet } from './characters.js';
import type { Decoded } from './encoding.js';
import type { XmlLimits } from './limits.js';
import { refuseLimit } from './refuse.js';
import { type MutableTree, NONE, type Node } from './tree.js';
import type { Units } from './units.js';
import { NO_NAMESPACE, UNBOUND, XML_NAMESPACE_ID } from './vocabulary.js';

/** Where the scanning of one text stands. */
export interface Scanner {
  readonly tree: MutableTree;
  readonly text: string;
  readonly units: Units;
  /** Text holds nothing that means more than itself, save perhaps `>`. */
  readonly quiet: boolean;
  /** Number of the text among the tree's sources. */
  readonly source: number;
  readonly limits: XmlLimits;
  /** Namespace number in scope by prefix number; past its end, UNBOUND. */
  readonly scope: number[];
  /** The element that last declared a prefix, by prefix number. */
  readonly declaredBy: Node[];
  /** What the text's top level stands in: NONE for a document. */
  readonly outer: Node;
  /** The innermost element that is open. */
  open: Node;
  depth: number;
  /** The last child so far of what is open. */
  previous: Node;
  /** The first node of the top level. */
  top: Node;
  /** Whether the start tag that is being scanned is written as TIDY says. */
  tidy: boolean;
}

export function createScanner(
  tree: MutableTree,
  decoded: Decoded,
  limits: XmlLimits,
  outer: Node,
  depth: number,
  scope: number[],
): Scanner {
  return {
    tree,
    text: decoded.text,
    units: decoded.units,
    quiet: decoded.units instanceof Uint8Array && isQuiet(decoded.text),
    source: tree.sources.push(decoded.text) - 1,
    limits,
    scope,
    declaredBy: [],
    outer,
    open: outer,
    depth,
    previous: NONE,
    top: NONE,
    tidy: true,
  };
}

/** The namespaces that every document begins with: none as the default, `xml`, nothing for `xmlns`. */
export function initialScope(): number[] {
  return [NO_NAMESPACE, XML_NAMESPACE_ID, UNBOUND];
}

/** Makes `node` the next child of what is open. */
export function link(scanner: Scanner, node: Node): void {
  const { nodes } = scanner.tree;
  if (scanner.previous !== NONE) {
    const previous = nodes[scanner.previous]!;
    previous.next = node;
    previous.receivedNext = node;
  } else if (scanner.open !== scanner.outer) {
    const open = nodes[scanner.open]!;
    open.first = node;
    open.receivedFirst = node;
  } else {
    scanner.top = node;
  }
  scanner.previous = node;
}

/** @throws GatewayError `xml.limit` */
export function countMarkup(scanner: Scanner, at: number): void {
  if (++scanner.tree.markup > scanner.limits.elements) refuseLimit('elements', scanner.limits.elements, at);
}
