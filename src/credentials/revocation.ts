import { type KeyObject, verify, type X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import { CertificateList, id_ce_authorityKeyIdentifier, id_ce_cRLNumber, type Time } from '@peculiar/asn1-x509';
import { GatewayError } from '../errors.js';
import { type CertificateFields, serialText } from './certificate-fields.js';

/** A certificate revocation list (RFC 5280 §5), complete and direct: of one issuer, for all of its certificates. */
export interface RevocationList {
  /** DER of the issuer's name. */
  readonly issuer: Buffer;
  /** Milliseconds since the epoch, as `nextUpdate`. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  readonly entries: number;
  lists(serial: string): boolean;
  isSignedBy(key: KeyObject): boolean;
}

/** OID → digest of node:crypto; SHA-1 and MD5 signatures prove nothing any more. */
const SIGNATURES: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
};

const KNOWN: ReadonlySet<string> = new Set([id_ce_cRLNumber, id_ce_authorityKeyIdentifier]);
const PEM = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/g;

/**
 * Reads a file of revocation lists: one in DER, or any number in PEM.
 *
 * @returns the lists, or what is wrong with the file
 */
export function parseRevocationLists(file: Buffer): readonly RevocationList[] | string {
  const armoured = [...file.toString('latin1').matchAll(PEM)].map(([, body = '']) => Buffer.from(body, 'base64'));
  // a DER SEQUENCE begins with 0x30, which no armour does
  const ders = armoured.length === 0 && file[0] === 0x30 ? [file] : armoured;
  if (ders.length === 0) return 'holds no certificate revocation list';
  const lists: RevocationList[] = [];
  for (const [index, der] of ders.entries()) {
    const list = parseList(der);
    if (typeof list === 'string') return `revocation list ${index + 1} ${list}`;
    lists.push(list);
  }
  return lists;
}

function parseList(der: Buffer): RevocationList | string {
  let list: CertificateList;
  try {
    list = AsnConvert.parse(der, CertificateList);
  } catch {
    return 'is not valid';
  }
  const { tbsCertList, tbsCertListRaw, signatureAlgorithm, signature } = list;
  const { nextUpdate, revokedCertificates = [], crlExtensions = [] } = tbsCertList;
  const { algorithm } = signatureAlgorithm;
  const digest = SIGNATURES[algorithm];
  if (digest === undefined || tbsCertList.signature.algorithm !== algorithm) return `has signature ${algorithm}`;
  if (nextUpdate === undefined) return 'does not say when the next one comes';
  // issuingDistributionPoint and deltaCRLIndicator are critical: such a list does not speak of all certificates
  const unknown = [...crlExtensions, ...revokedCertificates.flatMap((entry) => entry.crlEntryExtensions ?? [])].find(
    ({ extnID, critical }) => critical && !KNOWN.has(extnID),
  );
  if (unknown !== undefined) return `is partial, or has an extension that is not known here (${unknown.extnID})`;
  const serials = new Set(revokedCertificates.map(({ userCertificate }) => serialText(userCertificate)));
  const signed = Buffer.from(tbsCertListRaw ?? new ArrayBuffer(0));
  return Object.freeze({
    issuer: Buffer.from(AsnConvert.serialize(tbsCertList.issuer)),
    thisUpdate: milliseconds(tbsCertList.thisUpdate),
    nextUpdate: milliseconds(nextUpdate),
    entries: serials.size,
    lists: (serial: string) => serials.has(serial),
    isSignedBy: (key: KeyObject) => verifies(digest, signed, key, Buffer.from(signature)),
  });
}

/** A key of another kind than the signature's makes OpenSSL throw. */
function verifies(digest: string | null, data: Buffer, key: KeyObject, signature: Buffer): boolean {
  try {
    return verify(digest, data, key, signature);
  } catch {
    return false;
  }
}

function milliseconds(time: Time): number {
  return time.getTime().getTime();
}

/**
 * Requires that the newest list of the issuer is current and does not name the certificate.
 *
 * @param now milliseconds since the epoch
 * @throws GatewayError `auth.failed`, also where there is no current list: then nothing is known
 */
export function requireUnrevoked(
  fields: Pick<CertificateFields, 'serial' | 'issuer'>,
  issuer: { readonly certificate: X509Certificate; readonly fields: Pick<CertificateFields, 'allows'> },
  lists: readonly RevocationList[],
  now: number,
): void {
  const { serial } = fields;
  const name = fields.issuer();
  const [newest] = lists
    .filter((list) => list.issuer.equals(name) && list.thisUpdate <= now)
    .sort((a, b) => b.thisUpdate - a.thisUpdate)
    .filter((list) => list.isSignedBy(issuer.certificate.publicKey));
  if (newest === undefined || !issuer.fields.allows('cRLSign')) {
    throw new GatewayError('auth.failed', 'no revocation list of the issuer of the certificate', { serial });
  }
  if (newest.nextUpdate < now) {
    const ended = new Date(newest.nextUpdate).toISOString();
    throw new GatewayError('auth.failed', 'the revocation list of the issuer has ended', { serial, ended });
  }
  if (newest.lists(serial)) throw new GatewayError('auth.failed', 'the certificate is revoked', { serial });
}
