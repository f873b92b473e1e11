import { CompactEncrypt, compactDecrypt } from 'jose';
import type { FarmKey, KeyRing } from '../conversation/key-ring.js';
import { GatewayError } from '../errors.js';

/**
 * Passwords that can be read back: PasswordDigest is a hash of the password itself, so whoever proves it must have that.
 * What it gives up: who has the users file *and* the farm's key has every such password. A JWE under the farm's current
 * key, as the cookie is, whose header says whose password it is and that it is one: neither another user's line nor a
 * conversation's cookie can stand in its place.
 */

const TYPE = 'sct-gateway-password';
const FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{22}$/;
const MAX_SEALED = 4096;
const ALGORITHMS: ReadonlySet<unknown> = new Set<FarmKey['alg']>(['A256KW', 'RSA-OAEP-256', 'ECDH-ES+A256KW']);
const STRANGE = 'the sealed password was not made by `sct-gateway hash-password --reversible`';

export async function sealPassword(ring: KeyRing, user: string, password: string): Promise<string> {
  const key = ring.current;
  const jwe = await new CompactEncrypt(Buffer.from(password, 'utf8'))
    .setProtectedHeader({ alg: key.alg, enc: 'A256GCM', typ: TYPE, kid: key.kid, sub: user })
    .encrypt(key.alg === 'A256KW' ? key.key : key.publicKey);
  return `sealed$${jwe}`;
}

/** A password that is still sealed. */
export interface SealedPassword {
  readonly kid: string;
  /** @throws GatewayError `auth.failed` if the key does not open it: the line of the users file was altered */
  open(): Promise<Buffer>;
}

/** @returns the password, sealed, or what is wrong with it; never a part of it */
export function parseSealed(text: string, user: string, ring: KeyRing): SealedPassword | string {
  const jwe = text.slice('sealed$'.length);
  if (jwe.length > MAX_SEALED || !FORM.test(jwe)) return 'the sealed password must be sealed$ and a compact JWE';
  const header = readHeader(jwe.slice(0, jwe.indexOf('.')));
  const isOurs = header?.enc === 'A256GCM' && header.typ === TYPE && !('zip' in header);
  if (!isOurs || !ALGORITHMS.has(header.alg)) return STRANGE;
  if (header.sub !== user) return 'the sealed password is that of another user';
  const { kid } = header;
  const key = typeof kid === 'string' ? ring.get(kid) : undefined;
  if (key === undefined)
    return `the sealed password needs key ${JSON.stringify(kid)}, which the key ring does not hold`;
  if (key.alg !== header.alg) return STRANGE;
  return {
    kid: key.kid,
    open: async () => {
      const options = { keyManagementAlgorithms: [key.alg], contentEncryptionAlgorithms: ['A256GCM'] };
      const unwrapping = key.alg === 'A256KW' ? key.key : key.privateKey;
      try {
        return Buffer.from((await compactDecrypt(jwe, unwrapping, options)).plaintext);
      } catch {
        throw new GatewayError('auth.failed', 'the sealed password does not open', { username: user, kid: key.kid });
      }
    },
  };
}

function readHeader(part: string): Record<string, unknown> | undefined {
  try {
    const header: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof header === 'object' && header !== null ? (header as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
