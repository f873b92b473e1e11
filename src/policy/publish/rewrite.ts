import { createHash } from 'node:crypto';
import type { ServicePolicy, WsdlPublication } from '../../config/types.js';
import { ADDRESSING_BY_NAMESPACE } from '../../soap/names.js';
import { attachPolicies, removePolicies } from './attach.js';
import type { SourceDocument } from './collect.js';
import { childElements, type DocumentKind, serializeDocument } from './document.js';
import { publishedVersions, WSDL_SOAP } from './names.js';
import { copyParts, findSoapParts, offerSoap, type SoapParts } from './ports.js';
import type { PublishedService } from './service-policy.js';

/** Of a service, what its published documents are made of. */
export type RewrittenService = PublishedService & {
  readonly match: Pick<ServicePolicy['match'], 'path'>;
  readonly upstream: Pick<ServicePolicy['upstream'], 'path'>;
  readonly conversation: Pick<ServicePolicy['conversation'], 'versions'>;
  readonly wsdl: Exclude<WsdlPublication, false>;
};

/** Query → document with holes for the addresses; the query is as {@link documentQuery} writes it. */
export type Templates = ReadonlyMap<string, string>;

/** Private-use characters: no document has them, and one that does has an address printed in it. */
const ADDRESS = '\ue000address\ue000';
const DOCUMENTS = '\ue000documents\ue000';

/** Fills the holes: both URLs without a query. */
export function fill(template: string, address: string, documents: string): string {
  // functions, for `$` in a text would be taken for a pattern
  return template.replaceAll(ADDRESS, () => address).replaceAll(DOCUMENTS, () => documents);
}

/** `wsdl` is the service's own WSDL; names of others are case-sensitive, the key is not. */
export function documentQuery(kind: DocumentKind, name: string): string {
  return name === '' ? kind : `${kind}=${name}`;
}

/** .NET's own names of what belongs to a service, Orders.svc?xsd=xsd0; they may stay as they are. */
const OWN_QUERY = /^\?(wsdl|xsd)=([A-Za-z0-9._-]{1,64})$/i;

function nameOf({ location, kind }: SourceDocument, upstreamPath: string): string {
  const [path = '', query = ''] = location.split(/(?=\?)/);
  const [, key, own] = path === upstreamPath ? (OWN_QUERY.exec(query) ?? []) : [];
  if (key?.toLowerCase() === kind && own !== undefined) return documentQuery(kind, own);
  const file = (/[^/]*$/.exec(path)?.[0] ?? '').replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(-64);
  // the same on every node of the farm: the next request is another's
  const digest = createHash('sha256').update(location).digest('hex').slice(0, 12);
  return documentQuery(kind, `${file}-${digest}`);
}

function queriesOf(documents: readonly SourceDocument[], upstreamPath: string): ReadonlyMap<string, string> {
  return new Map(
    documents.map((document, index) => [document.location, index === 0 ? 'wsdl' : nameOf(document, upstreamPath)]),
  );
}

function setAddresses({ ports }: SoapParts): void {
  for (const { element, soap } of ports) {
    for (const address of childElements(element, WSDL_SOAP[soap], 'address')) address.setAttribute('location', ADDRESS);
    // the upstream's own address and identity once more, as WCF writes them
    for (const child of childElements(element)) {
      if (ADDRESSING_BY_NAMESPACE.has(child.namespaceURI ?? '')) element.removeChild(child);
    }
  }
}

/**
 * Makes of an upstream's documents those that are published: addresses and imports lead to the gateway, the upstream's
 * own policies are gone, the service's stands in their place. Each further version of WS-SecureConversation has bindings
 * and ports of its own, because tools choose a port by its name, but hardly any chooses among alternatives of a policy.
 *
 * @param documents as collected; the service's own WSDL first. They are changed
 * @throws GatewayError `upstream.answer` for a WSDL without a SOAP binding
 */
export function rewriteDocuments(documents: readonly SourceDocument[], service: RewrittenService): Templates {
  const queries = queriesOf(documents, service.upstream.path);
  for (const { root, links } of documents) {
    removePolicies(root);
    for (const { element, attribute, target } of links) {
      element.setAttribute(attribute, `${DOCUMENTS}?${queries.get(target) ?? ''}`);
    }
  }
  const parts = offerSoap(findSoapParts(documents, service.upstream.path), service.wsdl.soap);
  setAddresses(parts);
  const [first, ...others] = publishedVersions(service.conversation.versions);
  // copies are made of what has no policy yet
  const copies = others.map((version) => ({ version, parts: copyParts(parts, `_${version}`) }));
  if (first !== undefined) attachPolicies(parts.bindings, service, first);
  for (const { version, parts: copied } of copies) attachPolicies(copied.bindings, service, version);
  return new Map(documents.map(({ location, root }) => [queries.get(location) ?? '', serializeDocument(root)]));
}
