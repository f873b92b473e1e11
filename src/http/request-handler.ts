import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Limits, ServicePolicy } from '../config/types.js';
import { faultOf, GatewayError } from '../errors.js';
import { hiddenNames } from '../forward/headers.js';
import { identityNames } from '../forward/identity.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { Runtime } from '../runtime.js';
import { accessRecord, writeAccess } from './access-log.js';
import { createAnswers, type Exchange, RETRY_AFTER } from './answers.js';
import { announcesMore, askForBody, readBody } from './body.js';
import {
  classify,
  type DocumentQuery,
  indexServices,
  type RequestClass,
  type SoapClass,
  type WsdlClass,
} from './classify.js';
import { checkHead, isRefusal } from './head.js';
import type { InFlight } from './in-flight.js';
import { createInboundReader } from './inbound.js';
import { sendSoap, sendText } from './respond.js';
import type { FaultResponse, SoapHandler, SoapRequest } from './soap-request.js';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Passes a request on as it is; resolves when the response is over, with what the access log should say. */
export type PassthroughHandler = (
  service: ServicePolicy,
  request: IncomingMessage,
  response: ServerResponse,
  inbound: { readonly id: string; readonly url: string; readonly headers: Record<string, string> },
) => Promise<Readonly<Record<string, unknown>>>;

/**
 * Gives one of a service's documents for the URL under which the client knows the service; undefined: there is none of
 * that name.
 *
 * @throws GatewayError `upstream.*`
 */
export type DocumentHandler = (
  service: ServicePolicy,
  request: DocumentQuery & { readonly url: string; readonly requestId: string },
) => Promise<string | undefined>;

export interface RequestHandlerOptions {
  readonly services: readonly ServicePolicy[];
  readonly limits: Pick<Limits, 'headerCount' | 'inFlight'>;
  readonly trustedProxies: readonly string[];
  readonly soap: SoapHandler;
  readonly fault: FaultResponse;
  readonly passthrough: PassthroughHandler;
  /** What is published of services whose policy says so. */
  readonly publish?: DocumentHandler;
  /** Documents of our own at exact paths (a public JWKS): GET and HEAD only. */
  readonly documents?: ReadonlyMap<string, { readonly contentType: string; readonly body: string }>;
  readonly inFlight: InFlight;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** The way of a request from its checked head to the end of its response; one for each generation of the configuration. */
export function createRequestHandler(options: RequestHandlerOptions): RequestHandler {
  const { limits, inFlight, log, metrics } = options;
  const answers = createAnswers(options);
  const services = indexServices(options.services);
  const readInbound = createInboundReader(options);
  const own = identityNames(options.services);
  const hidden = { soap: hiddenNames(own, 'message'), passthrough: hiddenNames(own, 'passthrough') };

  async function message(exchange: Exchange, classified: SoapClass): Promise<void> {
    const { request, response, record, inbound, gone } = exchange;
    record.route = classified.service.name;
    record.fields = { soap_version: classified.soap, soap_action: classified.action };
    let body: Buffer;
    try {
      body = await readBody(request, response, classified.service.limits.body);
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'http.too-large')
        answers.fault(exchange, error, classified.soap);
      else record.outcome = 'gone';
      return;
    }
    record.bytesIn = body.length;
    const { kind: _, ...described } = classified;
    const soapRequest: SoapRequest = {
      ...described,
      id: inbound.id,
      body,
      secureTransport: inbound.secureTransport,
      clientAddress: inbound.clientAddress,
      signal: gone.signal,
      headers: inbound.headers,
      method: request.method ?? 'POST',
      url: exchange.url,
      ...(inbound.clientCertificate === undefined ? {} : { clientCertificate: inbound.clientCertificate }),
    };
    const answer = await options.soap(soapRequest);
    record.outcome = answer.status < 400 ? 'ok' : 'fault';
    record.fields = { ...record.fields, ...answer.log };
    if (!response.destroyed) record.bytesOut = sendSoap(response, inbound.id, answer);
  }

  async function passOn(exchange: Exchange, service: ServicePolicy): Promise<void> {
    const { request, response, record, inbound } = exchange;
    record.route = service.name;
    record.outcome = 'ok';
    const limit = service.limits.body;
    if (announcesMore(request, limit)) {
      record.outcome = 'refused';
      record.fields = { code: 'http.too-large', limit };
      record.bytesOut = sendText(response, inbound.id, 413, 'the body is too large');
      return;
    }
    askForBody(request, response);
    record.fields = await options.passthrough(service, request, response, {
      id: inbound.id,
      url: exchange.url,
      headers: inbound.headers,
    });
    if (record.fields.code !== undefined && record.outcome === 'ok') record.outcome = 'fault';
  }

