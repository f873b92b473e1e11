import { createVocabulary, type Name, NO_NAMESPACE, type Vocabulary } from './vocabulary.js';

/** Number of a node in its tree. */
export type Node = number;

export const NONE: Node = -1;

/** Kinds, the low bits of a node's flags. */
export const ELEMENT = 0;
export const TEXT = 1;
export const COMMENT = 2;
export const KIND = 3;
/** What is written is the canonical form; of an element the start tag, which then declares no namespaces. */
export const VERBATIM = 4;
/** What is written is the value: no references, no carriage returns. */
export const RAW = 8;
/** An element written as one empty-element tag. */
export const EMPTY = 16;
/** The end tag is written canonically. */
export const CLOSED = 32;
/** Attributes are written in canonical order. */
export const SORTED = 64;
/** The start tag has one space before each attribute, double quotes, canonical escapes; its order is as written. */
export const TIDY = 128;
/** What was spliced in stands in this element's place. */
export const REPLACED = 256;
/** Characters among which `&` is itself: a CDATA section or comment. */
export const LITERAL = 512;

/** A node of any kind. Offsets go into `sources[source]` of the tree; the other ranges into its columns. */
export interface NodeRecord {
  flags: number;
  readonly source: number;
  /** Start tag, or character data without its delimiters: `start` … `stop`. */
  readonly start: number;
  stop: number;
  /** Offset of the end tag. */
  close: number;
  readonly parent: Node;
  first: Node;
  next: Node;
  /** Links of the tree as received: nothing that is spliced in changes them. */
  receivedFirst: Node;
  receivedNext: Node;
  readonly name: Name;
  /** Namespace number. */
  namespace: number;
  attributeFirst: number;
  attributeEnd: number;
  declarationFirst: number;
  declarationEnd: number;
}

/**
 * A document as flat lists: nodes in the order of what was scanned, attributes and namespace declarations in columns.
 * The attribute columns may be read by index anywhere; the others are for this folder.
 */
export interface MutableTree {
  readonly vocabulary: Vocabulary;
  readonly sources: string[];
  readonly nodes: NodeRecord[];
  root: Node;

  /** Attributes so far; an index from here on appears by `splice` or `setAttribute`. */
  attributeCount: number;
  /** NONE, with '' for a local name, for an attribute that was moved by an edit. */
  readonly attributeOwner: Node[];
  readonly attributeName: Name[];
  readonly attributeNamespace: string[];
  readonly attributeNamespaceId: number[];
  readonly attributeLocal: string[];
  readonly attributeValue: string[];
  /** 1 where the canonical form of the value is the value. */
  readonly attributePlain: number[];

  readonly declarationPrefix: number[];
  readonly declarationNamespace: number[];
  /** What the prefix stands for outside of the element. */
  readonly declarationOuter: number[];

  /** Counted against the limits: elements, comments, CDATA sections; namespace declarations. */
  markup: number;
  declared: number;
}

export type Tree = {
  readonly [K in keyof MutableTree]: MutableTree[K] extends (infer E)[]
    ? readonly (E extends NodeRecord ? Readonly<E> : E)[]
    : MutableTree[K];
};

export function createTree(): MutableTree {
  return {
    vocabulary: createVocabulary(),
    sources: [],
    nodes: [],
    root: NONE,
    attributeCount: 0,
    attributeOwner: [],
    attributeName: [],
    attributeNamespace: [],
    attributeNamespaceId: [],
    attributeLocal: [],
    attributeValue: [],
    attributePlain: [],
    declarationPrefix: [],
    declarationNamespace: [],
    declarationOuter: [],
    markup: 0,
    declared: 0,
  };
}

/** Adds a node; the caller links it. Returns its number. */
export function addNode(
  tree: MutableTree,
  flags: number,
  source: number,
  start: number,
  stop: number,
  parent: Node,
  name: Name,
): Node {
  return (
    tree.nodes.push({
      flags,
      source,
      start,
      stop,
      close: 0,
      parent,
      first: NONE,
      next: NONE,
      receivedFirst: NONE,
      receivedNext: NONE,
      name,
      namespace: NO_NAMESPACE,
      attributeFirst: tree.attributeCount,
      attributeEnd: tree.attributeCount,
      declarationFirst: tree.declarationPrefix.length,
      declarationEnd: tree.declarationPrefix.length,
    }) - 1
  );
}

/** Adds an attribute; `bindAttributes` gives it a namespace other than none. */
export function addAttribute(tree: MutableTree, owner: Node, name: Name, value: string, plain: number): void {
  tree.attributeOwner.push(owner);
  tree.attributeName.push(name);
  tree.attributeNamespace.push('');
  tree.attributeNamespaceId.push(NO_NAMESPACE);
  tree.attributeLocal.push(name.local);
  tree.attributeValue.push(value);
  tree.attributePlain.push(plain);
  tree.attributeCount++;
}
