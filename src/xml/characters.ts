import { refuse } from './refuse.js';
import type { Units } from './units.js';

/** Bits of `CLASS`, by UTF-16 code unit. */
export const NAME_START = 1;
export const NAME_CHAR = 2;
/** What may stand in a QName before it is looked at closely: name characters, colon, surrogates. */
export const NAME_PART = 4;
export const WHITE_SPACE = 8;
/** What stands in character data for itself, in canonical form too. */
export const PLAIN_TEXT = 16;
/** The same in an attribute value between double quotes. */
export const PLAIN_VALUE = 32;

/** NCNameStartChar of XML 1.0, 5th edition, production 4, without the colon and without #x10000-#xEFFFF. */
const NAME_START_RANGES: readonly (readonly [number, number])[] = [
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x2ff],
  [0x370, 0x37d],
  [0x37f, 0x1fff],
  [0x200c, 0x200d],
  [0x2070, 0x218f],
  [0x2c00, 0x2fef],
  [0x3001, 0xd7ff],
  [0xf900, 0xfdcf],
  [0xfdf0, 0xfffd],
];

/** What production 4a adds to it. */
const NAME_ONLY_RANGES: readonly (readonly [number, number])[] = [
  [0x2d, 0x2e],
  [0x30, 0x39],
  [0xb7, 0xb7],
  [0x300, 0x36f],
  [0x203f, 0x2040],
];

/** Character classes in one table, so that the scanner's loops do one look-up a character. */
export const CLASS: Uint8Array = classes();

function classes(): Uint8Array {
  const table = new Uint8Array(0x10000);
  for (const [from, to] of NAME_START_RANGES) table.fill(NAME_START | NAME_CHAR | NAME_PART, from, to + 1);
  for (const [from, to] of NAME_ONLY_RANGES) table.fill(NAME_CHAR | NAME_PART, from, to + 1);
  table.fill(NAME_PART, 0xd800, 0xe000);
  table[0x3a] = NAME_PART;
  for (const space of [0x20, 0x9, 0xa, 0xd]) table[space] = WHITE_SPACE;
  for (let unit = 0; unit < 0x10000; unit++) if (isChar(unit)) table[unit]! |= PLAIN_TEXT | PLAIN_VALUE;
  for (const special of '&<>]\r') table[special.charCodeAt(0)]! &= ~PLAIN_TEXT;
  for (const special of '&<"\t\n\r') table[special.charCodeAt(0)]! &= ~PLAIN_VALUE;
  return table;
}

/** ASCII's characters that are not PLAIN_TEXT, the frequent ones first, without the delimiters of markup. */
const LOUD: readonly string[] = [
  '&',
  '\r',
  ']',
  ...Array.from({ length: 0x20 }, (_, unit) => String.fromCharCode(unit)),
].filter((character, i, all) => (CLASS[character.charCodeAt(0)]! & PLAIN_TEXT) === 0 && all.indexOf(character) === i);

/**
 * Whether an ASCII text holds only PLAIN_TEXT and the delimiters of markup. Thirty searches in native code take a
 * quarter of the time of one look-up a character.
 */
export function isQuiet(text: string): boolean {
  for (const character of LOUD) if (text.includes(character)) return false;
  return true;
}

/** Production 2, Char. */
export function isChar(codePoint: number): boolean {
  return codePoint < 0x20
    ? codePoint === 0x9 || codePoint === 0xa || codePoint === 0xd
    : codePoint < 0xd800 || (codePoint > 0xdfff && codePoint < 0xfffe) || (codePoint > 0xffff && codePoint < 0x110000);
}

/** Whether a code unit is the first half of a surrogate pair. */
export function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

/** Whether a code unit is the second half of a surrogate pair. */
export function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/**
 * Offset after the character at `at`, of one code unit or two.
 *
 * @throws GatewayError `xml.character`, `xml.encoding` for half of a surrogate pair
 */
export function checkCharacter(units: Units, at: number): number {
  const unit = units[at]!;
  if (isChar(unit)) return at + 1;
  if (unit < 0xd800 || unit > 0xdfff) refuse('xml.character', 'a character that XML does not have', at);
  if (!isHighSurrogate(unit) || !isLowSurrogate(units[at + 1] ?? 0)) {
    refuse('xml.encoding', 'half of a surrogate pair', at);
  }
  return at + 2;
}

/**
 * Orders by code point, as Canonical XML §2.2 does; `<` orders by UTF-16 code unit, which puts U+10000 before U+E000.
 */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xSurrogate = x >= 0xd800 && x < 0xe000;
    const ySurrogate = y >= 0xd800 && y < 0xe000;
    return xSurrogate === ySurrogate ? x - y : xSurrogate ? 1 : -1;
  }
  return a.length - b.length;
}
