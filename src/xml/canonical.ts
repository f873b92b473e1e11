import { escapeAttribute, escapeText } from './escape.js';
import { createNamespaceAxis, enterElement, leaveElement, listPrefixes, type NamespaceAxis } from './namespace-axis.js';
import { compareAttributes } from './namespaces.js';
import { createOutput, finish, type Output, write, writeSlice } from './output.js';
import {
  CLOSED,
  COMMENT,
  ELEMENT,
  EMPTY,
  KIND,
  type MutableTree,
  NONE,
  type Node,
  SORTED,
  type Tree,
  VERBATIM,
} from './tree.js';
import { nodeValue } from './value.js';
import { XML_NAMESPACE_ID } from './vocabulary.js';

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
 */
export function canonicalize(tree: Tree, node: Node, options: CanonicalOptions): string {
  const first = options.received === true ? tree.receivedFirst : tree.first;
  const next = options.received === true ? tree.receivedNext : tree.next;
  const comments = options.comments === true;
  const inclusive = options.method === 'inclusive';
  const axis = createNamespaceAxis(tree, listed(tree, options));
  const output = createOutput(tree);
  let at = node;
  for (;;) {
    if ((tree.flags[at]! & KIND) === ELEMENT) {
      writeStartTag(output, axis, at, at === node, inclusive);
      const child = first[at]!;
      if (child !== NONE) {
        at = child;
        continue;
      }
      writeEndTag(output, axis, at);
    } else {
      writeCharacters(output, at, comments);
    }
    while (at !== node && next[at] === NONE) {
      at = tree.parent[at]!;
      writeEndTag(output, axis, at);
    }
    if (at === node) return finish(output);
    at = next[at]!;
  }
}

function listed(tree: Tree, options: CanonicalOptions): Uint8Array | undefined {
  if (options.method === 'inclusive') return new Uint8Array(tree.vocabulary.prefixes.length).fill(1);
  const { prefixList } = options;
  return prefixList === undefined || prefixList.length === 0 ? undefined : listPrefixes(tree.vocabulary, prefixList);
}

function writeStartTag(output: Output, axis: NamespaceAxis, node: Node, apex: boolean, inclusive: boolean): void {
  const { tree } = output;
  const declarations = enterElement(axis, node, apex);
  const imported = apex && inclusive ? xmlAttributes(tree, node) : [];
  const flags = tree.flags[node]!;
  if (declarations === undefined && (flags & VERBATIM) !== 0 && imported.length === 0) {
    const start = tree.start[node]!;
    const stop = tree.stop[node]!;
    if ((flags & EMPTY) === 0) {
      writeSlice(output, tree.source[node]!, start, stop);
    } else {
      writeSlice(output, tree.source[node]!, start, stop - 2);
      write(output, '>');
    }
    return;
  }
  const { vocabulary } = tree;
  let tag = `<${vocabulary.names[tree.name[node]!]}`;
  for (const prefix of declarations ?? []) {
    const name = prefix === 0 ? 'xmlns' : `xmlns:${vocabulary.prefixes[prefix]}`;
    tag += ` ${name}="${escapeAttribute(vocabulary.namespaces[axis.rendered[prefix]!]!)}"`;
  }
  for (const attribute of inOrder(tree, node, imported)) {
    const value = tree.attributeValue[attribute]!;
    const written = tree.attributePlain[attribute] === 1 ? value : escapeAttribute(value);
    tag += ` ${vocabulary.names[tree.attributeName[attribute]!]}="${written}"`;
  }
  write(output, `${tag}>`);
}

function writeEndTag(output: Output, axis: NamespaceAxis, node: Node): void {
  const { tree } = output;
  leaveElement(axis, node);
  const name = tree.vocabulary.names[tree.name[node]!]!;
  const close = tree.close[node]!;
  if ((tree.flags[node]! & CLOSED) !== 0) writeSlice(output, tree.source[node]!, close, close + name.length + 3);
  else write(output, `</${name}>`);
}

function writeCharacters(output: Output, node: Node, comments: boolean): void {
  const { tree } = output;
  const flags = tree.flags[node]!;
  if ((flags & KIND) === COMMENT) {
    if (comments) write(output, `<!--${nodeValue(tree, node)}-->`);
  } else if ((flags & VERBATIM) !== 0) {
    writeSlice(output, tree.source[node]!, tree.start[node]!, tree.stop[node]!);
  } else {
    write(output, escapeText(nodeValue(tree, node)));
  }
}

/** The `xml:` attributes that the apex takes from its ancestors, the nearest of each name (Canonical XML 1.0 §2.4). */
function xmlAttributes(tree: Tree, apex: Node): number[] {
  const seen = new Set<string>();
  const imported: number[] = [];
  for (let node = apex; node !== NONE; node = tree.parent[node]!) {
    for (let i = tree.attributeFirst[node]!; i < tree.attributeEnd[node]!; i++) {
      const local = tree.attributeLocal[i]!;
      if (tree.attributeNamespaceId[i] !== XML_NAMESPACE_ID || seen.has(local)) continue;
      seen.add(local);
      if (node !== apex) imported.push(i);
    }
  }
  return imported;
}

function inOrder(tree: Tree, node: Node, imported: readonly number[]): number[] {
  const attributes = [...imported];
  for (let i = tree.attributeFirst[node]!; i < tree.attributeEnd[node]!; i++) attributes.push(i);
  if (imported.length > 0 || (tree.flags[node]! & SORTED) === 0) {
    attributes.sort((a, b) => compareAttributes(tree as MutableTree, a, b));
  }
  return attributes;
}
