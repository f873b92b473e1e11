import type { X509Certificate } from 'node:crypto';
import type { Principal } from '../conversation/context.js';
import { GatewayError } from '../errors.js';

/**
 * Who the holder of a certificate is, once he has proven to hold its key. The certificate must be one of `trust`, or be
 * issued by one of them directly: a token carries no path.
 *
 * @param now milliseconds since the epoch
 * @throws GatewayError `auth.failed` (details.reason is for the log)
 */
export function authenticateCertificate(
  certificate: X509Certificate,
  trust: readonly X509Certificate[],
  now: number,
): Principal {
  const subject = certificate.subject?.replaceAll('\n', ', ') ?? '';
  const refuse = (reason: string): GatewayError =>
    new GatewayError('auth.failed', reason, { subject, fingerprint: certificate.fingerprint256 });
  if (subject === '') throw refuse('the certificate names no subject');
  if (!isCurrent(certificate, now)) throw refuse('the certificate is not valid at this time');
  const anchor = trust.find((issuer) => isSame(certificate, issuer) || isIssuedBy(certificate, issuer));
  if (anchor === undefined) throw refuse('no trusted issuer has issued the certificate');
  if (!isCurrent(anchor, now)) throw refuse('the issuer of the certificate is not valid at this time');
  return Object.freeze({ name: subject, method: 'x509', groups: Object.freeze([]), claims: Object.freeze({}) });
}

function isSame(certificate: X509Certificate, other: X509Certificate): boolean {
  return certificate.fingerprint256 === other.fingerprint256;
}

/** `checkIssued` compares names and key identifiers, and no more: the signature is what proves it. */
function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isCurrent(certificate: X509Certificate, now: number): boolean {
  return Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
}
