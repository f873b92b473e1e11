import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** Who signs or decrypts: a certificate, and for ourselves its key. */
export interface Party {
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject | undefined;
  /** Base64 of the SubjectKeyIdentifier extension. */
  readonly subjectKeyIdentifier: string;
}

/** @param pem X.509, and the private key as PKCS #8 */
export function party(pem: { readonly certificate: string; readonly privateKey?: string }): Party {
  const certificate = new X509Certificate(pem.certificate);
  return {
    certificate,
    privateKey: pem.privateKey === undefined ? undefined : createPrivateKey(pem.privateKey),
    subjectKeyIdentifier: subjectKeyIdentifier(certificate.raw),
  };
}

/** OID 2.5.29.14 in DER, then the OCTET STRING that holds the extension's OCTET STRING of 20 octets. */
const SKI = Buffer.from('0603551d0e04160414', 'hex');

function subjectKeyIdentifier(der: Buffer): string {
  const at = der.indexOf(SKI);
  if (at < 0) throw new Error('the certificate has no SubjectKeyIdentifier of 20 octets');
  return der.subarray(at + SKI.length, at + SKI.length + 20).toString('base64');
}
