import type { Runtime } from '../../src/runtime.js';
import type { Content } from './element.js';
import { createMessage } from './message.js';
import type { Overrides } from './overrides.js';
import { protect } from './protect.js';
import type { Protection, ProtectionFacts } from './protection.js';
import { serialize } from './serialize.js';
import type { Shape } from './shape.js';
import { STYLES } from './styles/index.js';

export interface Request {
  readonly to: string;
  readonly action: string;
  readonly content: readonly Content[];
  readonly protection: Protection;
  readonly omitHeaders?: readonly string[];
}

/** A request as it goes over the wire, and what its answer will be held against. */
export interface WrittenRequest extends ProtectionFacts {
  readonly octets: Buffer;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly messageId: string;
  readonly action: string;
}

/** Writes a protected request in the shape's handwriting. */
export function writeRequest(
  shape: Shape,
  request: Request,
  runtime: Runtime,
  overrides: Overrides = {},
): WrittenRequest {
  const messageId = overrides.messageId ?? messageIdOf(shape, runtime);
  const addressed = {
    to: overrides.to ?? request.to,
    action: request.action,
    messageId,
    omit: request.omitHeaders ?? [],
  };
  const message = createMessage(shape, addressed, request.content, runtime);
  const algorithms = { ...request.protection.algorithms, ...overrides.algorithms };
  const encryptBody = overrides.encryptBody ?? request.protection.encryptBody;
  const facts = protect(message, { ...request.protection, algorithms, encryptBody }, overrides);
  overrides.afterProtection?.(message);
  const text = serialize(message.envelope);
  const octets = overrides.octets?.(text) ?? text;
  return {
    ...facts,
    octets: typeof octets === 'string' ? Buffer.from(octets) : octets,
    contentType: overrides.contentType ?? contentTypeOf(shape, request.action),
    headers: headersOf(shape, request.action, overrides),
    messageId,
    action: request.action,
  };
}

function messageIdOf(shape: Shape, runtime: Runtime): string {
  return `${shape.style === 'wse2' ? 'uuid' : 'urn:uuid'}:${runtime.randomUUID()}`;
}

function contentTypeOf(shape: Shape, action: string): string {
  if (shape.soap === '1.1') return 'text/xml; charset=utf-8';
  return `application/soap+xml; charset=utf-8${STYLES[shape.style].actionParameter ? `; action="${action}"` : ''}`;
}

function headersOf(shape: Shape, action: string, overrides: Overrides): Record<string, string> {
  const soapAction = shape.soap === '1.1' || STYLES[shape.style].soapAction12 ? { SOAPAction: `"${action}"` } : {};
  const { userAgent } = STYLES[shape.style];
  const announced = userAgent === undefined ? {} : { 'User-Agent': userAgent };
  const all: Record<string, string | undefined> = { ...soapAction, ...announced, ...overrides.headers };
  return Object.fromEntries(Object.entries(all).filter((field): field is [string, string] => field[1] !== undefined));
}
