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
 * Start tag of an element as it was written, with its declarations and attributes in their order (declarations first
 * where it must be written anew) and with the escapes of Canonical XML; never an empty-element tag.
 */
export function startTag(tree: Tree, node: Node): string {
  const { flags, source, start, stop } = tree.nodes[node]!;
  if ((flags & TIDY) === 0) return tag(tree, node, undefined);
  const text = tree.sources[source]!;
  return (flags & EMPTY) === 0 ? text.slice(start, stop) : `${text.slice(start, stop - 2)}>`;
}

/** As {@link startTag}, with the declarations alone: for an element whose attributes nothing has proven. */
export function bareStartTag(tree: Tree, node: Node): string {
  return `${declaredName(tree, node)}>`;
}

export function endTag(tree: Tree, node: Node): string {
  return `</${tree.nodes[node]!.name.text}>`;
}

/**
 * An element as it stands in its place: namespaces that are declared outside are not declared again. Comments are kept,
 * CDATA sections are text, carriage returns are references.
 *
 * @param omit attribute of the element itself that is left out
 */
export function outer(tree: Tree, node: Node, omit?: AttributeName): string {
  return writeElement(createOutput(tree), node, omit);
}

/** As {@link outer}, without comments: what a digest that skips them has not covered (security.md W17). */
export function outerWithoutComments(tree: Tree, node: Node, omit?: AttributeName): string {
  return writeElement(createOutput(tree, false), node, omit);
}

function writeElement(output: Output, node: Node, omit: AttributeName | undefined): string {
  if (omit === undefined) {
    writeSubtree(output, node);
  } else {
    write(output, tag(output.tree, node, omit));
    writeChildren(output, node);
    write(output, endTag(output.tree, node));
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
  const { nodes } = output.tree;
  for (let child = nodes[node]!.first; child !== NONE; child = nodes[child]!.next) writeSubtree(output, child);
}

function writeSubtree(output: Output, node: Node): void {
  const { nodes } = output.tree;
  let at = node;
  for (;;) {
    const { flags, first } = nodes[at]!;
    if ((flags & KIND) !== ELEMENT) {
      writeCharacters(output, at);
    } else {
      writeStartTag(output, at);
      if (first !== NONE) {
        at = first;
        continue;
      }
      // An empty-element tag stays one.
      if ((flags & (EMPTY | TIDY)) !== (EMPTY | TIDY)) writeEndTag(output, at);
    }
    while (at !== node && nodes[at]!.next === NONE) {
      at = nodes[at]!.parent;
      writeEndTag(output, at);
    }
    if (at === node) return;
    at = nodes[at]!.next;
  }
}

function writeStartTag(output: Output, node: Node): void {
  const { flags, source, start, stop } = output.tree.nodes[node]!;
  if ((flags & TIDY) !== 0) writeSlice(output, source, start, stop);
  else write(output, tag(output.tree, node, undefined));
}

function writeEndTag(output: Output, node: Node): void {
  const { flags, source, close, name } = output.tree.nodes[node]!;
  if ((flags & CLOSED) !== 0) writeSlice(output, source, close, close + name.text.length + 3);
  else write(output, endTag(output.tree, node));
}

function writeCharacters(output: Output, node: Node): void {
  const { tree } = output;
  const { flags, source, start, stop } = tree.nodes[node]!;
  if ((flags & KIND) === COMMENT) {
    if (output.comments) write(output, `<!--${nodeValue(tree, node)}-->`);
  } else if ((flags & VERBATIM) !== 0) writeSlice(output, source, start, stop);
  else write(output, escapeText(nodeValue(tree, node)));
}

function tag(tree: Tree, node: Node, omit: AttributeName | undefined): string {
  const { attributeFirst, attributeEnd } = tree.nodes[node]!;
  let written = declaredName(tree, node);
  for (let i = attributeFirst; i < attributeEnd; i++) {
    if (tree.attributeLocal[i] === omit?.local && tree.attributeNamespace[i] === omit?.namespace) continue;
    written += ` ${tree.attributeName[i]!.text}="${escapeAttribute(tree.attributeValue[i]!)}"`;
  }
  return `${written}>`;
}

/** A start tag up to its attributes. */
function declaredName(tree: Tree, node: Node): string {
  const { prefixes, namespaces } = tree.vocabulary;
  const { name, declarationFirst, declarationEnd } = tree.nodes[node]!;
  let written = `<${name.text}`;
  for (let i = declarationFirst; i < declarationEnd; i++) {
    const prefix = prefixes[tree.declarationPrefix[i]!]!;
    const namespace = escapeAttribute(namespaces[tree.declarationNamespace[i]!]!);
    written += prefix === '' ? ` xmlns="${namespace}"` : ` xmlns:${prefix}="${namespace}"`;
  }
  return written;
}
