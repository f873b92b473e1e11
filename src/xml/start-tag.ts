import { CLASS, checkCharacter, NAME_PART, PLAIN_VALUE, WHITE_SPACE } from './characters.js';
import { escapeAttribute } from './escape.js';
import { bindAttributes, declare } from './namespaces.js';
import { dereference, referenceEnd } from './references.js';
import { refuse, refuseLimit } from './refuse.js';
import { countMarkup, link, type Scanner } from './scanner.js';
import { addNode, ELEMENT, EMPTY, NONE, type Node, SORTED, TIDY, VERBATIM } from './tree.js';
import type { Units } from './units.js';
import { DECLARES_NOTHING, NO_NAMESPACE, nameAt, RESERVED, UNBOUND } from './vocabulary.js';

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
  const { tree, text, units, limits, open } = scanner;
  if (open === NONE && scanner.top !== NONE) refuse('xml.malformed', 'a second root element', at);
  countMarkup(scanner, at);
  if (scanner.depth >= limits.depth) refuseLimit('depth', limits.depth, at);
  let end = nameEnd(scanner, at + 1);
  const name = nameAt(tree.vocabulary, text, units, at + 1, end);
  const node = addNode(tree, ELEMENT, scanner.source, at, 0, open, name);
  scanner.tidy = true;
  let count = 0;
  let unit = units[end]!;
  while (unit !== GREATER && unit !== SLASH) {
    const from = skipSpace(units, end);
    unit = units[from]!;
    if (unit === GREATER || unit === SLASH) {
      scanner.tidy = false;
      end = from;
      break;
    }
    if (from === end) refuse('xml.malformed', 'a start tag does not end', end);
    if (++count > limits.attributes) refuseLimit('attributes', limits.attributes, from);
    if (from !== end + 1 || units[end]! !== SPACE) scanner.tidy = false;
    end = scanAttribute(scanner, node, from);
    unit = units[end]!;
  }
  const empty = unit === SLASH;
  if (empty && units[end + 1]! !== GREATER) refuse('xml.malformed', 'a "/" in a start tag', end);
  const stop = end + (empty ? 2 : 1);
  const record = tree.nodes[node]!;
  record.stop = stop;
  record.attributeEnd = tree.attributeCount;
  record.declarationEnd = tree.declarationPrefix.length;
  const namespace = scanner.scope[name.prefix] ?? UNBOUND;
  if (namespace === UNBOUND) refuse('xml.namespace', 'the prefix of an element is not bound', at);
  record.namespace = namespace;
  const sorted = bindAttributes(scanner, record, at);
  const { tidy } = scanner;
  const plain = record.declarationEnd === record.declarationFirst;
  record.flags =
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
  const { units, limits } = scanner;
  const classes = CLASS;
  const part = NAME_PART;
  let at = from;
  while ((classes[units[at]!]! & part) !== 0) at++;
  if (at === from) refuse('xml.malformed', 'a name is missing', from);
  if (at - from > limits.name) refuseLimit('name', limits.name, from);
  return at;
}

function skipSpace(units: Units, from: number): number {
  const classes = CLASS;
  const space = WHITE_SPACE;
  let at = from;
  while ((classes[units[at]!]! & space) !== 0) at++;
  return at;
}

/** Offset after the attribute at `from`. */
function scanAttribute(scanner: Scanner, node: Node, from: number): number {
  const { tree, text, units, limits } = scanner;
  const end = nameEnd(scanner, from);
  const name = nameAt(tree.vocabulary, text, units, from, end);
  const equals = skipSpace(units, end);
  if (units[equals]! !== EQUALS) refuse('xml.malformed', 'an attribute has no value', equals);
  const open = skipSpace(units, equals + 1);
  const quote = units[open]!;
  if (quote !== QUOTE && quote !== APOSTROPHE) refuse('xml.malformed', 'an attribute value without quotes', open);
  const at = plainValueEnd(units, open + 1, quote);
  const raw = units[at]! === quote;
  const close = raw ? at : valueEnd(scanner, at, quote, open);
  if (close - open - 1 > limits.attributeValue) refuseLimit('attribute value', limits.attributeValue, open);
  const written = text.slice(open + 1, close);
  const value = raw ? written : dereference(written.replace(/\r\n|[\r\n\t]/g, ' '));
  const escaped = raw ? value : escapeAttribute(value);
  if (name.declares === RESERVED) refuse('xml.namespace', 'an attribute whose name begins with xmlns', from);
  if (name.declares !== DECLARES_NOTHING) {
    declare(scanner, node, name.declares, value, from);
  } else {
    tree.attributeOwner.push(node);
    tree.attributeName.push(name);
    tree.attributeNamespace.push('');
    tree.attributeNamespaceId.push(NO_NAMESPACE);
    tree.attributeLocal.push(name.local);
    tree.attributeValue.push(value);
    tree.attributePlain.push(escaped === value ? 1 : 0);
    tree.attributeCount++;
  }
  if (quote !== QUOTE || open !== end + 1 || (!raw && escaped !== written)) scanner.tidy = false;
  return close + 1;
}

function plainValueEnd(units: Units, from: number, quote: number): number {
  const classes = CLASS;
  const plain = PLAIN_VALUE;
  let at = from;
  for (;;) {
    const unit = units[at]!;
    if (unit === quote || (classes[unit]! & plain) === 0) return at;
    at++;
  }
}

/** Offset of the closing quote of a value that holds more than plain characters. */
function valueEnd(scanner: Scanner, from: number, quote: number, open: number): number {
  const { text, units } = scanner;
  for (let at = from; at < units.length; ) {
    const unit = units[at]!;
    if (unit === quote) return at;
    if (unit === LESS) refuse('xml.malformed', 'a "<" in an attribute value', at);
    if (unit === AMPERSAND) at = referenceEnd(text, at);
    else at = checkCharacter(units, at);
  }
  return refuse('xml.malformed', 'an attribute value does not end', open);
}
