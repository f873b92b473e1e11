import { createHash, createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { GatewayError } from '../errors.js';
import type { CertificateKey } from './farm-key.js';

/** Members of a private JWK (RFC 7518 §6.2, §6.3), and the certificate (RFC 7517 §4.7). */
export const CERTIFICATE_MEMBERS = {
  RSA: ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi', 'x5c'],
  EC: ['crv', 'x', 'y', 'd', 'x5c'],
} as const;

const MIN_RSA_BITS = 2048;
const CURVES: readonly unknown[] = ['prime256v1', 'secp384r1'];

type Refuse = (reason: string) => GatewayError;

/** `kid` of a certificate: its SHA-256 thumbprint, as RFC 7517 §4.9 writes it (`x5t#S256`). */
export function thumbprint(certificate: X509Certificate): string {
  return createHash('sha256').update(certificate.raw).digest('base64url');
}

/**
 * The key of a certificate in the ring. The certificate is a name for the key and is not believed in: neither its issuer
 * nor its dates are looked at.
 *
 * @throws GatewayError `key.invalid`
 */
export function readCertificateKey(
  jwk: Readonly<Record<string, unknown>>,
  use: Omit<CertificateKey, 'alg' | 'certificate' | 'publicKey' | 'privateKey'>,
  refuse: Refuse,
): CertificateKey {
  const certificate = readCertificate(jwk.x5c, refuse);
  if (use.kid !== thumbprint(certificate))
    throw refuse("kid must be the certificate's SHA-256 thumbprint in base64url");
  const privateKey = readPrivateKey(jwk, refuse);
  if (!certificate.checkPrivateKey(privateKey)) throw refuse('is not the private key of its certificate');
  requireStrength(privateKey, refuse);
  return {
    ...use,
    alg: jwk.kty === 'RSA' ? 'RSA-OAEP-256' : 'ECDH-ES+A256KW',
    certificate,
    publicKey: createPublicKey(privateKey),
    privateKey,
  };
}

/**
 * The private JWK of a certificate, as the ring holds it.
 *
 * @throws GatewayError what `refuse` makes of a key that is not the certificate's, or that is too weak
 */
export function certificateJwk(
  certificate: X509Certificate,
  privateKey: KeyObject,
  refuse: Refuse,
): Readonly<Record<string, unknown>> {
  if (!certificate.checkPrivateKey(privateKey)) throw refuse('is not the private key of its certificate');
  requireStrength(privateKey, refuse);
  const jwk = privateKey.export({ format: 'jwk' });
  return {
    kty: jwk.kty,
    kid: thumbprint(certificate),
    alg: jwk.kty === 'RSA' ? 'RSA-OAEP-256' : 'ECDH-ES+A256KW',
    ...jwk,
    x5c: [certificate.raw.toString('base64')],
  };
}

function readCertificate(x5c: unknown, refuse: Refuse): X509Certificate {
  const [text, second]: readonly unknown[] = Array.isArray(x5c) ? x5c : [];
  if (typeof text !== 'string' || second !== undefined) throw refuse('x5c must hold the certificate, and no other');
  try {
    return new X509Certificate(Buffer.from(text, 'base64'));
  } catch {
    throw refuse('x5c holds no X.509 certificate');
  }
}

function readPrivateKey(jwk: Readonly<Record<string, unknown>>, refuse: Refuse): KeyObject {
  try {
    return createPrivateKey({ key: jwk, format: 'jwk' });
  } catch {
    // Node's own message may quote what it read.
    throw refuse('holds no private key');
  }
}

function requireStrength({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, refuse: Refuse): void {
  if (asymmetricKeyType === 'rsa') {
    if ((asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS)
      throw refuse(`must have ${MIN_RSA_BITS} bits or more`);
  } else if (asymmetricKeyType !== 'ec' || !CURVES.includes(asymmetricKeyDetails?.namedCurve)) {
    throw refuse('must be an RSA key, or an EC key on P-256 or P-384');
  }
}
