import type { X509Certificate } from 'node:crypto';
import type { ServicePolicy } from '../config/types.js';
import type { GatewayError } from '../errors.js';

/** A POST to a service's path, read whole, as the pipelines get it. */
export interface SoapRequest {
  /** The request id that stands in the log, in the answer and towards the upstream. */
  readonly id: string;
  readonly service: ServicePolicy;
  readonly body: Buffer;
  /** By the media type (SOAP 1.1 §6.1.1, SOAP 1.2 Part 2 §7.1.4); the envelope's namespace must agree. */
  readonly soap: '1.1' | '1.2';
  readonly contentType: string;
  readonly charset?: string;
  /** The `action` parameter of SOAP 1.2, else the SOAPAction without its quotes; `''` is a value, not an absence. */
  readonly action?: string;
  /** SOAPAction without its quotes, if the header was sent: gSOAP sends it beside `action`, and both must agree. */
  readonly soapAction?: string;
  /** TLS up to us, or up to a trusted proxy that says so. */
  readonly secureTransport: boolean;
  readonly clientAddress: string;
  /** The certificate of the TLS client, if it was asked for and the chain was verified. */
  readonly clientCertificate?: X509Certificate;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  /** End-to-end headers by lower-cased name: hop-by-hop ones and those that we set ourselves are gone, X-Forwarded-* are ours. */
  readonly headers: Readonly<Record<string, string>>;
  readonly method: string;
  /** The request target in origin form. */
  readonly url: string;
}

export interface SoapResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** One `Set-Cookie` line each: the only header that must not be joined (RFC 9110 §5.3). */
  readonly setCookie?: readonly string[];
  /** Merged into the access log line. */
  readonly log: Readonly<Record<string, unknown>>;
}

/** Never rejects for an error of the message: that is a fault in the response. */
export type SoapHandler = (request: SoapRequest) => Promise<SoapResponse>;

/** Writes the fault for an error that is met before there is a SoapRequest. */
export type FaultResponse = (error: GatewayError, soap: '1.1' | '1.2') => SoapResponse;
