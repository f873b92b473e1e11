import { createHash, X509Certificate } from 'node:crypto';
import type { ServiceCertificate } from '../config/types.js';
import { GatewayError } from '../errors.js';
import { nameKey } from './distinguished-name.js';
import { issuerSerialReference, keyIdentifierReference } from './elements.js';
import { THUMBPRINT_SHA1, X509_SUBJECT_KEY_IDENTIFIER } from './names.js';
import type { TokenReference } from './references.js';

const SERIAL = /^\d{1,60}$/;

/** DER of a SubjectKeyIdentifier extension: OID 2.5.29.14, then an OCTET STRING that holds the one of the identifier. */
const SKI_OID = Buffer.from('0603551d0e', 'hex');

/**
 * The SubjectKeyIdentifier of a certificate (RFC 5280 §4.2.1.2), which node:crypto does not give out: found by its OID
 * in the DER, where nothing else can hold these octets followed by two nested OCTET STRINGs of fitting lengths.
 *
 * @returns undefined where the certificate has none
 */
export function subjectKeyIdentifier(certificate: X509Certificate): Buffer | undefined {
  const der = certificate.raw;
  for (let at = der.indexOf(SKI_OID); at >= 0; at = der.indexOf(SKI_OID, at + 1)) {
    const outer = at + SKI_OID.length;
    const length = der[outer + 1] ?? 0;
    const inner = der[outer + 3] ?? 0;
    if (der[outer] === 0x04 && length < 0x80 && der[outer + 2] === 0x04 && inner === length - 2) {
      return der.subarray(outer + 4, outer + 4 + inner);
    }
  }
  return undefined;
}

/** SHA-1 over the DER, as ThumbprintSHA1 has it (WSS 1.1 §7.3). */
export function thumbprint(certificate: X509Certificate): Buffer {
  return createHash('sha1').update(certificate.raw).digest();
}

/** Whether a reference by thumbprint, subject key identifier or issuer and serial number names the certificate (X.509 Token Profile 1.1 §3.2). */
export function isNamedBy(certificate: X509Certificate, reference: TokenReference): boolean {
  switch (reference.kind) {
    case 'thumbprint':
      return thumbprint(certificate).equals(reference.digest);
    case 'subject-key-identifier':
      return subjectKeyIdentifier(certificate)?.equals(reference.identifier) ?? false;
    case 'issuer-serial':
      return (
        SERIAL.test(reference.serial) &&
        BigInt(`0x${certificate.serialNumber}`) === BigInt(reference.serial) &&
        nameKey(certificate.issuer) === nameKey(reference.issuer)
      );
    default:
      return false;
  }
}

/** The certificate of a BinarySecurityToken. @throws GatewayError `wss.key` for what is no X.509 certificate */
export function parseCertificate(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch {
    throw new GatewayError('wss.key', 'a BinarySecurityToken that is no X.509 certificate');
  }
}

/** Ours that an EncryptedKey was made for. @throws GatewayError `wss.key` where it was made for somebody else */
export function serviceCertificate(
  certificates: readonly ServiceCertificate[],
  matches: (certificate: X509Certificate) => boolean,
): ServiceCertificate {
  const found = certificates.find(({ certificate }) => matches(certificate));
  if (found === undefined) throw new GatewayError('wss.key', 'an EncryptedKey for a certificate that is not ours');
  return found;
}

/**
 * A SecurityTokenReference to a certificate that the other side has: in the form that it used itself, and by
 * thumbprint where it sent the certificate.
 */
export function certificateReference(certificate: X509Certificate, naming: TokenReference['kind']): string {
  const identifier = naming === 'subject-key-identifier' ? subjectKeyIdentifier(certificate) : undefined;
  if (identifier !== undefined) return keyIdentifierReference(X509_SUBJECT_KEY_IDENTIFIER, identifier);
  if (naming === 'issuer-serial') {
    const issuer = certificate.issuer.split('\n').reverse().join(',');
    return issuerSerialReference(issuer, BigInt(`0x${certificate.serialNumber}`).toString());
  }
  return keyIdentifierReference(THUMBPRINT_SHA1, thumbprint(certificate));
}
