import { createDecipheriv } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import { unwrapSymmetric } from '../crypto/keywrap.js';
import { KW_AES256 } from '../crypto/uris.js';
import { GatewayError } from '../errors.js';
import { decryptCertified } from './certificate-cookie.js';
import { type OuterToken, requireBinding, type SecurityContext } from './context.js';
import { type CertificateKey, type FarmKey, isSameKey, type SymmetricKey } from './farm-key.js';
import type { KeyRing } from './key-ring.js';
import { readPayload, writePayload } from './payload.js';

/**
 * The cookie: a JWE in compact serialization (RFC 7516 §3.1), `A256KW` + `A256GCM`: a fresh content key for each cookie,
 * wrapped by the farm's current key. Sealed by jose; opened here for this one profile and in one spelling only, because
 * jose's opening costs fifteen times as much and takes white space, padding and unused bits for nothing. Under a
 * certificate's key the content key is wrapped by `RSA-OAEP-256` or `ECDH-ES+A256KW`, and jose opens too: the cost is the
 * private key's.
 */
export const MAX_COOKIE = 4096;

/**
 * Algorithm → the protected header, with its members in the order in which jose writes them; `zip`, `crit` and all others
 * have no place.
 */
const HEADERS = [
  ['A256KW', /^\{"alg":"A256KW","enc":"A256GCM","kid":"([A-Za-z0-9._-]{1,32})"\}$/],
  ['RSA-OAEP-256', /^\{"alg":"RSA-OAEP-256","enc":"A256GCM","kid":"([A-Za-z0-9_-]{43})"\}$/],
  [
    'ECDH-ES+A256KW',
    /^\{"alg":"ECDH-ES\+A256KW","enc":"A256GCM","kid":"([A-Za-z0-9_-]{43})","epk":\{"x":"[A-Za-z0-9_-]{43,64}","crv":"P-(?:256|384)","kty":"EC","y":"[A-Za-z0-9_-]{43,64}"\}\}$/,
  ],
] as const satisfies readonly (readonly [FarmKey['alg'], RegExp])[];

const MAX_HEADER = 360;
/** Octets: a content key that AES has wrapped (RFC 3394 adds eight), the IV and the tag have one length each. */
const WRAPPED_KEY_LENGTH = 40;
const IV_LENGTH = 12;
const TAG_LENGTH = 16;

/** The five parts as they stand in the cookie. */
type Parts = readonly [header: string, wrappedKey: string, iv: string, ciphertext: string, tag: string];

/**
 * Seals a context under the ring's current key.
 *
 * @throws GatewayError `sts.token-too-large`
 */
export async function seal(ring: KeyRing, context: SecurityContext): Promise<string> {
  const key = ring.current;
  return new CompactEncrypt(writePayload(context))
    .setProtectedHeader({ alg: key.alg, enc: 'A256GCM', kid: key.kid })
    .encrypt(key.alg === 'A256KW' ? key.key : key.publicKey);
}

/**
 * Opens a cookie and compares it with the token that carried it. Whether the context has expired is the caller's question:
 * an expired one may still be renewed.
 *
 * @param limits.length characters of a cookie, judged before anything is decoded (4096)
 * @returns a promise only for a cookie under a certificate's key
 * @throws GatewayError `token.format` (not this profile), `token.key-unknown` (details.kid), `token.open` (any failure of
 *   cryptography), `token.binding`
 */
export function open(
  ring: KeyRing,
  cookie: string,
  outer: OuterToken,
  limits?: { length?: number },
): SecurityContext | Promise<SecurityContext> {
  const length = limits?.length ?? MAX_COOKIE;
  if (cookie.length > length) throw malformed('is too long', { length: cookie.length });
  const parts = cookie.split('.', 6);
  if (parts.length !== 5) throw malformed('has not five parts');
  const key = openerOf(ring, parts[0]!);
  const bound = (plaintext: Buffer): SecurityContext => {
    const context = readPayload(plaintext);
    requireBinding(context, outer);
    return context;
  };
  return key.alg === 'A256KW'
    ? bound(decrypt(key, parts as unknown as Parts))
    : decryptLater(key, cookie, parts as unknown as Parts).then(bound);
}

/**
 * Which of the cookies that were opened with one ring another one opens too: what stood under a key that was removed must
 * not go on.
 */
export function survivors(before: KeyRing, now: KeyRing): (cookie: string) => boolean {
  const known = new Map<string, boolean>();
  return (cookie) => {
    const header = cookie.slice(0, cookie.indexOf('.'));
    const found = known.get(header);
    if (found !== undefined) return found;
    const { kid } = keyOf(header);
    const [old, key] = [before.get(kid), now.opener(kid)];
    const survives = old !== undefined && key !== undefined && isSameKey(old, key);
    known.set(header, survives);
    return survives;
  };
}

function openerOf(ring: KeyRing, header: string): FarmKey {
  const { alg, kid } = keyOf(header);
  const key = ring.opener(kid);
  if (key === undefined) {
    const reason = ring.get(kid) === undefined ? 'no key of the ring has this kid' : 'the key has ended';
    throw new GatewayError('token.key-unknown', reason, { kid });
  }
  if (key.alg !== alg) throw malformed('has another header');
  return key;
}

function decrypt({ key }: SymmetricKey, [header, wrapped, nonce, text, mac]: Parts): Buffer {
  const wrappedKey = exactly(wrapped, WRAPPED_KEY_LENGTH);
  const iv = exactly(nonce, IV_LENGTH);
  const ciphertext = octets(text);
  const tag = exactly(mac, TAG_LENGTH);
  try {
    const contentKey = unwrapSymmetric(KW_AES256, key, wrappedKey);
    const decipher = createDecipheriv('aes-256-gcm', contentKey, iv, { authTagLength: TAG_LENGTH });
    decipher.setAAD(Buffer.from(header, 'latin1'));
    decipher.setAuthTag(tag);
    const plaintext = decipher.update(ciphertext);
    decipher.final();
    return plaintext;
  } catch {
    throw unopened();
  }
}

function decryptLater(key: CertificateKey, cookie: string, [, wrapped, iv, ciphertext, tag]: Parts): Promise<Buffer> {
  octets(wrapped);
  exactly(iv, IV_LENGTH);
  octets(ciphertext);
  exactly(tag, TAG_LENGTH);
  return decryptCertified(key, cookie).catch(() => {
    throw unopened();
  });
}

function keyOf(header: string): { readonly alg: FarmKey['alg']; readonly kid: string } {
  if (header.length > MAX_HEADER) throw malformed('has another header');
  const text = octets(header).toString('latin1');
  for (const [alg, pattern] of HEADERS) {
    const kid = pattern.exec(text)?.[1];
    if (kid !== undefined) return { alg, kid };
  }
  throw malformed('has another header');
}

function unopened(): GatewayError {
  return new GatewayError('token.open', 'the cookie does not open under its key');
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
