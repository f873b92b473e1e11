import { GatewayError } from '../errors.js';
import { METHODS, type Principal, type SecurityContext, securityContext, VERSIONS } from './context.js';

/** Version of the format below. A reader refuses every other: what it does not know it cannot compare. */
const FORMAT = 1;

const MIN_KEY = 16;
const MAX_KEY = 64;

/**
 * Octets of the plaintext (security.md T11). The cookie travels in each message of a conversation, and all of it is in
 * the XML limits of clients; groups and claims that do not fit belong where they can be looked up.
 */
const MAX_PAYLOAD = 1536;

/** The members of a cookie's plaintext; one letter each, for it travels with each message. */
interface Payload {
  readonly v: typeof FORMAT;
  /** Identifier */
  readonly i: string;
  /** Instance, if renewed */
  readonly j?: string;
  /** service */
  readonly s: string;
  /** version of WS-SecureConversation */
  readonly w: string;
  /** key, base64url */
  readonly k: string;
  /** created, milliseconds since the epoch; expires and renew-until, milliseconds after it */
  readonly c: number;
  readonly e: number;
  readonly r: number;
  /** principal: name, method, groups and claims if it has any */
  readonly n: string;
  readonly m: string;
  readonly g?: readonly string[];
  readonly a?: Readonly<Record<string, string>>;
}

/** @throws GatewayError `sts.token-too-large` for a principal that does not fit */
export function writePayload(context: SecurityContext): Buffer {
  const { principal } = context;
  const payload: Payload = {
    v: FORMAT,
    i: context.identifier,
    ...(context.instance === undefined ? {} : { j: context.instance }),
    s: context.service,
    w: context.version,
    k: context.key.toString('base64url'),
    c: context.created,
    e: context.expires - context.created,
    r: context.renewUntil - context.created,
    n: principal.name,
    m: principal.method,
    ...(principal.groups.length === 0 ? {} : { g: principal.groups }),
    ...(Object.keys(principal.claims).length === 0 ? {} : { a: principal.claims }),
  };
  const octets = Buffer.from(JSON.stringify(payload));
  if (octets.length > MAX_PAYLOAD) {
    throw new GatewayError('sts.token-too-large', 'the principal does not fit into a token', {
      length: octets.length,
      max: MAX_PAYLOAD,
      groups: principal.groups.length,
    });
  }
  return octets;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTime = (value: unknown): value is number => Number.isSafeInteger(value);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Member → whether its value may stand there. */
const MEMBERS: ReadonlyMap<string, (value: unknown) => boolean> = new Map<string, (value: unknown) => boolean>([
  ['v', (value) => value === FORMAT],
  ['i', isText],
  ['j', (value) => value === undefined || isText(value)],
  ['s', isText],
  ['w', (value) => (VERSIONS as readonly unknown[]).includes(value)],
  ['k', isText],
  ['c', isTime],
  ['e', isTime],
  ['r', isTime],
  ['n', isText],
  ['m', (value) => (METHODS as readonly unknown[]).includes(value)],
  ['g', (value) => value === undefined || (Array.isArray(value) && value.every(isText))],
  ['a', (value) => value === undefined || (isObject(value) && Object.values(value).every(isText))],
]);

/** @throws GatewayError `token.format` for a plaintext that no version 1 writer makes */
export function readPayload(octets: Buffer): SecurityContext {
  const payload = parse(octets);
  const key = unpooled(Buffer.from(payload.k, 'base64url'));
  if (key.length < MIN_KEY || key.length > MAX_KEY) throw unreadable('key has a wrong length');
  const principal: Principal = {
    name: payload.n,
    method: payload.m as Principal['method'],
    groups: payload.g ?? [],
    claims: payload.a ?? {},
  };
  return securityContext({
    identifier: payload.i,
    ...(payload.j === undefined ? {} : { instance: payload.j }),
    service: payload.s,
    version: payload.w as SecurityContext['version'],
    key,
    created: payload.c,
    expires: payload.c + payload.e,
    renewUntil: payload.c + payload.r,
    principal,
  });
}

/** A Buffer of Node's pool keeps 8 KiB in memory for as long as it lives, and this one lives in the cache. */
function unpooled(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

function parse(octets: Buffer): Payload {
  let value: unknown;
  try {
    value = JSON.parse(octets.toString('utf8'));
  } catch {
    throw unreadable('plaintext is not JSON');
  }
  if (!isObject(value)) throw unreadable('plaintext is not an object');
  // First, so that a later format is named as such and not by the first member that it changed.
  if (value.v !== FORMAT) throw unreadable('format version is unknown');
  for (const member of Object.keys(value)) if (!MEMBERS.has(member)) throw unreadable('a member is unknown');
  for (const [member, accepts] of MEMBERS) if (!accepts(value[member])) throw unreadable(`member ${member} is wrong`);
  return value as unknown as Payload;
}

function unreadable(reason: string): GatewayError {
  return new GatewayError('token.format', `cookie: ${reason}`);
}
