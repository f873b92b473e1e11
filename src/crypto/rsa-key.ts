import type { KeyObject } from 'node:crypto';
import { GatewayError } from '../errors.js';

/** Bits. WS-SecurityPolicy's [Min AKL]; below it the key proves nothing. */
const MIN_MODULUS = 1024;
/** Bits. Twice WS-SecurityPolicy's [Max AKL]; a key comes with the message, and the work grows with the cube of its size. */
const MAX_MODULUS = 8192;

/**
 * Refuses what is not a plain RSA key of the given type and of a sensible size.
 *
 * @returns octets of the modulus
 * @throws GatewayError `crypto.key`
 */
export function requireRsa(key: KeyObject, type: 'public' | 'private'): number {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key.type !== type || key.asymmetricKeyType !== 'rsa') {
    throw new GatewayError('crypto.key', `not an RSA ${type} key`, { type: key.type, kind: key.asymmetricKeyType });
  }
  if (bits < MIN_MODULUS || bits > MAX_MODULUS) {
    throw new GatewayError('crypto.key', 'RSA key has a size that is not accepted', {
      bits,
      min: MIN_MODULUS,
      max: MAX_MODULUS,
    });
  }
  return Math.ceil(bits / 8);
}
