import { GatewayError } from '../errors.js';

const ALL_WHITE_SPACE = /[\t\n\r ]+/g;
const EQUALS = 0x3d;

/**
 * Decodes xs:base64Binary strictly: one text for one value once XML white space is gone (security.md C10), where
 * `Buffer.from` skips garbage, takes the URL alphabet and ignores a missing end.
 *
 * @param maxBytes limit on the decoded octets, judged before anything is decoded
 * @throws GatewayError `crypto.base64`
 */
export function decodeBase64(text: string, maxBytes: number): Buffer {
  const maxLength = Math.ceil(maxBytes / 3) * 4;
  const bytes = decodeCanonical(text, maxLength) ?? decodeCompacted(text, maxLength);
  if (bytes.length > maxBytes) throw new GatewayError('crypto.base64', 'base64 is too long', { maxBytes });
  return bytes;
}

/** Clients that break lines are few, so white space is looked for only where the text is not canonical as it is. */
function decodeCompacted(text: string, maxLength: number): Buffer {
  const compact = text.replace(ALL_WHITE_SPACE, '');
  const { length } = compact;
  if (length % 4 !== 0) throw new GatewayError('crypto.base64', 'base64 is cut short', { length: text.length });
  if (length > maxLength) throw new GatewayError('crypto.base64', 'base64 is too long', { length, maxLength });
  const bytes = length === text.length ? undefined : decodeCanonical(compact, maxLength);
  if (bytes === undefined) throw new GatewayError('crypto.base64', 'base64 is not canonical');
  return bytes;
}

/**
 * The octets of a text without white space, or undefined where it is not what they encode to. `Buffer.from` tells of a
 * stranger by a missing octet; what it takes for good must be looked at: characters beyond ASCII, of which it reads the
 * low octet, the URL alphabet, and bits beyond the last octet.
 */
function decodeCanonical(text: string, maxLength: number): Buffer | undefined {
  const { length } = text;
  if (length % 4 !== 0 || length > maxLength || Buffer.byteLength(text) !== length) return undefined;
  const bytes = Buffer.from(text, 'base64');
  const padding = text.charCodeAt(length - 1) !== EQUALS ? 0 : text.charCodeAt(length - 2) !== EQUALS ? 1 : 2;
  const isWhole = bytes.length === (length / 4) * 3 - padding;
  if (!isWhole || text.includes('-') || text.includes('_')) return undefined;
  const last = length === 0 ? 0 : bytes.length - (3 - padding);
  return bytes.toString('base64', last) === text.slice(length - 4) ? bytes : undefined;
}
