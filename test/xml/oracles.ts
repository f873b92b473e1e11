import { DOMParser } from '@xmldom/xmldom';
import { XmlC14NMode, XmlDocument, XmlElement, type XmlTreeNode } from 'libxml2-wasm';
import { C14nCanonicalization, ExclusiveCanonicalization, ExclusiveCanonicalizationWithComments } from 'xml-crypto';
import { type CanonicalOptions, canonicalize } from '../../src/xml/canonical.js';
import { elements, root } from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';
import type { Node, Tree } from '../../src/xml/tree.js';

/** Every element of a tree, in document order. */
export function allElements(tree: Tree): Node[] {
  const found: Node[] = [];
  const open = [root(tree)];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    found.push(node);
    open.push(...elements(tree, node).reverse());
  }
  return found;
}

/** Our canonical form of every element of a document. */
export function ourForms(document: Buffer | string, options: CanonicalOptions): string[] {
  const tree = scan(document, DEFAULT_XML_LIMITS);
  return allElements(tree).map((node) => canonicalize(tree, node, options));
}

/** libxml2's canonical form of every element of a document. */
export function libxml2Forms(document: Buffer | string, options: CanonicalOptions): string[] {
  return withLibxml2(document, (element) => elementsOf(element).map((each) => libxml2Canonical(each, options)));
}

/** libxml2's canonical form of the root element. */
export function libxml2Form(document: Buffer | string, options: CanonicalOptions): string {
  return withLibxml2(document, (element) => libxml2Canonical(element, options));
}

function withLibxml2<T>(document: Buffer | string, use: (element: XmlElement) => T): T {
  const parsed = typeof document === 'string' ? XmlDocument.fromString(document) : XmlDocument.fromBuffer(document);
  try {
    return use(parsed.root);
  } finally {
    parsed.dispose();
  }
}

function libxml2Canonical(element: XmlElement, options: CanonicalOptions): string {
  return element.canonicalizeToString({
    mode: options.method === 'exclusive' ? XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 : XmlC14NMode.XML_C14N_1_0,
    withComments: options.comments === true,
    ...(options.prefixList === undefined ? {} : { inclusiveNamespacePrefixes: [...options.prefixList] }),
  });
}

/** xml-crypto's exclusive canonical form, over xmldom, of every element of a document. */
export function xmlCryptoForms(document: Buffer | string, options: CanonicalOptions): string[] {
  const parsed = new DOMParser({ errorHandler: { warning: () => undefined } }).parseFromString(
    document.toString(),
    'text/xml',
  );
  const method =
    options.comments === true ? new ExclusiveCanonicalizationWithComments() : new ExclusiveCanonicalization();
  return Array.from(parsed.getElementsByTagName('*')).map((element) =>
    method.process(element, { inclusiveNamespacesPrefixList: [...(options.prefixList ?? [])] }),
  );
}

/** xml-crypto's canonical form of the root element. */
export function xmlCryptoInclusive(document: Buffer | string): string {
  return new C14nCanonicalization().process(
    new DOMParser().parseFromString(document.toString(), 'text/xml').documentElement,
    {},
  );
}

function elementsOf(start: XmlElement): XmlElement[] {
  const found: XmlElement[] = [];
  const visit = (element: XmlElement) => {
    found.push(element);
    for (let child: XmlTreeNode | null = element.firstChild; child !== null; child = child.next) {
      if (child instanceof XmlElement) visit(child);
    }
  };
  visit(start);
  return found;
}
