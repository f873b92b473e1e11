import { CLASS, checkCharacter, NAME_PART, PLAIN_VALUE, WHITE_SPACE } from './characters.js';
import { escapeAttribute } from './escape.js';
import { bindAttributes, declare } from './namespaces.js';
import { dereference, referenceEnd } from './references.js';
import { refuse, refuseLimit } from './refuse.js';
import { countMarkup, link, type Scanner } from './scanner.js';
import { addNode, ELEMENT, EMPTY, NONE, type Node, SORTED, TIDY, VERBATIM } from './tree.js';
import { DECLARES_NOTHING, NO_NAMESPACE, nameId, RESERVED, UNBOUND } from './vocabulary.js';

const SPACE = 0x20;
const QUOTE = 0x22;
const AMPERSAND = 0x26;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;

/**
 * A start tag or empty-element tag.
 *
 * @returns the offset after it
 * @throws GatewayError `xml.malformed`, `xml.character`, `xml.entity`, `xml.namespace`, `xml.duplicate-attribute`, `xml.limit`
 */
export function scanStartTag(scanner: Scanner, at: number): number {
  const { tree, text, limits, open } = scanner;
  if (open === NONE && scanner.top !== NONE) refuse('xml.malformed', 'a second root element', at);
  countMarkup(scanner, at);
  if (scanner.depth >= limits.depth) refuseLimit('depth', limits.depth, at);
  let end = nameEnd(scanner, at + 1);
  const name = nameId(tree.vocabulary, text, at + 1, end);
  const node = addNode(tree, ELEMENT, scanner.source, at, 0, open, name);
  scanner.tidy = true;
  let count = 0;
  let unit = text.charCodeAt(end);
  while (unit !== GREATER && unit !== SLASH) {
    const from = skipSpace(text, end);
    unit = text.charCodeAt(from);
    if (unit === GREATER || unit === SLASH) {
      scanner.tidy = false;
      end = from;
      break;
    }
    if (from === end) refuse('xml.malformed', 'a start tag does not end', end);
    if (++count > limits.attributes) refuseLimit('attributes', limits.attributes, from);
    if (from !== end + 1 || text.charCodeAt(end) !== SPACE) scanner.tidy = false;
    end = scanAttribute(scanner, node, from);
    unit = text.charCodeAt(end);
  }
  const empty = unit === SLASH;
  if (empty && text.charCodeAt(end + 1) !== GREATER) refuse('xml.malformed', 'a "/" in a start tag', end);
  const stop = end + (empty ? 2 : 1);
  tree.stop[node] = stop;
  tree.attributeEnd[node] = tree.attributeCount;
  tree.declarationEnd[node] = tree.declarationPrefix.length;
  const namespace = scanner.scope[tree.vocabulary.prefixOf[name]!] ?? UNBOUND;
  if (namespace === UNBOUND) refuse('xml.namespace', 'the prefix of an element is not bound', at);
  tree.namespace[node] = namespace;
  const sorted = bindAttributes(scanner, node, at);
  const { tidy } = scanner;
  const plain = tree.declarationEnd[node] === tree.declarationFirst[node];
  tree.flags[node] =
    ELEMENT |
    (tidy ? TIDY : 0) |
    (sorted ? SORTED : 0) |
    (tidy && sorted && plain ? VERBATIM : 0) |
    (empty ? EMPTY : 0);
  link(scanner, node);
  scanner.open = node;
  scanner.depth++;
  scanner.previous = NONE;
  return stop;
}

/** Offset after the name at `from`. */
function nameEnd(scanner: Scanner, from: number): number {
  const { text, limits } = scanner;
  let at = from;
  while ((CLASS[text.charCodeAt(at)]! & NAME_PART) !== 0) at++;
  if (at === from) refuse('xml.malformed', 'a name is missing', from);
  if (at - from > limits.name) refuseLimit('name', limits.name, from);
  return at;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while ((CLASS[text.charCodeAt(at)]! & WHITE_SPACE) !== 0) at++;
  return at;
}

/** Offset after the attribute at `from`. */
function scanAttribute(scanner: Scanner, node: Node, from: number): number {
  const { tree, text, limits } = scanner;
  const end = nameEnd(scanner, from);
  const name = nameId(tree.vocabulary, text, from, end);
  const equals = skipSpace(text, end);
  if (text.charCodeAt(equals) !== EQUALS) refuse('xml.malformed', 'an attribute has no value', equals);
  const open = skipSpace(text, equals + 1);
  const quote = text.charCodeAt(open);
  if (quote !== QUOTE && quote !== APOSTROPHE) refuse('xml.malformed', 'an attribute value without quotes', open);
  let at = open + 1;
  while ((CLASS[text.charCodeAt(at)]! & PLAIN_VALUE) !== 0 && text.charCodeAt(at) !== quote) at++;
  const raw = text.charCodeAt(at) === quote;
  const close = raw ? at : valueEnd(text, at, quote, open);
  if (close - open - 1 > limits.attributeValue) refuseLimit('attribute value', limits.attributeValue, open);
  const written = text.slice(open + 1, close);
  const value = raw ? written : dereference(written.replace(/\r\n|[\r\n\t]/g, ' '));
  const escaped = raw ? value : escapeAttribute(value);
  const { declares, localOf } = tree.vocabulary;
  const declared = declares[name]!;
  if (declared === RESERVED) refuse('xml.namespace', 'an attribute whose name begins with xmlns', from);
  if (declared !== DECLARES_NOTHING) {
    declare(scanner, node, declared, value, from);
  } else {
    tree.attributeOwner.push(node);
    tree.attributeName.push(name);
    tree.attributeNamespace.push('');
    tree.attributeNamespaceId.push(NO_NAMESPACE);
    tree.attributeLocal.push(localOf[name]!);
    tree.attributeValue.push(value);
    tree.attributePlain.push(escaped === value ? 1 : 0);
    tree.attributeCount++;
  }
  if (quote !== QUOTE || open !== end + 1 || (!raw && escaped !== written)) scanner.tidy = false;
  return close + 1;
}

/** Offset of the closing quote of a value that holds more than plain characters. */
function valueEnd(text: string, from: number, quote: number, open: number): number {
  for (let at = from; at < text.length; ) {
    const unit = text.charCodeAt(at);
    if (unit === quote) return at;
    if (unit === LESS) refuse('xml.malformed', 'a "<" in an attribute value', at);
    if (unit === AMPERSAND) at = referenceEnd(text, at);
    else at = checkCharacter(text, at);
  }
  return refuse('xml.malformed', 'an attribute value does not end', open);
}
