/** Which HTTP headers cross the gateway, in each direction. */

/** RFC 9110 §7.6.1, and what speaks of the connection or to a proxy; those that Connection names come on top. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
];

/** Written by us for each request, so a client's own are dropped in every spelling. */
const OURS = [
  'host',
  'content-length',
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-forwarded-scheme',
  'x-forwarded-user',
  'x-forwarded-email',
  'x-forwarded-groups',
  'x-forwarded-client-cert',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-real-ip',
  'true-client-ip',
  'front-end-https',
  'x-scheme',
  'x-request-id',
  'x-remote-user',
  'remote-user',
  'x-gateway-request-id',
  // these make IIS (ARR, URL Rewrite) and frameworks serve another URL or method than the one that was checked
  'x-original-url',
  'x-rewrite-url',
  'x-original-host',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  // httpoxy: CGI turns Proxy into HTTP_PROXY
  'proxy',
];

/**
 * CGI, WSGI and IIS read `X_User` and `X-User` as one variable, Apache 2.2 and PHP every other character too
 * (`X.User`): names that differ in such characters alone are one name (security.md H5).
 */
export function canonicalName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '-');
}

/** In lower case; most names are canonical as they are. */
const CANONICAL = /^[a-z0-9-]+$/;

/**
 * Names that go on: as nginx has it by default, letters, digits, `-` and `_`. HTTP allows more (`transfer-encoding~`,
 * `-host`), but no client sends such, and what the next reader makes of them is anybody's guess.
 */
const PLAIN_NAME = /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$/;

/** Names, in canonical form, that are not taken over from a client's request. */
export type HiddenNames = ReadonlySet<string>;

/**
 * Of a message's headers, those that describe the octets as the client sent them, or claim an identity that the
 * message does not prove: they do not go to the upstream with a message that we rewrote.
 */
const REPLACED_WITH_MESSAGES = [
  'content-type',
  'content-encoding',
  'content-language',
  'content-md5',
  'content-digest',
  'digest',
  'repr-digest',
  'signature',
  'signature-input',
  'soapaction',
  'action',
  'accept',
  'accept-encoding',
  'authorization',
  'range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-range',
];

/**
 * @param own names that the identity settings write: of all services, for every route
 * @param route what the request is taken for; a message is written anew, what is passed on keeps its own headers
 */
export function hiddenNames(own: Iterable<string>, route: 'message' | 'passthrough'): HiddenNames {
  const replaced = route === 'message' ? REPLACED_WITH_MESSAGES : [];
  return new Set([...HOP_BY_HOP, ...OURS, ...replaced, ...own].map(canonicalName));
}

const hidesAlways = (name: string): boolean => name.startsWith('proxy-');

function connectionNames(value: string): Set<string> {
  return new Set(value.split(',').map(canonicalName));
}

/**
 * The end-to-end headers of a client's request that have plain names, by lower-cased name; several lines of one name are joined
 * (RFC 9110 §5.3).
 *
 * @param raw the `rawHeaders` of Node: names and values in turn
 */
export function endToEndHeaders(raw: readonly string[], hidden: HiddenNames, connection = ''): Record<string, string> {
  const named =
    connection === '' || /^(?:keep-alive|close)$/i.test(connection) ? undefined : connectionNames(connection);
  const headers: Record<string, string> = Object.create(null);
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    if (!PLAIN_NAME.test(name)) continue;
    const canonical = CANONICAL.test(name) ? name : canonicalName(name);
    if (hidden.has(canonical) || hidesAlways(canonical) || named?.has(canonical) === true) continue;
    const value = raw[i + 1] ?? '';
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}

/** Of an answer: hop-by-hop, or it tells what runs behind us (security.md H7). */
const HIDDEN_IN_ANSWERS: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'proxy-authenticate',
  'proxy-authentication-info',
  'server',
  'via',
  'alt-svc',
  'x-powered-by',
  'x-aspnet-version',
  'x-aspnetmvc-version',
  'x-sourcefiles',
  'x-gateway-request-id',
]);

/** Of an answer whose body we wrote anew. */
const REPLACED_IN_ANSWERS: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
  'etag',
  'last-modified',
  'accept-ranges',
  'date',
  'www-authenticate',
  'set-cookie',
]);

/** May a header of an upstream's answer be passed on with the upstream's own body? `connection`: the answer's Connection. */
export function passesInAnswer(name: string, connection: string): boolean {
  return !HIDDEN_IN_ANSWERS.has(name) && (connection === '' || !connectionNames(connection).has(name));
}

/** As {@link passesInAnswer}, for an answer whose body is protected and so written anew. */
export function passesInRewrittenAnswer(name: string, connection: string): boolean {
  return !REPLACED_IN_ANSWERS.has(name) && passesInAnswer(name, connection);
}
