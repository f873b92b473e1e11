import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayError } from '../errors.js';
import type { Log } from '../observe/log.js';
import type { AccessRecord } from './access-log.js';
import type { RefusedClass } from './classify.js';
import type { Inbound } from './inbound.js';
import { sendSoap, sendText } from './respond.js';
import type { FaultResponse } from './soap-request.js';

/** Seconds that a client is asked to wait when too much is in work. */
export const RETRY_AFTER = '1';

/** What the steps of one request share. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly record: AccessRecord;
  readonly url: string;
  readonly inbound: Inbound;
  readonly gone: AbortController;
}

/** The ways in which a request ends before, or beside, its pipeline; each tells the access log. */
export interface Answers {
  refuse(exchange: Exchange, refused: RefusedClass): void;
  fault(exchange: Exchange, error: GatewayError, soap: '1.1' | '1.2'): void;
  /** For what should never be thrown. */
  fail(exchange: Exchange, error: unknown): void;
}

export function createAnswers({ fault, log }: { readonly fault: FaultResponse; readonly log: Log }): Answers {
  return {
    refuse({ record, response, inbound }, refused) {
      record.route = refused.service?.name ?? 'other';
      record.outcome = 'refused';
      record.fields = { code: refused.reason };
      const headers = refused.allow === undefined ? [] : ['Allow', refused.allow];
      record.bytesOut = sendText(response, inbound.id, refused.status, refused.reason, { headers });
    },
    fault({ record, response, inbound }, error, soap) {
      const answer = fault(error, soap);
      record.outcome = 'fault';
      record.fields = { code: error.code, ...answer.log };
      const headers =
        error.code === 'http.overloaded' ? { ...answer.headers, 'Retry-After': RETRY_AFTER } : answer.headers;
      record.bytesOut = sendSoap(response, inbound.id, headers === undefined ? answer : { ...answer, headers });
    },
    fail({ record, response, inbound }, error) {
      record.outcome = 'failed';
      log('request.failed', { request_id: inbound.id, error });
      if (response.headersSent || response.destroyed) response.destroy();
      else record.bytesOut = sendText(response, inbound.id, 500, 'the request could not be processed', { close: true });
    },
  };
}
