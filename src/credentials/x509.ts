import type { X509Certificate } from 'node:crypto';
import type { Principal } from '../conversation/context.js';
import { GatewayError } from '../errors.js';
import { type CertificateFields, certificateFields } from './certificate-fields.js';
import { type CertificateName, certificateName } from './certificate-name.js';
import { certificatePaths } from './certificate-path.js';
import { type RevocationList, requireUnrevoked } from './revocation.js';

/** What a service's bootstrap says of clients' certificates; a Bootstrap is one. */
export interface CertificateRules {
  /** Issuers, or clients' certificates themselves. */
  readonly trust: readonly X509Certificate[];
  /** If there are any, every certificate of a path but its last must be vouched for by a current one. */
  readonly revocation: readonly RevocationList[];
  readonly certificateName: CertificateName;
}

interface Member {
  readonly certificate: X509Certificate;
  readonly fields: CertificateFields;
}

/**
 * Who the holder of a certificate is, once he has proven to hold its key (RFC 5280 §6.1, without policies and name
 * constraints).
 *
 * @param presented other certificates of the message, which may lead from this one to a trusted issuer
 * @param now milliseconds since the epoch
 * @throws GatewayError `auth.failed`; the message is for the log
 */
export function authenticateCertificate(
  certificate: X509Certificate,
  rules: CertificateRules,
  now: number,
  presented: readonly X509Certificate[] = [],
): Principal {
  let failure: unknown;
  for (const path of certificatePaths(certificate, rules.trust, presented)) {
    try {
      const [holder] = requirePath(path, rules, now);
      const name = certificateName(holder.certificate, holder.fields, rules.certificateName);
      return Object.freeze({ name, method: 'x509', groups: Object.freeze([]), claims: Object.freeze({}) });
    } catch (error) {
      failure = error;
    }
  }
  const reason = failure instanceof Error ? failure.message : 'no trusted issuer has issued the certificate';
  throw new GatewayError('auth.failed', reason, {
    subject: certificate.subject?.replaceAll('\n', ', ') ?? '',
    fingerprint: certificate.fingerprint256,
    ...(failure instanceof GatewayError ? failure.details : {}),
  });
}

/** Judges a path that its signatures have made. */
function requirePath(
  path: readonly X509Certificate[],
  { revocation }: CertificateRules,
  now: number,
): readonly [Member, ...Member[]] {
  const [holder, ...issuers] = path.map(
    (certificate): Member => ({ certificate, fields: certificateFields(certificate) }),
  );
  if (holder === undefined) throw new GatewayError('auth.failed', 'no certificate');
  const members = [holder, ...issuers] as const;
  for (const member of members) requireSound(member, now);
  if (!holder.fields.allows('digitalSignature')) {
    throw new GatewayError('auth.failed', 'the key of the certificate is not one to sign messages with');
  }
  for (const [below, { fields }] of issuers.entries()) {
    if (!fields.allows('keyCertSign')) throw new GatewayError('auth.failed', 'an issuer may not issue certificates');
    if ((fields.pathLength ?? below) < below)
      throw new GatewayError('auth.failed', 'the path is longer than an issuer allows');
  }
  if (revocation.length > 0) {
    for (const [index, issuer] of issuers.entries()) {
      const member = members[index];
      if (member !== undefined) requireUnrevoked(member.fields, issuer, revocation, now);
    }
  }
  return members;
}

function requireSound({ certificate, fields }: Member, now: number): void {
  const { validFrom, validTo } = certificate;
  if (!(Date.parse(validFrom) <= now && now <= Date.parse(validTo))) {
    const subject = certificate.subject?.replaceAll('\n', ', ') ?? '';
    throw new GatewayError('auth.failed', 'a certificate of the path is not valid at this time', {
      at: subject,
      validFrom,
      validTo,
    });
  }
  if (fields.unknownCritical.length > 0) {
    throw new GatewayError('auth.failed', 'a certificate of the path has a critical extension that is not known here', {
      extensions: fields.unknownCritical,
    });
  }
}
