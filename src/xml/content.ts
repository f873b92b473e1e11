import { scanCdata, scanComment, scanText } from './character-data.js';
import { CLASS, WHITE_SPACE } from './characters.js';
import { leaveScope } from './namespaces.js';
import { refuse } from './refuse.js';
import type { Scanner } from './scanner.js';
import { scanStartTag } from './start-tag.js';
import { CLOSED, EMPTY, type MutableTree, type Node } from './tree.js';
import { isAt } from './vocabulary.js';

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
  const { text } = scanner;
  let at = from;
  while (at < text.length) {
    if (text.charCodeAt(at) !== LESS) {
      at = scanText(scanner, at);
      continue;
    }
    const unit = text.charCodeAt(at + 1);
    if (unit === SLASH) {
      at = scanEndTag(scanner, at);
    } else if (unit === BANG) {
      at = scanDeclaration(scanner, at);
    } else if (unit === QUESTION) {
      refuse('xml.processing-instruction', 'a processing instruction', at);
    } else {
      at = scanStartTag(scanner, at);
      if ((scanner.tree.flags[scanner.open]! & EMPTY) !== 0) close(scanner, scanner.open, at);
    }
  }
  if (scanner.open !== scanner.outer) refuse('xml.malformed', 'an element does not end', text.length);
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
  const { tree, text, open } = scanner;
  if (open === scanner.outer) refuse('xml.malformed', 'an end tag without a start tag', at);
  const name = tree.vocabulary.names[tree.name[open]!]!;
  let end = at + 2 + name.length;
  if (!isAt(name, text, at + 2, name.length)) refuse('xml.malformed', 'an end tag of another element', at);
  if (text.charCodeAt(end) === GREATER) tree.flags[open]! |= CLOSED;
  else while ((CLASS[text.charCodeAt(end)]! & WHITE_SPACE) !== 0) end++;
  if (text.charCodeAt(end) !== GREATER) refuse('xml.malformed', 'an end tag of another element', at);
  close(scanner, open, at);
  return end + 1;
}

function close(scanner: Scanner, node: Node, at: number): void {
  const tree: MutableTree = scanner.tree;
  tree.close[node] = at;
  leaveScope(scanner, node);
  scanner.open = tree.parent[node]!;
  scanner.previous = node;
  scanner.depth--;
}
