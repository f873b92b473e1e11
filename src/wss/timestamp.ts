import type { TimestampPolicy } from '../config/types.js';
import { GatewayError } from '../errors.js';
import type { TimestampElement } from './tokens.js';

/** Of xsd:dateTime what names an instant: with a zone. Metro writes whole seconds, WCF milliseconds, .NET up to seven digits. */
const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

function instant(written: string, what: string): number {
  const [, seconds, fraction = '', zone] = INSTANT.exec(written) ?? [];
  const time = seconds === undefined ? Number.NaN : Date.parse(`${seconds}${fraction.slice(0, 4)}${zone}`);
  if (Number.isNaN(time)) throw new GatewayError('wss.timestamp', `${what} is not an instant`, { written });
  return time;
}

/**
 * Judges a Timestamp (WSS SOAP Message Security 1.1 §10): our ttl counts from Created and wins over a later Expires;
 * clocks may differ by `skew` either way (WCF's clients and servers allow five minutes).
 *
 * @param now milliseconds since the epoch
 * @returns until when a message with this Timestamp could be accepted, for the replay window
 * @throws GatewayError `wss.timestamp`, with the times in its details
 */
export function requireFresh(timestamp: TimestampElement, policy: TimestampPolicy, now: number): number {
  const created = instant(timestamp.created, 'Created');
  const expires = timestamp.expires === undefined ? created + policy.ttl : instant(timestamp.expires, 'Expires');
  const end = Math.min(expires, created + policy.ttl) + policy.skew;
  const details = { created: timestamp.created, expires: timestamp.expires, age_ms: now - created, ...policy };
  if (expires < created) throw new GatewayError('wss.timestamp', 'Expires is before Created', details);
  if (created > now + policy.skew) throw new GatewayError('wss.timestamp', 'Created lies in the future', details);
  if (now >= end) throw new GatewayError('wss.timestamp', 'the message has expired', details);
  return end;
}
