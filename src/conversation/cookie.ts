import { createDecipheriv } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import { unwrapSymmetric } from '../crypto/keywrap.js';
import { KW_AES256 } from '../crypto/uris.js';
import { GatewayError } from '../errors.js';
import { type OuterToken, requireBinding, type SecurityContext } from './context.js';
import type { KeyRing } from './key-ring.js';
import { readPayload, writePayload } from './payload.js';

/**
 * The cookie: a JWE in compact serialization (RFC 7516 §3.1), `A256KW` + `A256GCM`: a fresh content key for each cookie,
 * wrapped by the farm's current key. Sealed by jose; opened here for this one profile and in one spelling only, because
 * jose's opening costs fifteen times as much and takes white space, padding and unused bits for nothing.
 */
export const MAX_COOKIE = 4096;

/** Members of the protected header in the order in which jose writes them; `zip`, `crit` and all others have no place. */
const HEADER = /^\{"alg":"A256KW","enc":"A256GCM","kid":"([A-Za-z0-9._-]{1,32})"\}$/;

const MAX_HEADER = 120;
/** Octets: the wrapped content key (RFC 3394 adds eight), the IV and the tag have one length each. */
const WRAPPED_KEY_LENGTH = 40;
const IV_LENGTH = 12;
const TAG_LENGTH = 16;

/**
 * Seals a context under the ring's current key.
 *
 * @throws GatewayError `sts.token-too-large`
 */
export async function seal(ring: KeyRing, context: SecurityContext): Promise<string> {
  const { kid, key } = ring.current;
  return new CompactEncrypt(writePayload(context))
    .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', kid })
    .encrypt(key);
}

/**
 * Opens a cookie and compares it with the token that carried it. Whether the context has expired is the caller's question:
 * an expired one may still be renewed.
 *
 * @param limits.length characters of a cookie, judged before anything is decoded (4096)
 * @throws GatewayError `token.format` (not this profile), `token.key-unknown` (details.kid), `token.open` (any failure of
 *   cryptography), `token.binding`
 */
export function open(ring: KeyRing, cookie: string, outer: OuterToken, limits?: { length?: number }): SecurityContext {
  const length = limits?.length ?? MAX_COOKIE;
  if (cookie.length > length) throw malformed('is too long', { length: cookie.length });
  const parts = cookie.split('.', 6);
  if (parts.length !== 5) throw malformed('has not five parts');
  const [header, wrappedKey, iv, ciphertext, tag] = parts as [string, string, string, string, string];
  const kek = ring.get(kidOf(header));
  if (kek === undefined)
    throw new GatewayError('token.key-unknown', 'no key of the ring has this kid', { kid: kidOf(header) });
  const context = readPayload(
    decrypt(
      kek.key,
      header,
      exactly(wrappedKey, WRAPPED_KEY_LENGTH),
      exactly(iv, IV_LENGTH),
      octets(ciphertext),
      exactly(tag, TAG_LENGTH),
    ),
  );
  requireBinding(context, outer);
  return context;
}

function decrypt(kek: Buffer, header: string, wrappedKey: Buffer, iv: Buffer, ciphertext: Buffer, tag: Buffer): Buffer {
  try {
    const contentKey = unwrapSymmetric(KW_AES256, kek, wrappedKey);
    const decipher = createDecipheriv('aes-256-gcm', contentKey, iv, { authTagLength: TAG_LENGTH });
    decipher.setAAD(Buffer.from(header, 'latin1'));
    decipher.setAuthTag(tag);
    const plaintext = decipher.update(ciphertext);
    decipher.final();
    return plaintext;
  } catch {
    throw new GatewayError('token.open', 'the cookie does not open under its key');
  }
}

function kidOf(header: string): string {
  if (header.length > MAX_HEADER) throw malformed('has another header');
  const kid = HEADER.exec(octets(header).toString('latin1'))?.[1];
  if (kid === undefined) throw malformed('has another header');
  return kid;
}

function exactly(text: string, length: number): Buffer {
  const bytes = octets(text);
  if (bytes.length !== length) throw malformed('has a part of a wrong length');
  return bytes;
}

/** base64url in its one canonical spelling (RFC 4648 §3.5): no padding, no white space, no bits beyond the last octet. */
function octets(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw malformed('is not canonical base64url');
  return bytes;
}

function malformed(reason: string, details: Record<string, unknown> = {}): GatewayError {
  return new GatewayError('token.format', `the cookie ${reason}`, details);
}
