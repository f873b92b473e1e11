import { createVocabulary, type Vocabulary } from './vocabulary.js';

/** Number of a node in the columns of its tree. */
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

/**
 * A document as flat columns, all in document order of what was scanned. Offsets go into `sources[source[node]]`.
 * The attribute columns may be read by index anywhere; the others are for this folder.
 */
export interface MutableTree {
  readonly vocabulary: Vocabulary;
  readonly sources: string[];
  root: Node;

  readonly flags: number[];
  readonly source: number[];
  /** Start tag, or character data without its delimiters: `start` … `stop`. */
  readonly start: number[];
  readonly stop: number[];
  /** Offset of the end tag. */
  readonly close: number[];
  readonly parent: Node[];
  readonly first: Node[];
  readonly next: Node[];
  readonly name: number[];
  readonly namespace: number[];
  readonly attributeFirst: number[];
  readonly attributeEnd: number[];
  readonly declarationFirst: number[];
  readonly declarationEnd: number[];

  /** Attributes so far; an index from here on appears by `splice` or `setAttribute`. */
  attributeCount: number;
  /** NONE for an attribute that was moved by an edit. */
  readonly attributeOwner: Node[];
  readonly attributeName: number[];
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

  /** Links of the tree as received; the same columns as `first` and `next` until something is spliced in. */
  receivedFirst: Node[];
  receivedNext: Node[];

  /** Counted against the limits: elements, comments, CDATA sections; namespace declarations. */
  markup: number;
  declared: number;
}

export type Tree = {
  readonly [K in keyof MutableTree]: MutableTree[K] extends (infer E)[] ? readonly E[] : MutableTree[K];
};

export function createTree(): MutableTree {
  const first: Node[] = [];
  const next: Node[] = [];
  return {
    vocabulary: createVocabulary(),
    sources: [],
    root: NONE,
    flags: [],
    source: [],
    start: [],
    stop: [],
    close: [],
    parent: [],
    first,
    next,
    name: [],
    namespace: [],
    attributeFirst: [],
    attributeEnd: [],
    declarationFirst: [],
    declarationEnd: [],
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
    receivedFirst: first,
    receivedNext: next,
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
  name: number,
): Node {
  const node = tree.flags.push(flags) - 1;
  tree.source.push(source);
  tree.start.push(start);
  tree.stop.push(stop);
  tree.close.push(0);
  tree.parent.push(parent);
  tree.first.push(NONE);
  tree.next.push(NONE);
  tree.name.push(name);
  tree.namespace.push(0);
  tree.attributeFirst.push(tree.attributeCount);
  tree.attributeEnd.push(tree.attributeCount);
  tree.declarationFirst.push(tree.declarationPrefix.length);
  tree.declarationEnd.push(tree.declarationPrefix.length);
  return node;
}
