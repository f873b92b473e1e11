import { DOMParser, XMLSerializer } from '@xmldom/xmldom';
import { GatewayError } from '../../errors.js';
import { decodeDocument } from '../../xml/encoding.js';
import { scan, type XmlLimits } from '../../xml/scan.js';
import { WSDL, XSD } from './names.js';

/** WSDL and schema documents as DOM, for they are read once and rewritten; no message ever comes here. */

/** What a service's documents may be; far above what tools generate. */
export const DOCUMENT_LIMITS = Object.freeze({
  /** Octets of one document, and of all together. */
  document: 4 * 1_048_576,
  total: 8 * 1_048_576,
  /** Documents. */
  count: 128,
  /** Imports from the service's own WSDL on. */
  depth: 16,
});

const XML_LIMITS: XmlLimits = Object.freeze({
  depth: 128,
  elements: 200_000,
  attributes: 128,
  namespaces: 20_000,
  name: 512,
  attributeValue: 65_536,
});

/** A document cannot be published. The code is what a client of the upstream would see: it gave no valid answer. */
export function unpublishable(message: string, details: Record<string, unknown> = {}, cause?: unknown): GatewayError {
  return new GatewayError('upstream.answer', message, details, cause);
}

export type DocumentKind = 'wsdl' | 'xsd';

export interface ParsedDocument {
  readonly kind: DocumentKind;
  readonly root: Element;
}

/**
 * Reads a WSDL 1.1 or schema document. Our own scanner has judged it before the DOM sees a byte: no document type, no
 * processing instructions, bounds on everything, so nothing is left that xmldom is too kind to.
 *
 * @param octets UTF-8 or UTF-16, or the text
 * @param charset of the Content-Type
 * @throws GatewayError `upstream.answer`
 */
export function parseDocument(octets: Buffer | string, location: string, charset?: string): ParsedDocument {
  let text: string;
  try {
    scan(octets, XML_LIMITS, charset);
    text = typeof octets === 'string' ? octets : decodeDocument(octets, charset).text;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    throw unpublishable(`not XML that can be published: ${error.message}`, { location, ...error.details }, error);
  }
  const root = parseText(text);
  if (root.namespaceURI === WSDL && root.localName === 'definitions') return { kind: 'wsdl', root };
  if (root.namespaceURI === XSD && root.localName === 'schema') return { kind: 'xsd', root };
  throw unpublishable('neither a WSDL 1.1 nor a schema', { location, root: `{${root.namespaceURI}}${root.localName}` });
}

/** @param text well-formed, with namespaces */
export function parseText(text: string): Element {
  const refuse = (message: string): never => {
    throw unpublishable(message.split('\n')[0] ?? '');
  };
  const errorHandler = { warning: refuse, error: refuse, fatalError: refuse };
  return new DOMParser({ errorHandler }).parseFromString(text, 'text/xml').documentElement;
}

export function serializeDocument(root: Element): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
}

/** Child elements; with names, those of that name. */
export function childElements(parent: Element, namespace?: string, local?: string): Element[] {
  const children: Element[] = [];
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType !== 1) continue;
    const child = node as Element;
    if (namespace === undefined || (child.namespaceURI === namespace && child.localName === local))
      children.push(child);
  }
  return children;
}

/** The element and all below it, in document order; a list, so that what is in it may be removed. */
export function allElements(root: Element): Element[] {
  const found: Element[] = [];
  const pending = [root];
  for (let element = pending.pop(); element !== undefined; element = pending.pop()) {
    found.push(element);
    for (const child of childElements(element).reverse()) pending.push(child);
  }
  return found;
}
