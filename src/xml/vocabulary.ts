import { CLASS, isHighSurrogate, isLowSurrogate, NAME_CHAR, NAME_START } from './characters.js';
import { refuse } from './refuse.js';

export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
export const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';

/** Prefix numbers that every vocabulary has. */
export const DEFAULT_PREFIX = 0;
export const XML_PREFIX = 1;
export const XMLNS_PREFIX = 2;

/** Namespace numbers that every vocabulary has; UNBOUND stands where a prefix has no namespace. */
export const UNBOUND = -1;
export const NO_NAMESPACE = 0;
export const XML_NAMESPACE_ID = 1;

/** Values of `Vocabulary.declares` for names that declare nothing. */
export const DECLARES_NOTHING = -1;
export const RESERVED = -2;

const SLOTS = 256;

/**
 * The names of one document as small numbers, so that scanning and canonicalizing compare numbers. Columns by name
 * number are `names` … `asPrefix`; prefixes and namespace names have numbers of their own.
 */
export interface Vocabulary {
  /** Qualified names as written; 0 is no name. */
  readonly names: string[];
  /** Prefix number of each name. */
  readonly prefixOf: number[];
  readonly localOf: string[];
  /** Number of the name that is the local part alone. */
  readonly localIdOf: number[];
  /** As an attribute's name: number of the prefix that it declares, DECLARES_NOTHING, or RESERVED (security.md §0, 1b). */
  readonly declares: number[];
  /** Number as a prefix of a name that is one, else -1. */
  readonly asPrefix: number[];
  /** One name a slot; names that find theirs taken go to `overflow`, whose hash an attacker cannot aim at (P13). */
  readonly slots: number[];
  readonly overflow: Map<string, number>;
  readonly prefixes: string[];
  readonly namespaces: string[];
  readonly namespaceIds: Map<string, number>;
  /** Place of each namespace in the order of their names, so that a long name is compared once, not for each attribute (P6). */
  readonly namespaceRank: number[];
  /** Namespace numbers in that order. */
  readonly namespaceOrder: number[];
}

export function createVocabulary(): Vocabulary {
  const vocabulary: Vocabulary = {
    names: [''],
    prefixOf: [DEFAULT_PREFIX],
    localOf: [''],
    localIdOf: [0],
    declares: [DECLARES_NOTHING],
    asPrefix: [DEFAULT_PREFIX],
    slots: new Array<number>(SLOTS).fill(0),
    overflow: new Map(),
    prefixes: ['', 'xml', 'xmlns'],
    namespaces: ['', XML_NAMESPACE],
    namespaceIds: new Map([
      ['', NO_NAMESPACE],
      [XML_NAMESPACE, XML_NAMESPACE_ID],
    ]),
    namespaceRank: [0, 1],
    namespaceOrder: [NO_NAMESPACE, XML_NAMESPACE_ID],
  };
  vocabulary.asPrefix[nameId(vocabulary, 'xml', 0, 3)] = XML_PREFIX;
  vocabulary.asPrefix[nameId(vocabulary, 'xmlns', 0, 5)] = XMLNS_PREFIX;
  return vocabulary;
}

/**
 * Number of the qualified name at `from`…`to`; a name's characters are judged where it is first seen.
 *
 * @throws GatewayError `xml.malformed`, `xml.namespace`
 */
export function nameId(vocabulary: Vocabulary, text: string, from: number, to: number): number {
  const length = to - from;
  const slot =
    (text.charCodeAt(from) * 5 +
      text.charCodeAt(from + (length >> 1)) * 17 +
      text.charCodeAt(to - 1) * 3 +
      length * 29) &
    (SLOTS - 1);
  const held = vocabulary.slots[slot]!;
  if (held === 0) {
    const id = addName(vocabulary, text, from, to);
    // A prefixed name takes in its prefix first, which may have taken the slot.
    if (vocabulary.slots[slot] === 0) vocabulary.slots[slot] = id;
    else vocabulary.overflow.set(vocabulary.names[id]!, id);
    return id;
  }
  if (isAt(vocabulary.names[held]!, text, from, length)) return held;
  const name = text.slice(from, to);
  const known = vocabulary.overflow.get(name);
  if (known !== undefined) return known;
  const id = addName(vocabulary, text, from, to);
  vocabulary.overflow.set(name, id);
  return id;
}

