import { checkName } from './names.js';
import { isSame, type Units, unitsOf } from './units.js';

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
export const XMLNS_NAMESPACE_ID = 2;

/** Values of `Name.declares` for names that declare nothing. */
export const DECLARES_NOTHING = -1;
export const RESERVED = -2;

/** A qualified name; one object for each in a document. */
export interface Name {
  /** As written. */
  readonly text: string;
  /** Prefix number. */
  readonly prefix: number;
  readonly local: string;
  /** As an attribute's name: number of the prefix that it declares, DECLARES_NOTHING, or RESERVED (security.md §0, 1b). */
  readonly declares: number;
  /** Where it was first seen. */
  readonly units: Units;
  readonly from: number;
}

/** The name of what has none. */
export const NO_NAME: Name = Object.freeze({
  text: '',
  prefix: DEFAULT_PREFIX,
  local: '',
  declares: DECLARES_NOTHING,
  units: new Uint8Array(0),
  from: 0,
});

/** A namespace name, by the place where it was first declared. */
export interface Namespace {
  readonly id: number;
  readonly units: Units;
  readonly from: number;
  readonly length: number;
}

const SLOTS = 128;
export const NAMESPACE_SLOTS = 32;

/** The names of one document, each taken in once, and numbers for its prefixes and namespaces. */
export interface Vocabulary {
  /** One name a slot; names that find theirs taken go to `overflow`, whose hash an attacker cannot aim at (P13). */
  readonly slots: (Name | undefined)[];
  readonly overflow: Map<string, Name>;
  readonly prefixes: string[];
  readonly prefixIds: Map<string, number>;
  readonly namespaces: string[];
  /** As `slots`, in front of `namespaceIds`. */
  readonly namespaceSlots: (Namespace | undefined)[];
  readonly namespaceIds: Map<string, number>;
  /** Place of each namespace in the order of their names, so that a long name is compared once, not for each attribute (P6). */
  readonly namespaceRank: number[];
  /** Namespace numbers in that order. */
  readonly namespaceOrder: number[];
}

export function createVocabulary(): Vocabulary {
  return {
    slots: new Array<Name | undefined>(SLOTS).fill(undefined),
    overflow: new Map(),
    prefixes: ['', 'xml', 'xmlns'],
    prefixIds: new Map([
      ['', DEFAULT_PREFIX],
      ['xml', XML_PREFIX],
      ['xmlns', XMLNS_PREFIX],
    ]),
    namespaces: ['', XML_NAMESPACE, XMLNS_NAMESPACE],
    namespaceSlots: new Array<Namespace | undefined>(NAMESPACE_SLOTS).fill(undefined),
    namespaceIds: new Map([
      ['', NO_NAMESPACE],
      [XML_NAMESPACE, XML_NAMESPACE_ID],
      [XMLNS_NAMESPACE, XMLNS_NAMESPACE_ID],
    ]),
    namespaceRank: [0, 1, 2],
    namespaceOrder: [NO_NAMESPACE, XML_NAMESPACE_ID, XMLNS_NAMESPACE_ID],
  };
}

/**
 * The qualified name at `from`…`to` of a text and its units; a name's characters are judged where it is first seen.
 *
 * @throws GatewayError `xml.malformed`, `xml.namespace`
 */
export function nameAt(vocabulary: Vocabulary, text: string, units: Units, from: number, to: number): Name {
  const length = to - from;
  const slot = (units[from]! * 5 + units[from + (length >> 1)]! * 17 + units[to - 1]! * 3 + length * 29) & (SLOTS - 1);
  const held = vocabulary.slots[slot];
  if (held === undefined) {
    const name = readName(vocabulary, text, units, from, to);
    vocabulary.slots[slot] = name;
    return name;
  }
  if (held.text.length === length && isName(held, units, from)) return held;
  const written = text.slice(from, to);
  const known = vocabulary.overflow.get(written);
  if (known !== undefined) return known;
  const name = readName(vocabulary, text, units, from, to);
  vocabulary.overflow.set(written, name);
  return name;
}

/** The qualified name that `text` is. */
export function nameOf(vocabulary: Vocabulary, text: string): Name {
  return readName(vocabulary, text, unitsOf(text), 0, text.length);
}

/** Forgets where names were seen: octets of an earlier text may have changed since, names are found again by text. */
export function forgetPlaces(vocabulary: Vocabulary): void {
  vocabulary.slots.fill(undefined);
  vocabulary.namespaceSlots.fill(undefined);
}

/** Whether `name` stands at `at`. */
export function isName(name: Name, units: Units, at: number): boolean {
  return isSame(name.units, name.from, units, at, name.text.length);
}

function readName(vocabulary: Vocabulary, text: string, units: Units, from: number, to: number): Name {
  const colon = checkName(units, from, to);
  const written = text.slice(from, to);
  if (colon < 0) {
    const declares = !written.startsWith('xmlns') ? DECLARES_NOTHING : to - from === 5 ? DEFAULT_PREFIX : RESERVED;
    return { text: written, prefix: DEFAULT_PREFIX, local: written, declares, units, from };
  }
  const prefix = prefixId(vocabulary, text.slice(from, colon));
  const local = text.slice(colon + 1, to);
  const declares = prefix === XMLNS_PREFIX ? prefixId(vocabulary, local) : DECLARES_NOTHING;
  return { text: written, prefix, local, declares, units, from };
}

/** Number of a prefix. */
export function prefixId(vocabulary: Vocabulary, prefix: string): number {
  const known = vocabulary.prefixIds.get(prefix);
  if (known !== undefined) return known;
  const id = vocabulary.prefixes.push(prefix) - 1;
  vocabulary.prefixIds.set(prefix, id);
  return id;
}
