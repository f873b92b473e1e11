import type { IncomingMessage } from 'node:http';

/**
 * Headers of which one request has at most one (RFC 9110 §5.3): Node takes the first of some and joins others, an
 * upstream may take the last (security.md finding 9).
 */
const SINGLETONS: ReadonlyMap<string, number> = new Map(
  [
    'host',
    'content-type',
    'content-length',
    'content-encoding',
    'transfer-encoding',
    'soapaction',
    'authorization',
    'proxy-authorization',
    'expect',
    'from',
    'max-forwards',
    'referer',
    'user-agent',
    'date',
    'range',
    'if-modified-since',
    'if-unmodified-since',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-request-id',
    'traceparent',
    'upgrade',
  ].map((name, index) => [name, 1 << index]),
);

/** RFC 3986 characters of a path and query; no fragment, no backslash, nothing outside ASCII. */
const TARGET = /^\/[A-Za-z0-9\-._~:/?[\]@!$&'()*+,;=%]*$/;
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/i;
const HOST = /^(?:[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;
const LENGTH = /^\d{1,15}$/;

export interface Refusal {
  readonly status: number;
  /** For the log and the metric; the client sees it too. */
  readonly reason: string;
}

export interface Head {
  /** Request target in origin form. */
  readonly url: string;
  readonly hasBody: boolean;
}

const refuse = (status: number, reason: string): Refusal => ({ status, reason });

function originForm(target: string, host: string): string | undefined {
  if (target.startsWith('/')) return target;
  // RFC 9112 §3.2.2 demands that the absolute form is accepted; one that names another host than Host could be
  // routed differently by the next reader.
  const match = ABSOLUTE.exec(target);
  if (match?.[1] === undefined || match[1].toLowerCase() !== host.toLowerCase()) return undefined;
  const path = match[2] ?? '';
  return path.startsWith('/') ? path : `/${path}`;
}

function refuseFraming(request: IncomingMessage): Refusal | undefined {
  const { headers, method, httpVersion } = request;
  const coding = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (coding !== undefined) {
    // RFC 9112 §6.1: HTTP/1.0 has no transfer codings, and a recipient must treat the framing as faulty
    if (httpVersion === '1.0') return refuse(400, 'transfer-encoding in HTTP/1.0');
    if (coding.toLowerCase() !== 'chunked') return refuse(400, 'transfer-encoding other than chunked');
    if (length !== undefined) return refuse(400, 'content-length beside transfer-encoding');
  }
  if (length !== undefined && !LENGTH.test(length)) return refuse(400, 'content-length');
  // a body that one reader skips and the next reads as a request (security.md finding 5)
  if (method !== 'POST' && (coding !== undefined || (length !== undefined && !/^0+$/.test(length)))) {
    return refuse(400, 'body in a request that has none');
  }
  return undefined;
}

function refuseFields(raw: readonly string[], headerCount: number): Refusal | undefined {
  if (raw.length > 2 * headerCount) return refuse(400, 'too many headers');
  let seen = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const bit = SINGLETONS.get((raw[i] ?? '').toLowerCase());
    if (bit === undefined) continue;
    if ((seen & bit) !== 0) return refuse(400, 'a header twice that may stand once');
    seen |= bit;
  }
  return undefined;
}

/**
 * Checks a parsed head for what llhttp lets through and an upstream could read in another way (security.md H1, H2,
 * H6). What is refused here is answered and the connection is closed.
 *
 * @param headerCount most header lines; Node itself would silently drop those beyond its own maximum
 */
export function checkHead(request: IncomingMessage, headerCount: number): Head | Refusal {
  const { httpVersion, headers, method } = request;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return refuse(505, 'HTTP version');
  const fields = refuseFields(request.rawHeaders, headerCount) ?? refuseFraming(request);
  if (fields !== undefined) return fields;
  const host = headers.host;
  if (host !== undefined ? !HOST.test(host) : httpVersion === '1.1') return refuse(400, 'host');
  // RFC 9110 §10.1.1: of HTTP/1.0 the expectation is ignored; of HTTP/1.1 Node refuses all others with 417
  if (httpVersion === '1.0') delete headers.expect;
  const upgrade = headers.upgrade;
  // h2c is offered by Java's HttpClient on every clear-text connection; it is not taken and not passed on
  if (upgrade !== undefined && upgrade.toLowerCase() !== 'h2c') return refuse(400, 'upgrade');
  const url = originForm(request.url ?? '', host ?? '');
  if (url === undefined) return refuse(method === 'OPTIONS' ? 405 : 400, 'request target');
  if (!TARGET.test(url)) return refuse(400, 'request target');
  return { url, hasBody: method === 'POST' };
}

export function isRefusal(value: object): value is Refusal {
  return 'reason' in value;
}
