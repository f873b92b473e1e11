import { GatewayError } from '../errors.js';

const WHITE_SPACE = /[\t\n\r ]/;
const ALL_WHITE_SPACE = /[\t\n\r ]+/g;

/**
 * Decodes xs:base64Binary strictly: one text for one value once XML white space is gone (security.md C10), where
 * `Buffer.from` skips garbage, takes the URL alphabet and ignores a missing end.
 *
 * @param maxBytes limit on the decoded octets, judged before anything is decoded
 * @throws GatewayError `crypto.base64`
 */
export function decodeBase64(text: string, maxBytes: number): Buffer {
  const compact = WHITE_SPACE.test(text) ? text.replace(ALL_WHITE_SPACE, '') : text;
  if (compact.length % 4 !== 0) throw new GatewayError('crypto.base64', 'base64 is cut short', { length: text.length });
  if (compact.length > Math.ceil(maxBytes / 3) * 4) {
    throw new GatewayError('crypto.base64', 'base64 is too long', { length: compact.length, maxBytes });
  }
  const bytes = Buffer.from(compact, 'base64');
  if (bytes.length > maxBytes) throw new GatewayError('crypto.base64', 'base64 is too long', { maxBytes });
  if (bytes.toString('base64') !== compact) throw new GatewayError('crypto.base64', 'base64 is not canonical');
  return bytes;
}
