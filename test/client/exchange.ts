import type { Runtime } from '../../src/runtime.js';
import { type Answer, type Judge, readAnswer } from './answer.js';
import { AnswerError } from './document.js';
import type { Expectation } from './expectation.js';
import type { Fault } from './fault.js';
import type { HttpAnswer, Transport } from './http.js';
import type { Overrides } from './overrides.js';
import { type Request, type WrittenRequest, writeRequest } from './request.js';
import type { Shape } from './shape.js';

/** One exchange: what was sent, what came back, and what was proven of it. */
export interface Reply {
  readonly status: number;
  readonly headers: HttpAnswer['headers'];
  readonly octets: Buffer;
  /** Undefined for an answer without a body (202, 503 …). */
  readonly answer: Answer | undefined;
  /** Content of the SOAP Body in clear; '' where there is none. */
  readonly body: string;
  readonly fault: Fault | undefined;
  readonly secured: boolean;
  readonly request: WrittenRequest;
  /** What the request was written from, and what its answer is held against: for sending it again. */
  readonly sent: { readonly request: Request; readonly expecting: Expecting };
}

/** Where and how a request goes out. */
export interface Route {
  readonly url: string;
  readonly transport: Transport;
  readonly runtime: Runtime;
  readonly judge: Judge;
}

/** What of an expectation does not follow from the request itself. */
export type Expecting = Omit<
  Expectation,
  'shape' | 'messageId' | 'now' | 'algorithms' | 'encryptedKey' | 'confirmed'
> & {
  readonly signatureConfirmation?: boolean;
};

/** The service's refusal, where a conversation could not be opened, renewed or cancelled. */
export class RefusedError extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super(`refused: ${reply.status} ${reply.fault?.subcode ?? reply.fault?.code ?? ''} ${reply.fault?.reason ?? ''}`);
    this.name = 'RefusedError';
    this.reply = reply;
  }
}

/**
 * Sends a request and reads its answer strictly.
 *
 * @throws AnswerError where the answer is not one that a real client would take
 */
export async function exchange(
  shape: Shape,
  route: Route,
  request: Request,
  expecting: Expecting,
  overrides: Overrides = {},
): Promise<Reply> {
  const written = writeRequest(shape, request, route.runtime, overrides);
  return post(shape, route, written, { request, expecting });
}

/** Posts a request that is already written, e.g. a second time. */
export async function post(shape: Shape, route: Route, written: WrittenRequest, sent: Reply['sent']): Promise<Reply> {
  const { request } = sent;
  const { signatureConfirmation, ...expecting } = sent.expecting;
  const { status, headers, octets } = await route.transport.post(route.url, written);
  const reply = { status, headers, octets, request: written, sent };
  if (octets.length === 0) return { ...reply, answer: undefined, body: '', fault: undefined, secured: false };
  const type = String(headers['content-type'] ?? '');
  const wanted = shape.soap === '1.1' ? 'text/xml' : 'application/soap+xml';
  if (!type.startsWith(wanted)) throw new AnswerError('http', `${status} ${type}: ${octets.subarray(0, 300)}`);
  const encryptedKey =
    written.secret !== undefined && request.protection.primary.kind === 'symmetric'
      ? { secret: written.secret, sha1: written.encryptedKeySha1! }
      : undefined;
  const answer = readAnswer(
    octets,
    {
      ...expecting,
      shape,
      algorithms: request.protection.algorithms,
      encryptedKey,
      confirmed: signatureConfirmation ? written.signatures : undefined,
      messageId: written.messageId,
      now: route.runtime.now(),
    },
    route.judge,
  );
  return { ...reply, answer, body: answer.body, fault: answer.fault, secured: answer.secured };
}
