import type { IncomingHttpHeaders } from 'node:http';
import type { ServicePolicy } from '../config/types.js';
import { type ContentType, parseContentType } from './content-type.js';

const SOAP_TYPES: Readonly<Record<string, '1.1' | '1.2'>> = { 'text/xml': '1.1', 'application/soap+xml': '1.2' };

/** `%2e`, `%2f`, `%5c` and NUL decode to a path that another reader would take apart differently; so do dot segments and `//`. */
const TRICK = /%(?:2e|2f|5c|00)|\/\.{1,2}(?:\/|$)|\/\/|%(?![0-9a-f]{2})/i;

/** A request that will be read as a message. */
export interface SoapClass {
  readonly kind: 'soap';
  readonly service: ServicePolicy;
  readonly soap: '1.1' | '1.2';
  readonly contentType: string;
  readonly charset?: string;
  readonly action?: string;
  readonly soapAction?: string;
}

/** A request that is passed on as it is: WSDL, help pages. */
export interface PassthroughClass {
  readonly kind: 'passthrough';
  readonly service: ServicePolicy;
}

/** A question for a service's own documents, which the gateway publishes. */
export interface WsdlClass {
  readonly kind: 'wsdl';
  readonly service: ServicePolicy;
  readonly document: DocumentQuery;
}

/** `?wsdl`, `?wsdl=name` or `?xsd=name`. */
export interface DocumentQuery {
  readonly kind: 'wsdl' | 'xsd';
  /** Empty: the service's WSDL itself. */
  readonly name: string;
}

export interface RefusedClass {
  readonly kind: 'refused';
  readonly service?: ServicePolicy;
  readonly status: number;
  readonly reason: string;
  readonly allow?: string;
}

export type RequestClass = SoapClass | PassthroughClass | WsdlClass | RefusedClass;

/** Who is served where: SOAP at one path each; what is passed on, at exact paths or below a path. */
export interface ServiceIndex {
  readonly soap: ReadonlyMap<string, ServicePolicy>;
  readonly open: ReadonlyMap<string, ServicePolicy>;
  /** Prefixes that end in `/`, longest first. */
  readonly below: readonly (readonly [string, ServicePolicy])[];
}

export function indexServices(services: readonly ServicePolicy[]): ServiceIndex {
  const paths = services.flatMap((service) =>
    service.passthrough === false ? [] : service.passthrough.paths.map((path) => [path, service] as const),
  );
  return {
    soap: new Map(services.map((service) => [service.match.path, service])),
    open: new Map(paths.filter(([path]) => !path.endsWith('/*'))),
    below: paths
      .filter(([path]) => path.endsWith('/*'))
      .map(([path, service]) => [path.slice(0, -1), service] as const)
      .sort(([a], [b]) => b.length - a.length),
  };
}

function openService(services: ServiceIndex, path: string): ServicePolicy | undefined {
  return services.open.get(path) ?? services.below.find(([prefix]) => path.startsWith(prefix))?.[1];
}

/** The path and the query (with its `?`, or empty) of a request target. */
export function splitTarget(url: string): { path: string; query: string } {
  const at = url.indexOf('?');
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at) };
}

/** SOAPAction without its quotes (SOAP 1.1 §6.1.1); undefined if the quotes do not match. */
function unquote(value: string): string | undefined {
  const trimmed = value.trim();
  if (!trimmed.includes('"')) return trimmed;
  return /^"[^"]*"$/.test(trimmed) ? trimmed.slice(1, -1) : undefined;
}

function refused(status: number, reason: string, service?: ServicePolicy, allow?: string): RefusedClass {
  return {
    kind: 'refused',
    status,
    reason,
    ...(service === undefined ? {} : { service }),
    ...(allow === undefined ? {} : { allow }),
  };
}

function soapClass(service: ServicePolicy, type: ContentType, headers: IncomingHttpHeaders): RequestClass {
  const soap = SOAP_TYPES[type.type];
  if (soap === undefined) return refused(415, 'media type', service);
  const encoding = headers['content-encoding'];
  // a compressed body is a bomb or a second reading of the octets (security.md P10)
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return refused(415, 'content-encoding', service);
  const header = headers.soapaction;
  const soapAction = typeof header === 'string' ? unquote(header) : undefined;
  if (header !== undefined && soapAction === undefined) return refused(400, 'SOAPAction', service);
  const charset = type.parameters.get('charset');
  const action = (soap === '1.2' ? type.parameters.get('action') : undefined) ?? soapAction;
  return {
    kind: 'soap',
    service,
    soap,
    contentType: headers['content-type'] ?? '',
    ...(charset === undefined ? {} : { charset }),
    ...(action === undefined ? {} : { action }),
    ...(soapAction === undefined ? {} : { soapAction }),
  };
}

/** .NET's clients write the key in any case; ?singleWsdl is .NET 4.5's, whose clients follow imports as well. */
const DOCUMENT_QUERY = /^\?(wsdl|xsd|singlewsdl)(?:=([^&]*))?$/i;

function documentQuery(query: string): DocumentQuery | undefined {
  const [, key, name = ''] = DOCUMENT_QUERY.exec(query) ?? [];
  if (key === undefined) return undefined;
  return key.toLowerCase() === 'xsd' ? { kind: 'xsd', name } : { kind: 'wsdl', name };
}

/**
 * What a checked request is: a SOAP message for a service, one of its documents, something its policy leaves
 * alone, or neither.
 */
export function classify(
  services: ServiceIndex,
  method: string,
  url: string,
  headers: IncomingHttpHeaders,
): RequestClass {
  const { path, query } = splitTarget(url);
  if (TRICK.test(path)) return refused(400, 'path');
  const soapService = services.soap.get(path);
  // a POST to a path where SOAP is served is a message or nothing: passing it on would go round the proof
  if (soapService !== undefined && method === 'POST') {
    const type = parseContentType(headers['content-type'] ?? '');
    return type === undefined ? refused(415, 'content-type', soapService) : soapClass(soapService, type, headers);
  }
  if (soapService?.wsdl && (method === 'GET' || method === 'HEAD')) {
    const document = documentQuery(query);
    if (document !== undefined) return { kind: 'wsdl', service: soapService, document };
  }
  const open = openService(services, path);
  const service = open ?? soapService;
  if (service === undefined) return refused(404, 'path');
  const methods: readonly string[] = open === undefined || open.passthrough === false ? [] : open.passthrough.methods;
  if (open !== undefined && methods.includes(method)) return { kind: 'passthrough', service: open };
  const allowed = new Set([...methods, ...(soapService === undefined ? [] : ['POST'])]);
  return refused(405, 'method', service, [...allowed].sort().join(', '));
}
