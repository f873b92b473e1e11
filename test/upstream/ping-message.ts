import { DOMParser } from '@xmldom/xmldom';

/** A plain Ping service's side of SOAP: no WS-Addressing, no WS-Security, both versions of SOAP. */

export type SoapVersion = '1.1' | '1.2';

export const PING_ACTION = 'http://xmlsoap.org/Ping';

interface SoapNames {
  readonly namespace: string;
  readonly mediaType: string;
  readonly sender: string;
}

export const SOAP: Readonly<Record<SoapVersion, SoapNames>> = {
  '1.1': { namespace: 'http://schemas.xmlsoap.org/soap/envelope/', mediaType: 'text/xml', sender: 'Client' },
  '1.2': { namespace: 'http://www.w3.org/2003/05/soap-envelope', mediaType: 'application/soap+xml', sender: 'Sender' },
};

/** What a plain service sees of a request: which SOAP, which header blocks, what was pinged. */
export interface PingMessage {
  readonly soap: SoapVersion;
  /** `{namespace}local`, with `!` before it where the block is marked mustUnderstand. */
  readonly headers: readonly string[];
  /** Content of origin and text as it stands in the request, references and all. */
  readonly origin: string;
  readonly text: string;
}

/** The request is not one that a plain Ping service answers; `code` is the fault's. */
export class Refused extends Error {
  readonly code: 'Sender' | 'MustUnderstand' | 'VersionMismatch';
  readonly soap: SoapVersion;

  constructor(code: Refused['code'], soap: SoapVersion, message: string) {
    super(message);
    this.code = code;
    this.soap = soap;
  }
}

/**
 * Reads a request as a service would that has never heard of security.
 *
 * @throws Refused for a Security header, for any other block that must be understood, and for what is no Ping
 */
export function readPing(body: string, contentType: string): PingMessage {
  const labelled: SoapVersion = contentType.startsWith(SOAP['1.1'].mediaType) ? '1.1' : '1.2';
  const root = parse(body, labelled).documentElement;
  const soap = (['1.1', '1.2'] as const).find((version) => SOAP[version].namespace === root?.namespaceURI);
  if (soap === undefined || root?.localName !== 'Envelope') throw new Refused('Sender', labelled, 'not an envelope');
  if (soap !== labelled) throw new Refused('VersionMismatch', labelled, 'the envelope is not what Content-Type says');
  const headers = elements(elements(root).find(({ localName }) => localName === 'Header')).map(blockName);
  const security = headers.find((name) => name.endsWith('}Security'));
  if (security !== undefined) throw new Refused('Sender', soap, `a plain service was sent ${security}`);
  const mandatory = headers.find((name) => name.startsWith('!'));
  if (mandatory !== undefined) throw new Refused('MustUnderstand', soap, `${mandatory} is not understood`);
  const [, origin] = /<(?:[\w.-]+:)?origin>([^<]*)<\//.exec(body) ?? [];
  const [, text] = /<(?:[\w.-]+:)?text>([^<]*)<\//.exec(body) ?? [];
  if (origin === undefined || text === undefined) throw new Refused('Sender', soap, 'not a PingRequest');
  return { soap, headers, origin, text };
}

/** The PingResponse that the interoperability service gives; `origin` and `text` are XML content already. */
export function writePingResponse({ soap, origin, text }: Pick<PingMessage, 'soap' | 'origin' | 'text'>): string {
  return envelope(
    soap,
    "<w:PingResponse xmlns:w='http://WSSec/wssc'><PingResponse xmlns='http://xmlsoap.org/Ping'>" +
      `<scenario>Scenario5</scenario><origin>CXF</origin><text>${origin} : ${text}</text></PingResponse></w:PingResponse>`,
  );
}

export function writeFault({ code, soap, message }: Refused): string {
  const name = code === 'Sender' ? SOAP[soap].sender : code;
  const reason = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return envelope(
    soap,
    soap === '1.1'
      ? `<s:Fault><faultcode>s:${name}</faultcode><faultstring>${reason}</faultstring></s:Fault>`
      : `<s:Fault><s:Code><s:Value>s:${name}</s:Value></s:Code><s:Reason><s:Text xml:lang="en">${reason}</s:Text></s:Reason></s:Fault>`,
  );
}

/** The request that the interoperability clients send; `text` is XML content already. */
export function pingRequest(text: string): string {
  return (
    "<w:PingRequest xmlns:w='http://WSSec/wssc'><Ping xmlns='http://xmlsoap.org/Ping'><scenario>Scenario5</scenario>" +
    `<origin>CXF</origin><text>${text}</text></Ping></w:PingRequest>`
  );
}

export function envelope(soap: SoapVersion, body: string): string {
  return `<s:Envelope xmlns:s="${SOAP[soap].namespace}"><s:Body>${body}</s:Body></s:Envelope>`;
}

function parse(body: string, soap: SoapVersion): Document {
  const refuse = (message: string): never => {
    throw new Refused('Sender', soap, message.split('\n')[0] ?? '');
  };
  const errorHandler = { warning: refuse, error: refuse, fatalError: refuse };
  return new DOMParser({ errorHandler }).parseFromString(body, 'text/xml');
}

function elements(parent: Element | undefined): Element[] {
  return Array.from(parent?.childNodes ?? []).filter((node): node is Element => node.nodeType === 1);
}

function blockName(block: Element): string {
  const must = Object.values(SOAP).map(({ namespace }) => block.getAttributeNS(namespace, 'mustUnderstand')?.trim());
  const mark = must.some((value) => value === '1' || value === 'true') ? '!' : '';
  return `${mark}{${block.namespaceURI ?? ''}}${block.localName}`;
}