  async function take(exchange: Exchange, classified: RequestClass, admitted: boolean): Promise<void> {
    const { response, record, inbound } = exchange;
    if (classified.kind === 'refused') return answers.refuse(exchange, classified);
    if (!admitted) {
      record.route = classified.service.name;
      const error = new GatewayError('http.overloaded', 'too many requests are in work', { limit: limits.inFlight });
      if (classified.kind === 'soap') return answers.fault(exchange, error, classified.soap);
      record.outcome = 'refused';
      record.fields = { code: error.code };
      record.bytesOut = sendText(response, inbound.id, 503, 'too busy', { headers: ['Retry-After', RETRY_AFTER] });
      return;
    }
    if (classified.kind === 'soap') await message(exchange, classified);
    else if (classified.kind === 'wsdl') await publish(exchange, classified);
    else await passOn(exchange, classified.service);
  }

  async function publish(exchange: Exchange, { service, document }: WsdlClass): Promise<void> {
    const { request, response, record, inbound } = exchange;
    record.route = service.name;
    // HTTP/1.0 may come without Host: then there is no address that could stand in the document
    if (inbound.host === '') return answers.refuse(exchange, { kind: 'refused', service, status: 400, reason: 'host' });
    const url = `${inbound.secureTransport ? 'https' : 'http'}://${inbound.host}${service.match.path}`;
    try {
      const body = await options.publish?.(service, { ...document, url, requestId: inbound.id });
      if (body === undefined)
        return answers.refuse(exchange, { kind: 'refused', service, status: 404, reason: 'document' });
      record.outcome = 'ok';
      // what stands in it depends on the address that was asked
      const headers = { 'Cache-Control': 'no-cache' };
      const answer = { status: 200, contentType: 'text/xml; charset=utf-8', body, headers, log: {} };
      const length = sendSoap(response, inbound.id, answer);
      record.bytesOut = request.method === 'HEAD' ? 0 : length;
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      record.outcome = 'fault';
      record.fields = { code: error.code, reason: error.message, details: error.details };
      record.bytesOut = sendText(response, inbound.id, faultOf(error).status, 'the document cannot be had');
    }
  }

  function serveDocument({ request, response, record, inbound }: Exchange): boolean {
    const document = options.documents?.get(record.path);
    if (document === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    record.outcome = 'ok';
    const body = request.method === 'HEAD' ? '' : document.body;
    record.bytesOut = sendSoap(response, inbound.id, { ...document, body, status: 200, log: {} });
    return true;
  }

  return (request, response) => {
    const record = accessRecord(request.method ?? '', request.url ?? '');
    const admitted = inFlight.enter(limits.inFlight);
    const gone = new AbortController();
    const closed = new Promise<void>((resolve) => {
      response.once('close', () => {
        record.ended = performance.now();
        if (!response.writableFinished) gone.abort();
        resolve();
      });
    });
    /** Both over: what passes a request on, or works for a client that left, tells the log at its end. */
    const finish = async (work: Promise<void> | undefined): Promise<void> => {
      await Promise.all([closed, work]);
      if (admitted) inFlight.leave();
      if (!response.writableFinished && record.outcome !== 'failed') record.outcome = 'gone';
      record.status = response.headersSent ? response.statusCode : 0;
      writeAccess(record, log, metrics);
    };
    const head = checkHead(request, limits.headerCount);
    if (isRefusal(head)) {
      metrics.count('requests_refused_total', { reason: head.reason });
      record.outcome = 'refused';
      record.fields = { code: head.reason };
      const id = options.runtime.randomUUID();
      record.bytesOut = sendText(response, id, head.status, head.reason, { close: true });
      void finish(undefined);
      return;
    }
    const classified = classify(services, record.method, head.url, request.headers);
    const inbound = readInbound(request, classified.kind === 'passthrough' ? hidden.passthrough : hidden.soap);
    record.inbound = inbound;
    const exchange: Exchange = { request, response, record, url: head.url, inbound, gone };
    const work = serveDocument(exchange)
      ? undefined
      : take(exchange, classified, admitted).catch((error: unknown) => answers.fail(exchange, error));
    void finish(work);
  };
}
