import { CLASS, checkCharacter, PLAIN_VALUE } from './characters.js';
import { escapeAttribute } from './escape.js';
import { nameEnd, skipSpace } from './names.js';
import { namespaceAt, namespaceId } from './namespace-names.js';
import { declare } from './namespaces.js';
import { dereference, referenceEnd } from './references.js';
import { refuse, refuseLimit } from './refuse.js';
import type { Scanner } from './scanner.js';
import { addAttribute, type Node } from './tree.js';
import type { Units } from './units.js';
import { DECLARES_NOTHING, nameAt, RESERVED } from './vocabulary.js';

const QUOTE = 0x22;
const AMPERSAND = 0x26;
const APOSTROPHE = 0x27;
const LESS = 0x3c;
const EQUALS = 0x3d;

/**
 * An attribute or namespace declaration of a start tag.
 *
 * @returns the offset after it
 * @throws GatewayError `xml.malformed`, `xml.character`, `xml.entity`, `xml.namespace`, `xml.duplicate-attribute`, `xml.limit`
 */
export function scanAttribute(scanner: Scanner, node: Node, from: number): number {
  const { tree, text, units, limits } = scanner;
  const end = nameEnd(units, limits, from);
  const name = nameAt(tree.vocabulary, text, units, from, end);
  const equals = skipSpace(units, end);
  if (units[equals] !== EQUALS) refuse('xml.malformed', 'an attribute has no value', equals);
  const open = skipSpace(units, equals + 1);
  const quote = units[open]!;
  if (quote !== QUOTE && quote !== APOSTROPHE) refuse('xml.malformed', 'an attribute value without quotes', open);
  const at = plainValueEnd(units, open + 1, quote);
  const raw = units[at] === quote;
  const close = raw ? at : valueEnd(scanner, at, quote, open);
  if (close - open - 1 > limits.attributeValue) refuseLimit('attribute value', limits.attributeValue, open);
  if (name.declares === RESERVED) refuse('xml.namespace', 'an attribute whose name begins with xmlns', from);
  if (quote !== QUOTE || open !== end + 1) scanner.tidy = false;
  const value = raw && name.declares !== DECLARES_NOTHING ? '' : readValue(scanner, open + 1, close, raw);
  if (name.declares === DECLARES_NOTHING) {
    addAttribute(tree, node, name, value, raw || escapeAttribute(value) === value ? 1 : 0);
  } else {
    const namespace = raw
      ? namespaceAt(tree.vocabulary, text, units, open + 1, close)
      : namespaceId(tree.vocabulary, value, open + 1);
    declare(scanner, node, name.declares, namespace, from);
  }
  return close + 1;
}

/** An attribute's value, normalized (XML 1.0 §3.3.3, type CDATA). */
function readValue(scanner: Scanner, from: number, to: number, raw: boolean): string {
  const written = scanner.text.slice(from, to);
  if (raw) return written;
  const value = dereference(written.replace(/\r\n|[\r\n\t]/g, ' '));
  if (escapeAttribute(value) !== written) scanner.tidy = false;
  return value;
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
