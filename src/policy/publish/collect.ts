import {
  allElements,
  childElements,
  DOCUMENT_LIMITS,
  type DocumentKind,
  type ParsedDocument,
  parseDocument,
  unpublishable,
} from './document.js';
import { WSDL, WSDL_SOAP, XSD } from './names.js';

/** An attribute that names another document of the same service. */
export interface Link {
  readonly element: Element;
  readonly attribute: 'location' | 'schemaLocation';
  /** Path and query, as {@link SourceDocument.location}. */
  readonly target: string;
}

export interface SourceDocument extends ParsedDocument {
  /** Path and query of the document at its server. */
  readonly location: string;
  readonly links: readonly Link[];
}

/** What a reader gives for a location. */
export interface Octets {
  readonly octets: Buffer | string;
  readonly charset?: string;
}

export interface Origin {
  /** Of the service's own WSDL. */
  readonly start: URL;
  /** Origins (scheme, host, port) under which the same server is meant. */
  readonly own: readonly string[];
  /**
   * Is the host that the WSDL names for its ports that server too? WCF writes the machine's own name where the gateway
   * knows an address. Nothing is ever asked of that host: only the path is taken from it.
   */
  readonly portsAreOwn: boolean;
}

const LINKS: Readonly<Record<string, Readonly<Record<string, 'location' | 'schemaLocation'>>>> = {
  [WSDL]: { import: 'location' },
  [XSD]: {
    import: 'schemaLocation',
    include: 'schemaLocation',
    redefine: 'schemaLocation',
    override: 'schemaLocation',
  },
};

export function locationOf({ pathname, search }: URL): string {
  return pathname + search;
}

function parseUrl(text: string, base: URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

function portOrigins(root: Element, base: URL): string[] {
  return childElements(root, WSDL, 'service').flatMap((service) =>
    childElements(service, WSDL, 'port').flatMap((port) =>
      Object.values(WSDL_SOAP).flatMap((soap) =>
        childElements(port, soap, 'address').flatMap((address) => {
          const url = parseUrl(address.getAttribute('location') ?? '', base);
          return url === undefined ? [] : [url.origin];
        }),
      ),
    ),
  );
}

/**
 * What a document imports of the same server. What is elsewhere is not followed: an http or https location stays as its
 * author wrote it (the W3C's own schemas), anything else is refused, for a client's tool would open it.
 */
function linksOf(root: Element, base: URL, own: ReadonlySet<string>): Link[] {
  return allElements(root).flatMap((element) => {
    const attribute = LINKS[element.namespaceURI ?? '']?.[element.localName];
    const written = attribute === undefined ? '' : (element.getAttribute(attribute) ?? '').trim();
    if (attribute === undefined || written === '') return [];
    const url = parseUrl(written, base);
    if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
      throw unpublishable('an import of something that is not on the web', { location: locationOf(base) });
    }
    return own.has(url.origin) ? [{ element, attribute, target: locationOf(url) }] : [];
  });
}

/**
 * Walks the documents of a service from its own WSDL on, each once. Yields the location (path and query) of a document
 * and takes its octets, so that the same walk reads from an upstream and from files.
 *
 * @returns the documents; the service's own WSDL is the first
 * @throws GatewayError `upstream.answer` for what cannot be published, and beyond {@link DOCUMENT_LIMITS}
 */
export function* collectDocuments({ start, own, portsAreOwn }: Origin): Generator<string, SourceDocument[], Octets> {
  const origins = new Set([start.origin, ...own]);
  const seen = new Set([locationOf(start)]);
  const queue = [{ location: locationOf(start), depth: 0 }];
  const documents: SourceDocument[] = [];
  let total = 0;
  // the queue grows while it is walked
  for (const { location, depth } of queue) {
    const { octets, charset } = yield location;
    total += octets.length;
    if (octets.length > DOCUMENT_LIMITS.document || total > DOCUMENT_LIMITS.total) {
      throw unpublishable('the documents of the service are too large', { location });
    }
    const { kind, root }: { kind: DocumentKind; root: Element } = parseDocument(octets, location, charset);
    const base = new URL(start.origin + location);
    if (depth === 0) {
      if (kind !== 'wsdl') throw unpublishable('not a WSDL', { location });
      if (portsAreOwn) for (const origin of portOrigins(root, base)) origins.add(origin);
    }
    const links = linksOf(root, base, origins);
    documents.push({ kind, root, location, links });
    for (const { target } of links) {
      if (seen.has(target)) continue;
      seen.add(target);
      if (seen.size > DOCUMENT_LIMITS.count) throw unpublishable('too many documents', { location });
      if (depth === DOCUMENT_LIMITS.depth) throw unpublishable('imports are nested too deep', { location });
      queue.push({ location: target, depth: depth + 1 });
    }
  }
  return documents;
}
