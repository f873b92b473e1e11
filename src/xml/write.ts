import { escapeAttribute, escapeText } from './escape.js';
import { createOutput, finish, type Output, write, writeSlice } from './output.js';
import { CLOSED, COMMENT, ELEMENT, EMPTY, KIND, NONE, type Node, TIDY, type Tree, VERBATIM } from './tree.js';
import { nodeValue } from './value.js';

export { escapeAttribute, escapeText };

/** An attribute that is left out. */
export interface AttributeName {
  readonly namespace: string;
  readonly local: string;
}

/**
 * Start tag of an element as it was written, with its declarations and attributes in their order and with the escapes
 * of Canonical XML; never an empty-element tag.
 */
export function startTag(tree: Tree, node: Node): string {
  return tag(tree, node, undefined);
}

export function endTag(tree: Tree, node: Node): string {
  return `</${tree.vocabulary.names[tree.name[node]!]}>`;
}

/**
 * An element as it stands in its place: namespaces that are declared outside are not declared again. Comments are kept,
 * CDATA sections are text, carriage returns are references.
 *
 * @param omit attribute of the element itself that is left out
 */
export function outer(tree: Tree, node: Node, omit?: AttributeName): string {
  const output = createOutput(tree);
  if (omit === undefined) {
    writeSubtree(output, node);
  } else {
    write(output, tag(tree, node, omit));
    writeChildren(output, node);
    write(output, endTag(tree, node));
  }
  return finish(output);
}

/** What an element holds, as `outer` writes it. */
export function inner(tree: Tree, node: Node): string {
  const output = createOutput(tree);
  writeChildren(output, node);
  return finish(output);
}

function writeChildren(output: Output, node: Node): void {
  for (let child = output.tree.first[node]!; child !== NONE; child = output.tree.next[child]!) {
    writeSubtree(output, child);
  }
}

function writeSubtree(output: Output, node: Node): void {
  const { tree } = output;
  let at = node;
  for (;;) {
    if ((tree.flags[at]! & KIND) !== ELEMENT) {
      writeCharacters(output, at);
    } else if (tree.first[at] !== NONE) {
      writeStartTag(output, at);
      at = tree.first[at]!;
      continue;
    } else {
      writeChildless(output, at);
    }
    while (at !== node && tree.next[at] === NONE) {
      at = tree.parent[at]!;
      writeEndTag(output, at);
    }
    if (at === node) return;
    at = tree.next[at]!;
  }
}

function writeStartTag(output: Output, node: Node): void {
  const { tree } = output;
  if ((tree.flags[node]! & TIDY) !== 0) writeSlice(output, tree.source[node]!, tree.start[node]!, tree.stop[node]!);
  else write(output, tag(tree, node, undefined));
}

function writeEndTag(output: Output, node: Node): void {
  const { tree } = output;
  const close = tree.close[node]!;
  if ((tree.flags[node]! & CLOSED) === 0) write(output, endTag(tree, node));
  else writeSlice(output, tree.source[node]!, close, close + tree.vocabulary.names[tree.name[node]!]!.length + 3);
}

/** An empty-element tag stays one. */
function writeChildless(output: Output, node: Node): void {
  writeStartTag(output, node);
  const written = EMPTY | TIDY;
  if ((output.tree.flags[node]! & written) !== written) writeEndTag(output, node);
}

function writeCharacters(output: Output, node: Node): void {
  const { tree } = output;
  const flags = tree.flags[node]!;
  if ((flags & KIND) === COMMENT) write(output, `<!--${nodeValue(tree, node)}-->`);
  else if ((flags & VERBATIM) !== 0) writeSlice(output, tree.source[node]!, tree.start[node]!, tree.stop[node]!);
  else write(output, escapeText(nodeValue(tree, node)));
}

function tag(tree: Tree, node: Node, omit: AttributeName | undefined): string {
  const { names, prefixes, namespaces } = tree.vocabulary;
  let written = `<${names[tree.name[node]!]}`;
  for (let i = tree.declarationFirst[node]!; i < tree.declarationEnd[node]!; i++) {
    const prefix = prefixes[tree.declarationPrefix[i]!]!;
    const name = prefix === '' ? 'xmlns' : `xmlns:${prefix}`;
    written += ` ${name}="${escapeAttribute(namespaces[tree.declarationNamespace[i]!]!)}"`;
  }
  for (let i = tree.attributeFirst[node]!; i < tree.attributeEnd[node]!; i++) {
    if (omit !== undefined && tree.attributeLocal[i] === omit.local && tree.attributeNamespace[i] === omit.namespace) {
      continue;
    }
    written += ` ${names[tree.attributeName[i]!]}="${escapeAttribute(tree.attributeValue[i]!)}"`;
  }
  return `${written}>`;
}
