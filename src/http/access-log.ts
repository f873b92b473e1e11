import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { Inbound } from './inbound.js';

/** What one request did, gathered on its way and written once when its response and the work for it are over. */
export interface AccessRecord {
  readonly started: number;
  /** When the response was over; the work for it may take a little longer. */
  ended: number;
  readonly method: string;
  readonly path: string;
  inbound: Inbound | undefined;
  /** Name of the service, or `other`: a label of metrics, so it never comes from a client. */
  route: string;
  outcome: Outcome;
  status: number;
  bytesIn: number;
  bytesOut: number;
  /** From the pipeline (`user`, `code`, `upstream`, `crypto_ms` …); wins over the fields of the record. */
  fields: Readonly<Record<string, unknown>>;
}

/**
 * `ok`: passed through; `fault`: answered with a fault; `refused`: not taken up; `gone`: the client left;
 * `failed`: we broke. A pipeline may set its own by `outcome` in its log fields.
 */
export type Outcome = 'ok' | 'fault' | 'refused' | 'gone' | 'failed';

export function accessRecord(method: string, url: string): AccessRecord {
  const query = url.indexOf('?');
  return {
    started: performance.now(),
    ended: 0,
    method,
    // the query may hold anything, and means nothing for SOAP
    path: query < 0 ? url : url.slice(0, query),
    inbound: undefined,
    route: 'other',
    outcome: 'gone',
    status: 0,
    bytesIn: 0,
    bytesOut: 0,
    fields: {},
  };
}

/** Writes the one line and the metrics of a request. Times in the line are milliseconds. */
export function writeAccess(record: AccessRecord, log: Log, metrics: Metrics): void {
  const { inbound, route, fields } = record;
  const duration = record.ended - record.started;
  const outcome = typeof fields.outcome === 'string' ? fields.outcome : record.outcome;
  metrics.count('requests_total', { route, outcome, status: String(record.status) });
  metrics.observe('request_duration_seconds', { route }, duration / 1000);
  metrics.observe('request_bytes', {}, record.bytesIn);
  metrics.observe('response_bytes', {}, record.bytesOut);
  log('request', {
    request_id: inbound?.id,
    client_ip: inbound?.clientAddress,
    method: record.method,
    host: inbound?.host,
    path: record.path,
    policy: route,
    status: record.status,
    duration_ms: Math.round(duration * 1000) / 1000,
    bytes_in: record.bytesIn,
    bytes_out: record.bytesOut,
    tls_version: inbound?.tlsVersion,
    trace_id: inbound?.traceId,
    ...fields,
    outcome,
  });
}
