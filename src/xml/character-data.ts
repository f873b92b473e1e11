import { CLASS, checkCharacter, PLAIN_TEXT, WHITE_SPACE } from './characters.js';
import { referenceEnd } from './references.js';
import { refuse } from './refuse.js';
import { countMarkup, link, type Scanner } from './scanner.js';
import { addNode, COMMENT, LITERAL, NONE, type NodeRecord, RAW, TEXT, VERBATIM } from './tree.js';
import type { Units } from './units.js';
import { NO_NAME } from './vocabulary.js';

const RETURN = 0xd;
const AMPERSAND = 0x26;
const LESS = 0x3c;
const GREATER = 0x3e;
const BRACKET = 0x5d;

/** The references that Canonical XML §2.3 writes in text. */
const CANONICAL_REFERENCES: ReadonlySet<string> = new Set(['&amp;', '&lt;', '&gt;', '&#xD;']);

/**
 * Text up to the next markup or the end.
 *
 * @returns the offset after it
 * @throws GatewayError `xml.malformed`, `xml.character`, `xml.entity`
 */
export function scanText(scanner: Scanner, from: number): number {
  if (scanner.open === NONE) return scanWhiteSpace(scanner, from);
  const { text, tree, source, open } = scanner;
  if (scanner.quiet) {
    const less = text.indexOf('<', from);
    const stop = less < 0 ? text.length : less;
    const greater = text.indexOf('>', from);
    const flags = greater < 0 || greater > stop ? TEXT | RAW | VERBATIM : TEXT | RAW;
    link(scanner, addNode(tree, flags, source, from, stop, open, NO_NAME));
    return stop;
  }
  const node = addNode(tree, TEXT | RAW | VERBATIM, source, from, from, open, NO_NAME);
  link(scanner, node);
  return scanLoudText(scanner, tree.nodes[node]!);
}

function scanLoudText(scanner: Scanner, record: NodeRecord): number {
  const { text, units } = scanner;
  let { flags } = record;
  let at = plainTextEnd(units, record.start);
  while (at < units.length && units[at] !== LESS) {
    const unit = units[at]!;
    if (unit === AMPERSAND) {
      const end = referenceEnd(text, at);
      flags &= CANONICAL_REFERENCES.has(text.slice(at, end)) ? ~RAW : ~(RAW | VERBATIM);
      at = end;
    } else {
      if (unit === RETURN) flags &= ~(RAW | VERBATIM);
      else if (unit === GREATER) flags &= ~VERBATIM;
      else if (unit === BRACKET && text.startsWith(']]>', at)) refuse('xml.malformed', '"]]>" in text', at);
      at = checkCharacter(units, at);
    }
    at = plainTextEnd(units, at);
  }
  record.flags = flags;
  record.stop = at;
  return at;
}

function plainTextEnd(units: Units, from: number): number {
  const classes = CLASS;
  const plain = PLAIN_TEXT;
  let at = from;
  while ((classes[units[at]!]! & plain) !== 0) at++;
  return at;
}

/** What stands outside of the root element. */
function scanWhiteSpace(scanner: Scanner, from: number): number {
  const { units } = scanner;
  let at = from;
  while ((CLASS[units[at]!]! & WHITE_SPACE) !== 0) at++;
  if (at < units.length && units[at] !== LESS) refuse('xml.malformed', 'text outside of the root element', at);
  return at;
}

/** A comment; outside of the root element it is checked and left out. */
export function scanComment(scanner: Scanner, at: number): number {
  const { text, units, tree, open } = scanner;
  const from = at + 4;
  const stop = text.indexOf('--', from);
  if (stop < 0) refuse('xml.malformed', 'a comment does not end', at);
  if (units[stop + 2] !== GREATER) refuse('xml.malformed', '"--" in a comment', stop);
  countMarkup(scanner, at);
  const returns = checkCharacters(units, from, stop);
  if (open !== NONE) {
    link(
      scanner,
      addNode(tree, COMMENT | LITERAL | (returns ? 0 : RAW | VERBATIM), scanner.source, from, stop, open, NO_NAME),
    );
  }
  return stop + 3;
}

/** A CDATA section, which is text. */
export function scanCdata(scanner: Scanner, at: number): number {
  const { text, units, tree, open } = scanner;
  if (open === NONE) refuse('xml.malformed', 'text outside of the root element', at);
  const from = at + 9;
  const stop = text.indexOf(']]>', from);
  if (stop < 0) refuse('xml.malformed', 'a CDATA section does not end', at);
  countMarkup(scanner, at);
  const returns = checkCharacters(units, from, stop);
  link(scanner, addNode(tree, TEXT | LITERAL | (returns ? 0 : RAW), scanner.source, from, stop, open, NO_NAME));
  return stop + 3;
}

/** Whether there are carriage returns among the characters, all of which must be characters. */
function checkCharacters(units: Units, from: number, to: number): boolean {
  let returns = false;
  for (let at = plainTextEnd(units, from); at < to; at = plainTextEnd(units, at)) {
    if (units[at] === RETURN) returns = true;
    at = checkCharacter(units, at);
  }
  return returns;
}
