import { DOMParser } from '@xmldom/xmldom';
import { XmlC14NMode, XmlDocument } from 'libxml2-wasm';
import { ExclusiveCanonicalization } from 'xml-crypto';
import { canonicalize } from '../../src/xml/canonical.js';
import { root } from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';

/** The exclusive canonical form of a document, by three implementations that share nothing. */
export function canonicalForms(document: string): Record<'own' | 'xmlCrypto' | 'libxml2', string> {
  const tree = scan(document, DEFAULT_XML_LIMITS);
  const parsed = XmlDocument.fromString(document);
  try {
    return {
      own: canonicalize(tree, root(tree), { method: 'exclusive' }),
      xmlCrypto: new ExclusiveCanonicalization().process(
        new DOMParser().parseFromString(document, 'text/xml').documentElement as never,
        {},
      ),
      libxml2: parsed.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 }),
    };
  } finally {
    parsed.dispose();
  }
}
