import type { X509Certificate } from 'node:crypto';

/** Certificates of a path, and signatures that are verified to find one: what a message can make us do. */
const MAX_LENGTH = 6;
const MAX_SIGNATURES = 32;

/**
 * Every path from a certificate to one of `trust`, by signatures: first the certificate, each next one the issuer of
 * the one before. A path ends at a trusted certificate that has no issuer in `trust` itself, so a root that stands
 * beside its intermediate is asked as well. Dates, usages and revocation are for the caller to judge.
 *
 * @param presented issuers that came with the message: each counts for nothing but what it is signed by
 */
export function* certificatePaths(
  certificate: X509Certificate,
  trust: readonly X509Certificate[],
  presented: readonly X509Certificate[],
): Generator<readonly X509Certificate[]> {
  let signatures = 0;

  function issuersOf(subject: X509Certificate, candidates: readonly X509Certificate[]): X509Certificate[] {
    return candidates.filter(
      (issuer) =>
        issuer.ca &&
        // names and key identifiers, and no more: the signature is what proves it
        subject.checkIssued(issuer) &&
        signatures++ < MAX_SIGNATURES &&
        subject.verify(issuer.publicKey),
    );
  }

  function* extend(path: readonly X509Certificate[]): Generator<readonly X509Certificate[]> {
    const last = path[path.length - 1];
    if (last === undefined || path.length > MAX_LENGTH) return;
    const isNew = (issuer: X509Certificate): boolean => !path.some((member) => isSame(member, issuer));
    const anchored = trust.some((anchor) => isSame(anchor, last));
    const trusted = issuersOf(last, trust.filter(isNew));
    if (anchored && trusted.length === 0) yield path;
    for (const issuer of trusted) yield* extend([...path, issuer]);
    if (anchored) return;
    for (const issuer of issuersOf(last, presented.filter(isNew))) yield* extend([...path, issuer]);
  }

  yield* extend([certificate]);
}

export function isSame(certificate: X509Certificate, other: X509Certificate): boolean {
  return certificate.raw.equals(other.raw);
}
