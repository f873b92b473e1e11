import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { Unusable } from './files.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
const MIN_RSA_BITS = 2048;

/**
 * Every certificate of a PEM file, in its order.
 *
 * @throws Unusable
 */
export function parseCertificates(text: string): [X509Certificate, ...X509Certificate[]] {
  const [first, ...rest] = (text.match(CERTIFICATE) ?? []).map((pem, index) => {
    try {
      return new X509Certificate(pem);
    } catch {
      throw new Unusable(`certificate ${index + 1} of the file is not valid`);
    }
  });
  if (first === undefined) throw new Unusable('holds no PEM certificate');
  return [first, ...rest];
}

/** @throws Unusable, with no part of the text */
export function parsePrivateKey(text: string): KeyObject {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(text)) {
    throw new Unusable('is protected by a passphrase, which is not supported');
  }
  try {
    return createPrivateKey({ key: text, format: 'pem' });
  } catch {
    // OpenSSL's message can quote what it read.
    throw new Unusable('holds no PEM private key');
  }
}

/** @throws Unusable */
export function requirePair(certificate: X509Certificate, privateKey: KeyObject): void {
  if (!certificate.checkPrivateKey(privateKey)) throw new Unusable('is not the key of the certificate');
}

/**
 * Clients encrypt for these with RSA key transport; no suite has another.
 *
 * @throws Unusable
 */
export function requireRsa(privateKey: KeyObject): void {
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (privateKey.asymmetricKeyType !== 'rsa') throw new Unusable('must be an RSA key');
  if (bits < MIN_RSA_BITS) throw new Unusable(`must have at least ${MIN_RSA_BITS} bits, and has ${bits}`);
}

type JwtAlgorithm = 'ES256' | 'ES384' | 'EdDSA' | 'RS256';

/**
 * What a key signs a JWT with.
 *
 * @throws Unusable
 */
export function jwtAlgorithm(key: KeyObject): JwtAlgorithm {
  const { namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA';
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'ES256';
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'secp384r1') return 'ES384';
  if (key.asymmetricKeyType === 'rsa') {
    requireRsa(key);
    return 'RS256';
  }
  throw new Unusable('must be an EC P-256 or P-384, Ed25519 or RSA key');
}

/** What an operator should know of a certificate's dates; undefined if all is well. */
export function validity(certificate: X509Certificate, now: number): string | undefined {
  const name = certificate.subject.replaceAll('\n', ', ');
  if (now > Date.parse(certificate.validTo)) return `certificate ${name} expired on ${day(certificate.validTo)}`;
  if (now < Date.parse(certificate.validFrom))
    return `certificate ${name} is not valid before ${day(certificate.validFrom)}`;
  return undefined;
}

function day(date: string): string {
  return new Date(date).toISOString().slice(0, 10);
}
