import type { X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints,
  Certificate,
  DirectoryString,
  type Extension,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  KeyUsage,
  KeyUsageFlags,
  SubjectAlternativeName,
} from '@peculiar/asn1-x509';
import { GatewayError } from '../errors.js';

/** What node:crypto's X509Certificate does not give out (RFC 5280 §4.1, §4.2.1). */
export interface CertificateFields {
  /** Of the DER, without leading zeros, in lower-case hexadecimal: comparable octet by octet. */
  readonly serial: string;
  /** DER of the issuer's name; encoded when asked for, as revocation lists alone need it. */
  issuer(): Buffer;
  /** True for a usage that the certificate allows; all are where it says nothing. */
  allows(usage: 'digitalSignature' | 'keyCertSign' | 'cRLSign'): boolean;
  /** Issuers that may stand below this one; undefined: any number. */
  readonly pathLength: number | undefined;
  /** rfc822Name of the subject's alternative names. */
  readonly emails: readonly string[];
  /** Microsoft's User Principal Name, an otherName among them. */
  readonly upns: readonly string[];
  /** OIDs of extensions that are critical and mean nothing to us: then the certificate proves nothing (§4.2). */
  readonly unknownCritical: readonly string[];
}

const UPN = '1.3.6.1.4.1.311.20.2.3';

/**
 * With no policy asked for, certificatePolicies restrict nothing (§6.1.1 d), and what extKeyUsage says of TLS or code
 * has no word for a SOAP message. nameConstraints are not here: who cannot apply them must refuse.
 */
const KNOWN: ReadonlySet<string> = new Set([
  id_ce_basicConstraints,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_extKeyUsage,
  id_ce_certificatePolicies,
]);

/** Serial numbers are positive and at most 20 octets, but not every issuer knows it. */
export function serialText(octets: ArrayBuffer): string {
  return Buffer.from(octets)
    .toString('hex')
    .replace(/^(?:00)+(?=..)/, '');
}

/**
 * Reads the extensions of a certificate. To be called for one whose issuer is trusted: this reads ASN.1 that nobody
 * else has judged.
 *
 * @throws GatewayError `auth.failed`
 */
export function certificateFields(certificate: X509Certificate): CertificateFields {
  try {
    return readFields(certificate);
  } catch (cause) {
    throw new GatewayError('auth.failed', 'the certificate cannot be read', {}, cause);
  }
}

function readFields({ raw }: X509Certificate): CertificateFields {
  const { tbsCertificate } = AsnConvert.parse(raw, Certificate);
  const extensions: readonly Extension[] = tbsCertificate.extensions ?? [];
  if (new Set(extensions.map(({ extnID }) => extnID)).size !== extensions.length) throw new Error('an extension twice');
  const read = <Value>(id: string, type: new () => Value): Value | undefined => {
    const found = extensions.find(({ extnID }) => extnID === id);
    return found === undefined ? undefined : AsnConvert.parse(found.extnValue, type);
  };
  const usage = read(id_ce_keyUsage, KeyUsage)?.toNumber();
  const names = read(id_ce_subjectAltName, SubjectAlternativeName) ?? [];
  return {
    serial: serialText(tbsCertificate.serialNumber),
    issuer: () => Buffer.from(AsnConvert.serialize(tbsCertificate.issuer)),
    allows: (name) => usage === undefined || (usage & KeyUsageFlags[name]) !== 0,
    pathLength: read(id_ce_basicConstraints, BasicConstraints)?.pathLenConstraint,
    emails: names.flatMap(({ rfc822Name }) => (rfc822Name === undefined ? [] : [rfc822Name])),
    upns: names.flatMap(({ otherName }) =>
      otherName?.typeId === UPN ? [AsnConvert.parse(otherName.value, DirectoryString).toString()] : [],
    ),
    unknownCritical: extensions.filter(({ extnID, critical }) => critical && !KNOWN.has(extnID)).map((e) => e.extnID),
  };
}
