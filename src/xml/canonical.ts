import { escapeAttribute, escapeText } from './escape.js';
import { createNamespaceAxis, enterElement, leaveElement, listPrefixes, type NamespaceAxis } from './namespace-axis.js';
import { compareAttributes } from './namespaces.js';
import { createOutput, finish, type Output, write, writeSlice } from './output.js';
import { refuseLimit } from './refuse.js';
import {
  CLOSED,
  COMMENT,
  ELEMENT,
  EMPTY,
  KIND,
  NONE,
  type Node,
  type NodeRecord,
  SORTED,
  type Tree,
  VERBATIM,
} from './tree.js';
import { nodeValue } from './value.js';
import { DEFAULT_PREFIX, XML_NAMESPACE_ID } from './vocabulary.js';

/** A form may be this many times the document: `<a:i/>`, many times under one parent, grows fifteenfold with WCF's names. */
const GROWTH = 32;

const NOTHING: readonly number[] = [];

export interface CanonicalOptions {
  readonly method: 'exclusive' | 'inclusive';
  readonly comments?: boolean;
  /** InclusiveNamespaces PrefixList of the exclusive method; `#default` is the default namespace. */
  readonly prefixList?: readonly string[];
  /** The tree as received, before anything was spliced in. */
  readonly received?: boolean;
}

/**
 * Canonical XML 1.0 or Exclusive XML Canonicalization 1.0 of the document subset that is the subtree of `node`. Of what
 * is not in the subset, Canonical XML takes the namespaces in scope and the `xml:` attributes (§2.4), exclusive
 * canonicalization only the namespaces of prefixes that the subtree uses or PrefixList names (§3).
 *
 * @throws GatewayError `xml.limit` for a form of more than 32 times the document
 */
export function canonicalize(tree: Tree, node: Node, options: CanonicalOptions): string {
  const received = options.received === true;
  const comments = options.comments === true;
  const inclusive = options.method === 'inclusive';
  const { nodes } = tree;
  const axis = createNamespaceAxis(tree, listed(tree, options));
  const output = createOutput(tree);
  let at = node;
  for (;;) {
    let record = nodes[at]!;
    if ((record.flags & KIND) === ELEMENT) {
      writeStartTag(output, axis, at, at === node, inclusive);
      const first = received ? record.receivedFirst : record.first;
      if (first !== NONE) {
        at = first;
        continue;
      }
      writeEndTag(output, axis, at);
    } else {
      writeCharacters(output, at, comments);
    }
    while (at !== node && (received ? record.receivedNext : record.next) === NONE) {
      at = record.parent;
      record = nodes[at]!;
      writeEndTag(output, axis, at);
    }
    if (at === node) return finish(output);
    at = received ? record.receivedNext : record.next;
  }
}

function listed(tree: Tree, options: CanonicalOptions): Uint8Array | undefined {
  if (options.method === 'inclusive') return new Uint8Array(tree.vocabulary.prefixes.length).fill(1);
  const { prefixList } = options;
  return prefixList === undefined || prefixList.length === 0 ? undefined : listPrefixes(tree.vocabulary, prefixList);
}

function writeStartTag(output: Output, axis: NamespaceAxis, node: Node, apex: boolean, inclusive: boolean): void {
  const { tree } = output;
  const record = tree.nodes[node]!;
  const { flags, source, start, stop } = record;
  const declarations = enterElement(axis, node, apex);
  const imported = apex && inclusive ? xmlAttributes(tree, node) : NOTHING;
  if (declarations === undefined && (flags & VERBATIM) !== 0 && imported.length === 0) {
    writeSlice(output, source, start, (flags & EMPTY) === 0 ? stop : stop - 2);
    if ((flags & EMPTY) !== 0) write(output, '>');
    return;
  }
  const { prefixes, namespaces } = tree.vocabulary;
  let tag = `<${record.name.text}`;
  for (const prefix of declarations ?? NOTHING) {
    const name = prefix === DEFAULT_PREFIX ? 'xmlns' : `xmlns:${prefixes[prefix]}`;
    tag += ` ${name}="${escapeAttribute(namespaces[axis.rendered[prefix]!]!)}"`;
  }
  if (declarations !== undefined) checkGrowth(output, start);
  for (const attribute of inOrder(tree, record, imported)) {
    const value = tree.attributeValue[attribute]!;
    const written = tree.attributePlain[attribute] === 1 ? value : escapeAttribute(value);
    tag += ` ${tree.attributeName[attribute]!.text}="${written}"`;
  }
  write(output, `${tag}>`);
}

/**
 * Exclusive canonicalization declares a namespace again on every outermost element that uses it, so that long names
 * outside of the apex make the form grow with the square of the document.
 */
function checkGrowth(output: Output, offset: number): void {
  const allowed = GROWTH * output.tree.sources.reduce((sum, source) => sum + source.length, 0);
  if (output.written.length > allowed) refuseLimit('canonical form', allowed, offset);
}

function writeEndTag(output: Output, axis: NamespaceAxis, node: Node): void {
  const { name, flags, source, close } = output.tree.nodes[node]!;
  leaveElement(axis, node);
  if ((flags & CLOSED) !== 0) writeSlice(output, source, close, close + name.text.length + 3);
  else write(output, `</${name.text}>`);
}

function writeCharacters(output: Output, node: Node, comments: boolean): void {
  const { tree } = output;
  const { flags, source, start, stop } = tree.nodes[node]!;
  if ((flags & KIND) === COMMENT) {
    if (comments) write(output, `<!--${nodeValue(tree, node)}-->`);
  } else if ((flags & VERBATIM) !== 0) {
    writeSlice(output, source, start, stop);
  } else {
    write(output, escapeText(nodeValue(tree, node)));
  }
}

/** The `xml:` attributes that the apex takes from its ancestors, the nearest of each name (Canonical XML 1.0 §2.4). */
function xmlAttributes(tree: Tree, apex: Node): number[] {
  const seen = new Set<string>();
  const imported: number[] = [];
  for (let node = apex; node !== NONE; node = tree.nodes[node]!.parent) {
    const { attributeFirst, attributeEnd } = tree.nodes[node]!;
    for (let i = attributeFirst; i < attributeEnd; i++) {
      const local = tree.attributeLocal[i]!;
      if (tree.attributeNamespaceId[i] !== XML_NAMESPACE_ID || seen.has(local)) continue;
      seen.add(local);
      if (node !== apex) imported.push(i);
    }
  }
  return imported;
}

function inOrder(tree: Tree, element: Readonly<NodeRecord>, imported: readonly number[]): number[] {
  const attributes = [...imported];
  for (let i = element.attributeFirst; i < element.attributeEnd; i++) attributes.push(i);
  if (imported.length > 0 || (element.flags & SORTED) === 0) {
    attributes.sort((a, b) => compareAttributes(tree, a, b));
  }
  return attributes;
}
