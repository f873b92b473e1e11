import { CLASS, WHITE_SPACE } from './characters.js';
import { scanContent } from './content.js';
import { checkLabel, type Document, decodeDocument } from './encoding.js';
import type { XmlLimits } from './limits.js';
import { refuse } from './refuse.js';
import { createScanner, initialScope } from './scanner.js';
import { createTree, NONE, type Tree } from './tree.js';
import { unitsOf } from './units.js';

export { DEFAULT_XML_LIMITS, type XmlLimits } from './limits.js';
export { splice } from './splice.js';

const DECLARATION =
  /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.0"|'1\.0')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([A-Za-z][\w.-]*)"|'([A-Za-z][\w.-]*)'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/y;

/**
 * Scans a document of SOAP's subset of XML 1.0 (5th edition) with Namespaces: no document type declaration, no
 * processing instructions (SOAP 1.2 §5). The tree is all that is ever read of it.
 *
 * @param document UTF-8, or UTF-16 with a byte order mark; a string is scanned as it is
 * @param charset parameter of the Content-Type, if there is one; it and the XML declaration must agree with the octets
 * @throws GatewayError `xml.*` with `offset`, in UTF-16 code units after the byte order mark
 */
export function scan(document: Buffer | string, limits: XmlLimits, charset?: string): Tree {
  const decoded: Document =
    typeof document === 'string'
      ? { text: document, units: unitsOf(document), labels: undefined }
      : decodeDocument(document, charset);
  const tree = createTree();
  const scanner = createScanner(tree, decoded, limits, NONE, 0, initialScope());
  scanContent(scanner, xmlDeclarationEnd(decoded));
  if (scanner.top === NONE) refuse('xml.malformed', 'there is no root element', decoded.text.length);
  tree.root = scanner.top;
  return tree;
}

/** Offset after the XML declaration (production 23), 0 where there is none. */
function xmlDeclarationEnd(decoded: Document): number {
  const { text } = decoded;
  if (!text.startsWith('<?xml') || (CLASS[text.charCodeAt(5)]! & WHITE_SPACE) === 0) return 0;
  DECLARATION.lastIndex = 0;
  const match = DECLARATION.exec(text);
  if (match === null) refuse('xml.malformed', 'the XML declaration is not one of XML 1.0', 0);
  const encoding = match[1] ?? match[2];
  if (encoding !== undefined) checkLabel(decoded, encoding, 0);
  return match[0].length;
}
