import type { KeyObject, X509Certificate } from 'node:crypto';
import { equal } from '../crypto/mac.js';
import { secret } from '../crypto/secret.js';
import { GatewayError } from '../errors.js';
import { CERTIFICATE_MEMBERS, readCertificateKey } from './certificate-key.js';

/** When a key may be used. Milliseconds since the epoch; without one there is no such bound. */
export interface KeyTimes {
  /** `iat`: when it was made. */
  readonly madeAt: number | undefined;
  /** `nbf`: from when it seals. It opens before, because other nodes' clocks are other clocks. */
  readonly sealsFrom: number | undefined;
  /** `exp`: from when it opens no more. */
  readonly endsAt: number | undefined;
}

interface KeyUse extends KeyTimes {
  readonly kid: string;
  /** May seal, in its time; every key may open. */
  readonly wraps: boolean;
}

export interface SymmetricKey extends KeyUse {
  readonly alg: 'A256KW';
  /** 32 octets; prints as `[secret]`. */
  readonly key: Buffer;
}

/** An X.509 certificate and its private key, as WSE 3.0's serviceToken was; `kid` is the certificate's SHA-256 thumbprint. */
export interface CertificateKey extends KeyUse {
  readonly alg: 'RSA-OAEP-256' | 'ECDH-ES+A256KW';
  readonly certificate: X509Certificate;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export type FarmKey = SymmetricKey | CertificateKey;

export const KEY_LENGTH = 32;
const KID = /^[A-Za-z0-9._-]{1,32}$/;
const COMMON_MEMBERS = ['kty', 'kid', 'alg', 'use', 'key_ops', 'iat', 'nbf', 'exp'];

type Refuse = (reason: string, details?: Record<string, unknown>) => GatewayError;
type Jwk = Readonly<Record<string, unknown>>;

interface Kind {
  readonly algorithm: string;
  readonly members: readonly string[];
  read(jwk: Jwk, use: KeyUse, refuse: Refuse): FarmKey;
}

/** `kty` → what a key of this type is. */
const KINDS: ReadonlyMap<unknown, Kind> = new Map<unknown, Kind>([
  ['oct', { algorithm: 'A256KW', members: ['k'], read: readSymmetricKey }],
  ['RSA', { algorithm: 'RSA-OAEP-256', members: CERTIFICATE_MEMBERS.RSA, read: readCertificateKey }],
  ['EC', { algorithm: 'ECDH-ES+A256KW', members: CERTIFICATE_MEMBERS.EC, read: readCertificateKey }],
]);

/**
 * One key of the ring, from a JSON Web Key (RFC 7517). Its times are `iat`, `nbf` and `exp` as OpenID Federation 1.0
 * (historical keys) put them into a JWK: seconds since the epoch.
 *
 * @param place what the key is called as long as it has no kid: `keys[0]`
 * @throws GatewayError `key.invalid`, naming the source, the kid and the reason, and never a part of the key
 */
export function parseFarmKey(jwk: unknown, place: string, source: string): FarmKey {
  if (!isObject(jwk)) throw invalidKey(source, `${place} is not an object`);
  const kind = KINDS.get(jwk.kty);
  const { kid } = jwk;
  const isCertificate = kind !== undefined && jwk.kty !== 'oct';
  if (typeof kid !== 'string' || !(isCertificate ? kid.length <= 64 : KID.test(kid))) {
    throw invalidKey(source, `${place}: kid must be 1 to 32 of A-Z a-z 0-9 . _ -`);
  }
  const refuse: Refuse = (reason, details) => invalidKey(source, reason, kid, details);
  if (kind === undefined) throw refuse('kty must be "oct", or "RSA" or "EC" with a certificate');
  if (jwk.alg !== kind.algorithm) throw refuse(`alg must be "${kind.algorithm}"`);
  if (jwk.use !== undefined && jwk.use !== 'enc') throw refuse('use must be "enc" or absent');
  const stranger = Object.keys(jwk).find((member) => ![...COMMON_MEMBERS, ...kind.members].includes(member));
  if (stranger !== undefined) throw refuse('has a member that is not known here', { member: stranger });
  return Object.freeze(
    kind.read(jwk, { kid, wraps: readOperations(jwk.key_ops, refuse), ...readTimes(jwk, refuse) }, refuse),
  );
}

/** Whether they open the same cookies; kid, role and times aside. */
export function isSameKey(a: FarmKey, b: FarmKey): boolean {
  if (a.alg === 'A256KW') return b.alg === 'A256KW' && equal(a.key, b.key);
  return b.alg === a.alg && a.certificate.raw.equals(b.certificate.raw);
}

/** @returns GatewayError `key.invalid` */
export function invalidKey(
  source: string,
  reason: string,
  kid?: string,
  details: Record<string, unknown> = {},
): GatewayError {
  const message = kid === undefined ? `${source}: ${reason}` : `${source}: key ${kid}: ${reason}`;
  return new GatewayError('key.invalid', message, {
    source,
    ...(kid === undefined ? {} : { kid }),
    reason,
    ...details,
  });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readSymmetricKey({ k }: Jwk, use: KeyUse, refuse: Refuse): SymmetricKey {
  const octets = typeof k === 'string' ? Buffer.from(k, 'base64url') : undefined;
  if (octets === undefined || octets.toString('base64url') !== k) throw refuse('k is not canonical base64url');
  if (octets.length !== KEY_LENGTH) throw refuse(`k must be ${KEY_LENGTH} octets`, { length: octets.length });
  return { ...use, alg: 'A256KW', key: secret(octets) };
}

function readOperations(operations: unknown, refuse: Refuse): boolean {
  const list: readonly unknown[] = Array.isArray(operations) ? operations : [];
  const unknown = list.some((operation) => operation !== 'wrapKey' && operation !== 'unwrapKey');
  if (unknown || !list.includes('unwrapKey') || new Set(list).size !== list.length) {
    throw refuse('key_ops must be ["wrapKey","unwrapKey"] (seals and opens) or ["unwrapKey"] (opens)');
  }
  return list.includes('wrapKey');
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && Number.isSafeInteger(value * 1000);
}

function readTimes(jwk: Jwk, refuse: Refuse): KeyTimes {
  const [madeAt, sealsFrom, endsAt] = (['iat', 'nbf', 'exp'] as const).map((member) => {
    const seconds = jwk[member];
    if (seconds === undefined) return undefined;
    if (!isSeconds(seconds)) {
      throw refuse(`${member} must be a time in whole seconds since the epoch`);
    }
    return seconds * 1000;
  });
  if (sealsFrom !== undefined && endsAt !== undefined && endsAt <= sealsFrom) throw refuse('exp must be after nbf');
  return { madeAt, sealsFrom, endsAt };
}
