import { isChar } from './characters.js';
import { refuse } from './refuse.js';

/** The entities that every document has (XML 1.0 §4.6); there is no DTD to declare others. */
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['apos', "'"],
  ['quot', '"'],
]);

/** Longer than any reference to a character, leading zeros aside. */
const LONGEST = 64;

const REFERENCE = /&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|([^;]+));/y;
const REFERENCES = /&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|([^;]+));/g;
const NAME = /^[\p{L}_][\p{L}\p{N}._-]*$/u;

/**
 * Offset after the reference at `at`.
 *
 * @throws GatewayError `xml.entity` for an entity that is not one of the five, `xml.character` for a reference to what
 *   is no character (XML 1.0 §4.1, well-formedness constraint Legal Character), `xml.malformed`
 */
export function referenceEnd(text: string, at: number): number {
  const end = text.indexOf(';', at);
  if (end < 0 || end - at > LONGEST) refuse('xml.malformed', 'an ampersand that starts no reference', at);
  const written = text.slice(at + 1, end);
  if (ENTITIES.has(written)) return end + 1;
  const [, hexadecimal, decimal, name] = match(text, at);
  if (hexadecimal === undefined && decimal === undefined) {
    if (name !== undefined && NAME.test(name)) refuse('xml.entity', 'a reference to an entity', at);
    refuse('xml.malformed', 'an ampersand that starts no reference', at);
  }
  if (!isChar(codePoint(hexadecimal, decimal))) refuse('xml.character', 'a reference to what is no character', at);
  return end + 1;
}

function match(text: string, at: number): readonly (string | undefined)[] {
  REFERENCE.lastIndex = at;
  return REFERENCE.exec(text) ?? [];
}

function codePoint(hexadecimal: string | undefined, decimal: string | undefined): number {
  return hexadecimal === undefined ? Number.parseInt(decimal as string, 10) : Number.parseInt(hexadecimal, 16);
}

/** Replaces the references in a text that has been scanned. */
export function dereference(text: string): string {
  return text.replace(REFERENCES, (_reference, hexadecimal?: string, decimal?: string, name?: string) =>
    name === undefined ? String.fromCodePoint(codePoint(hexadecimal, decimal)) : (ENTITIES.get(name) as string),
  );
}