/** Whether `name` is what stands at `from` for `length` units. */
export function isAt(name: string, text: string, from: number, length: number): boolean {
  if (name.length !== length) return false;
  for (let i = 0; i < length; i++) if (name.charCodeAt(i) !== text.charCodeAt(from + i)) return false;
  return true;
}

function addName(vocabulary: Vocabulary, text: string, from: number, to: number): number {
  const colon = checkName(text, from, to);
  const name = text.slice(from, to);
  const prefix = colon < 0 ? DEFAULT_PREFIX : prefixOfName(vocabulary, nameId(vocabulary, text, from, colon));
  const local = colon < 0 ? -1 : nameId(vocabulary, text, colon + 1, to);
  const id = vocabulary.names.push(name) - 1;
  vocabulary.prefixOf.push(prefix);
  vocabulary.localIdOf.push(local < 0 ? id : local);
  vocabulary.localOf.push(colon < 0 ? name : text.slice(colon + 1, to));
  vocabulary.asPrefix.push(-1);
  vocabulary.declares.push(DECLARES_NOTHING);
  if (prefix === XMLNS_PREFIX) {
    vocabulary.declares[id] = prefixOfName(vocabulary, local);
  } else if (colon < 0 && name.startsWith('xmlns')) {
    vocabulary.declares[id] = name === 'xmlns' ? DEFAULT_PREFIX : RESERVED;
  }
  return id;
}

function prefixOfName(vocabulary: Vocabulary, name: number): number {
  const known = vocabulary.asPrefix[name]!;
  if (known >= 0) return known;
  const prefix = vocabulary.prefixes.push(vocabulary.names[name]!) - 1;
  vocabulary.asPrefix[name] = prefix;
  return prefix;
}

/** Number of a prefix known by its text, or -1. */
export function prefixId(vocabulary: Vocabulary, prefix: string): number {
  return vocabulary.prefixes.indexOf(prefix);
}

export function namespaceId(vocabulary: Vocabulary, namespace: string): number {
  const known = vocabulary.namespaceIds.get(namespace);
  if (known !== undefined) return known;
  const id = vocabulary.namespaces.push(namespace) - 1;
  vocabulary.namespaceIds.set(namespace, id);
  rankNamespace(vocabulary, id);
  return id;
}

/** Namespace names are ASCII (`checkNamespace`), so that `<` orders them by code point. */
function rankNamespace(vocabulary: Vocabulary, id: number): void {
  const { namespaces, namespaceRank, namespaceOrder } = vocabulary;
  const name = namespaces[id]!;
  let low = 0;
  let high = namespaceOrder.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (namespaces[namespaceOrder[middle]!]! < name) low = middle + 1;
    else high = middle;
  }
  namespaceOrder.splice(low, 0, id);
  for (let rank = low; rank < namespaceOrder.length; rank++) namespaceRank[namespaceOrder[rank]!] = rank;
}

/** QName of Namespaces in XML 1.0 §4. Returns the colon's offset, or -1. */
function checkName(text: string, from: number, to: number): number {
  let colon = -1;
  let first = true;
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i);
    const kind = CLASS[unit]!;
    if ((kind & (first ? NAME_START : NAME_CHAR)) !== 0) {
      first = false;
    } else if (unit === 0x3a && !first && colon < 0) {
      colon = i;
      first = true;
    } else if (unit === 0x3a) {
      refuse('xml.namespace', 'a name is not a QName', i);
    } else if (isHighSurrogate(unit) && unit <= 0xdb7f && i + 1 < to && isLowSurrogate(text.charCodeAt(i + 1))) {
      first = false;
      i++;
    } else {
      refuse('xml.malformed', 'a character that cannot stand in a name', i);
    }
  }
  if (first) refuse(colon < 0 ? 'xml.malformed' : 'xml.namespace', 'a name is missing', to);
  return colon;
}
