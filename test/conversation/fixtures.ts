import { type SecurityContext, securityContext } from '../../src/conversation/context.js';
import type { SymmetricKey } from '../../src/conversation/farm-key.js';
import { type FarmKey, type KeyRing, parseKeyRing } from '../../src/conversation/key-ring.js';

export const NOW = Date.parse('2026-11-24T12:00:00.123Z');

export const octets = (fill: number, length: number) =>
  Buffer.from(Array.from({ length }, (_, i) => (fill + i * 7) & 255));

export interface Jwk {
  readonly kty?: unknown;
  readonly kid?: unknown;
  readonly k?: unknown;
  readonly alg?: unknown;
  readonly key_ops?: unknown;
  readonly [member: string]: unknown;
}

export const jwk = (kid: string, fill: number, wraps: boolean): Jwk => ({
  kty: 'oct',
  kid,
  alg: 'A256KW',
  key_ops: wraps ? ['wrapKey', 'unwrapKey'] : ['unwrapKey'],
  k: octets(fill, 32).toString('base64url'),
});

export const ring = (...keys: readonly Jwk[]): KeyRing => parseKeyRing(JSON.stringify({ keys }), 'ring.json');

export const RING = ring(jwk('2026-11-24-a1b2', 1, true), jwk('2026-08-01-c3d4', 2, false));

/** As a client of a common size makes it: a UUID, 32 octets of key, an address for a name, two groups. */
export const TYPICAL: SecurityContext = securityContext({
  identifier: 'urn:uuid:0d1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b',
  service: 'orders-production',
  version: '2005-02',
  key: octets(3, 32),
  created: NOW,
  expires: NOW + 30 * 60_000,
  renewUntil: NOW + 10 * 3_600_000,
  principal: { name: 'alice@example.com', method: 'username', groups: ['sales', 'managers'], claims: {} },
});

export const with_ = (changes: Partial<SecurityContext>): SecurityContext =>
  securityContext({ ...TYPICAL, ...changes });

/** @throws Error for no key, or a certificate's */
export function symmetric(key: FarmKey | undefined): SymmetricKey {
  if (key?.alg !== 'A256KW') throw new Error('not a symmetric key');
  return key;
}
