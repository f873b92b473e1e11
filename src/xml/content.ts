import { scanCdata, scanComment, scanText } from './character-data.js';
import { CLASS, WHITE_SPACE } from './characters.js';
import { leaveScope } from './namespaces.js';
import { refuse } from './refuse.js';
import type { Scanner } from './scanner.js';
import { scanStartTag } from './start-tag.js';
import { CLOSED, EMPTY, type NodeRecord } from './tree.js';
import { isName } from './vocabulary.js';

const BANG = 0x21;
const SLASH = 0x2f;
const LESS = 0x3c;
const GREATER = 0x3e;
const QUESTION = 0x3f;

/**
 * Scans to the end of the text.
 *
 * @throws GatewayError `xml.*`
 */
export function scanContent(scanner: Scanner, from: number): void {
  const { units, tree } = scanner;
  let at = from;
  while (at < units.length) {
    if (units[at] !== LESS) {
      at = scanText(scanner, at);
      continue;
    }
    const unit = units[at + 1];
    if (unit === SLASH) {
      at = scanEndTag(scanner, at);
    } else if (unit === BANG) {
      at = scanDeclaration(scanner, at);
    } else if (unit === QUESTION) {
      refuse('xml.processing-instruction', 'a processing instruction', at);
    } else {
      at = scanStartTag(scanner, at);
      const opened = tree.nodes[scanner.open]!;
      if ((opened.flags & EMPTY) !== 0) close(scanner, opened, at);
    }
  }
  if (scanner.open !== scanner.outer) refuse('xml.malformed', 'an element does not end', units.length);
}

/** What begins with `<!`. */
function scanDeclaration(scanner: Scanner, at: number): number {
  const { text } = scanner;
  if (text.startsWith('<!--', at)) return scanComment(scanner, at);
  if (text.startsWith('<![CDATA[', at)) return scanCdata(scanner, at);
  if (text.startsWith('<!DOCTYPE', at)) refuse('xml.doctype', 'a document type declaration', at);
  return refuse('xml.malformed', 'a declaration outside of a document type declaration', at);
}

function scanEndTag(scanner: Scanner, at: number): number {
  const { tree, units, open } = scanner;
  if (open === scanner.outer) refuse('xml.malformed', 'an end tag without a start tag', at);
  const record = tree.nodes[open]!;
  const { name } = record;
  let end = at + 2 + name.text.length;
  if (!isName(name, units, at + 2)) refuse('xml.malformed', 'an end tag of another element', at);
  if (units[end] === GREATER) record.flags |= CLOSED;
  else while ((CLASS[units[end]!]! & WHITE_SPACE) !== 0) end++;
  if (units[end] !== GREATER) refuse('xml.malformed', 'an end tag of another element', at);
  close(scanner, record, at);
  return end + 1;
}

/** `at` is the end tag's offset, if there is one. */
function close(scanner: Scanner, record: NodeRecord, at: number): void {
  record.close = at;
  leaveScope(scanner, record);
  scanner.previous = scanner.open;
  scanner.open = record.parent;
  scanner.depth--;
}
