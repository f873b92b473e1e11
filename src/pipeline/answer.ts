import type { Config, ServicePolicy } from '../config/types.js';
import { GatewayError } from '../errors.js';
import type { UpstreamAnswer } from '../forward/exchange.js';
import { parseContentType } from '../http/content-type.js';
import type { SoapRequest, SoapResponse } from '../http/soap-request.js';
import type { Runtime } from '../runtime.js';
import { type Addressing, readAddressing } from '../soap/addressing.js';
import { type Envelope, isFault, readEnvelope } from '../soap/envelope.js';
import { SOAP, type SoapVersion } from '../soap/names.js';
import { plainEnvelope, type ReplyAddressing } from '../soap/reply.js';
import { scan, type XmlLimits } from '../xml/scan.js';

const MEDIA_TYPES: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'text/xml; charset=utf-8',
  '1.2': 'application/soap+xml; charset=utf-8',
};

export function contentTypeOf(version: SoapVersion): string {
  return MEDIA_TYPES[version];
}

/** The upstream's own message is bounded by its octets: a result with many rows is no attack. */
function answerLimits(limits: XmlLimits, response: number): XmlLimits {
  const elements = Math.max(limits.elements, Math.ceil(response / 8));
  return {
    ...limits,
    elements,
    namespaces: Math.max(limits.namespaces, elements),
    attributeValue: Math.max(limits.attributeValue, response),
  };
}

const SOAP_MEDIA: ReadonlySet<string> = new Set(['text/xml', 'application/soap+xml', 'application/xml']);

/**
 * Reads the upstream's answer as strictly as a request.
 *
 * @throws GatewayError `upstream.answer` for what is no SOAP envelope of the request's version (HTML, nothing)
 */
export function readAnswer(answer: UpstreamAnswer, request: SoapRequest, config: Config): Envelope {
  const type = parseContentType(answer.contentType ?? '');
  const details = { upstream: answer.target, upstream_status: answer.status, content_type: answer.contentType };
  if (type === undefined || !SOAP_MEDIA.has(type.type)) {
    throw new GatewayError('upstream.answer', 'the answer of the upstream is no SOAP message', details);
  }
  let envelope: Envelope;
  try {
    const limits = answerLimits(config.limits.xml, request.service.limits.response);
    envelope = readEnvelope(scan(answer.body, limits, type.parameters.get('charset')));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    const reason = { reason: error.code, ...error.details };
    throw new GatewayError(
      'upstream.answer',
      'the answer of the upstream cannot be read',
      { ...details, ...reason },
      error,
    );
  }
  if (envelope.version !== request.soap) {
    throw new GatewayError('upstream.answer', 'the answer of the upstream is of another SOAP version', details);
  }
  return envelope;
}

/** wsa:Action of a plain answer: the upstream's own if it wrote one, a fault's, or what the policy maps the request's to. */
function replyAction(plain: Envelope, request: Addressing, service: ServicePolicy): string {
  const own = readAddressing(plain)?.action;
  if (own !== undefined) return own;
  if (isFault(plain)) return request.names.fault;
  const action = request.action ?? '';
  const mapped = service.replyActions.get(action) ?? service.replyActions.get('*') ?? '{action}Response';
  return mapped.replaceAll('{action}', () => action);
}

/** The addressing of an answer to a request; none where the request had none. */
export function replyTo(
  request: Addressing | undefined,
  action: (request: Addressing) => string,
  runtime: Runtime,
): ReplyAddressing | undefined {
  if (request === undefined) return undefined;
  const { names, messageId } = request;
  return { names, action: action(request), messageId: `urn:uuid:${runtime.randomUUID()}`, relatesTo: messageId };
}

export function replyToMessage(
  plain: Envelope,
  request: Addressing | undefined,
  service: ServicePolicy,
  runtime: Runtime,
): ReplyAddressing | undefined {
  return replyTo(request, (addressing) => replyAction(plain, addressing, service), runtime);
}

/** A message of our own: scanned like any other, so that it is secured like any other. */
export function ownEnvelope(version: SoapVersion, content: string, limits: XmlLimits): Envelope {
  return readEnvelope(scan(plainEnvelope(SOAP[version], content), limits));
}

export function soapResponse(
  version: SoapVersion,
  status: number,
  body: string,
  log: Readonly<Record<string, unknown>>,
): SoapResponse {
  return { status, contentType: contentTypeOf(version), body, log };
}
