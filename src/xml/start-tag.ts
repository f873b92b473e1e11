import { scanAttribute } from './attribute.js';
import { nameEnd, skipSpace } from './names.js';
import { bindAttributes } from './namespaces.js';
import { refuse, refuseLimit } from './refuse.js';
import { countMarkup, link, type Scanner } from './scanner.js';
import { addNode, ELEMENT, EMPTY, NONE, SORTED, TIDY, VERBATIM } from './tree.js';
import { nameAt, UNBOUND } from './vocabulary.js';

const SPACE = 0x20;
const SLASH = 0x2f;
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
  let end = nameEnd(units, limits, at + 1);
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
    if (from !== end + 1 || units[end] !== SPACE) scanner.tidy = false;
    end = scanAttribute(scanner, node, from);
    unit = units[end]!;
  }
  const empty = unit === SLASH;
  if (empty && units[end + 1] !== GREATER) refuse('xml.malformed', 'a "/" in a start tag', end);
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
