import type { Dispatcher } from 'undici';
import { type ErrorCode, GatewayError } from '../errors.js';
import { passesInRewrittenAnswer } from './headers.js';

/** More interim answers than this are a flood (security.md H7). */
const INTERIM_LIMIT = 16;
const ASCII = /^[\t\x20-\x7e]*$/;

export interface Answer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** By lower-cased name; only what may be passed on beside a body that we write. */
  readonly headers: Record<string, string>;
  readonly setCookie: readonly string[];
  readonly body: Buffer;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function passedHeaders(headers: Headers): Record<string, string> {
  const connection = first(headers.connection) ?? '';
  const passed: Record<string, string> = {};
  for (const name of Object.keys(headers)) {
    if (!passesInRewrittenAnswer(name, connection)) continue;
    const value = headers[name];
    const joined = Array.isArray(value) ? value.join(', ') : value;
    // what is not ASCII cannot be written back as the octets that came
    if (joined !== undefined && ASCII.test(joined)) passed[name] = joined;
  }
  return passed;
}

/** undici's codes for an answer that is no HTTP, or not the one that its head announced. */
const BAD_ANSWERS: ReadonlySet<string> = new Set([
  'HTTPParserError',
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_RESPONSE',
]);

function errorCode(code: string): ErrorCode {
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'upstream.timeout';
  // a header or a path that cannot be written: undici refused the request, no upstream has seen it
  if (code === 'UND_ERR_INVALID_ARG') return 'internal';
  return BAD_ANSWERS.has(code) || code.startsWith('HPE_') ? 'upstream.answer' : 'upstream.unreachable';
}

/**
 * Receives one exchange from undici and collects the answer in memory, up to `limit` octets. The exchange is over
 * when `settle` is called: once, with an answer or an error. {@link AnswerCollector.sent} then says whether a byte of
 * the request may have left.
 */
export class AnswerCollector implements Dispatcher.DispatchHandler {
  sent = false;
  readonly #limit: number;
  readonly #settle: (result: Answer | GatewayError) => void;
  #settled = false;
  #controller: Dispatcher.DispatchController | undefined;
  #interim = 0;
  #status = 0;
  #headers: Headers = {};
  #size = 0;
  #chunks: Buffer[] = [];

  constructor(limit: number, settle: (result: Answer | GatewayError) => void) {
    this.#limit = limit;
    this.#settle = settle;
  }

  /** Ends the exchange from our side: the caller has its error at once, the connection is destroyed. */
  stop(error: GatewayError): void {
    if (this.#settled) return;
    this.#finish(error);
    this.#controller?.abort(error);
  }

  #finish(result: Answer | GatewayError): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#chunks = [];
    this.#settle(result);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#settled) {
      controller.abort(new GatewayError('client.gone', 'the exchange is over'));
      return;
    }
    this.sent = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (status < 200) {
      if (++this.#interim > INTERIM_LIMIT) this.stop(new GatewayError('upstream.answer', 'too many interim answers'));
      return;
    }
    this.#status = status;
    this.#headers = headers;
    const declared = Number(first(headers['content-length']) ?? 0);
    if (declared > this.#limit) this.#tooLarge(declared);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > this.#limit) this.#tooLarge(this.#size);
    else this.#chunks.push(chunk);
  }

  #tooLarge(size: number): void {
    this.stop(
      new GatewayError('upstream.too-large', "the upstream's answer is larger than allowed", {
        limit: this.#limit,
        size,
        upstream_status: this.#status,
      }),
    );
  }

  onResponseEnd(): void {
    const [only] = this.#chunks;
    const cookies = this.#headers['set-cookie'];
    this.#finish({
      status: this.#status,
      contentType: first(this.#headers['content-type']),
      contentEncoding: first(this.#headers['content-encoding']),
      headers: passedHeaders(this.#headers),
      setCookie: (Array.isArray(cookies) ? cookies : cookies === undefined ? [] : [cookies]).filter((c) =>
        ASCII.test(c),
      ),
      body: this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks, this.#size),
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error & { code?: string }): void {
    const code = error.code ?? error.name;
    this.#finish(
      new GatewayError(
        errorCode(code),
        this.sent ? 'the exchange with the upstream broke' : 'the upstream could not be reached',
        { reason: code, sent: this.sent, ...(this.#status === 0 ? {} : { upstream_status: this.#status }) },
        error,
      ),
    );
  }
}
