// tsyringe, under @peculiar/x509, reads decorators' metadata and wants the polyfill loaded before it.
import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { START } from './fixtures.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY = 86_400_000;

const USAGES = x509.KeyUsageFlags;

export interface Holder {
  readonly certificate: X509Certificate;
  readonly keys: CryptoKeyPair;
  readonly own: x509.X509Certificate;
}

export interface Options {
  readonly ca?: boolean;
  readonly pathLength?: number;
  /** Bits of KeyUsageFlags; 0: no such extension. */
  readonly usages?: number;
  readonly subject?: x509.JsonName;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly serial?: string;
  readonly names?: x509.JsonGeneralNames;
  readonly more?: readonly x509.Extension[];
  readonly keys?: CryptoKeyPair;
}

export const freshKeys = (): Promise<CryptoKeyPair> =>
  crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;

/** A certificate by any issuer, with anything in it. Without an issuer it signs itself. */
export async function issue(commonName: string, issuer: Holder | undefined, options: Options = {}): Promise<Holder> {
  const { ca = false, usages = ca ? USAGES.keyCertSign | USAGES.cRLSign : USAGES.digitalSignature } = options;
  const keys = options.keys ?? (await freshKeys());
  const subject = options.subject ?? [{ O: ['test'] }, { CN: [commonName] }];
  const own = await x509.X509CertificateGenerator.create({
    ...(options.serial === undefined ? {} : { serialNumber: options.serial }),
    subject,
    issuer: issuer === undefined ? subject : issuer.own.subjectName,
    notBefore: new Date(options.notBefore ?? START - DAY),
    notAfter: new Date(options.notAfter ?? START + 365 * DAY),
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      ...(ca ? [new x509.BasicConstraintsExtension(true, options.pathLength, true)] : []),
      ...(usages === 0 ? [] : [new x509.KeyUsagesExtension(usages, true)]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(options.names === undefined ? [] : [new x509.SubjectAlternativeNameExtension(options.names)]),
      ...(options.more ?? []),
    ],
  });
  return { certificate: new X509Certificate(Buffer.from(own.rawData)), keys, own };
}

export interface ListOptions {
  readonly thisUpdate?: number;
  readonly nextUpdate?: number | null;
  readonly hash?: string;
  readonly extensions?: readonly x509.Extension[];
  /** Signs in place of the issuer. */
  readonly signer?: Holder;
}

/** A revocation list of `issuer` over these certificates, as DER. */
export async function listOf(issuer: Holder, revoked: readonly Holder[], options: ListOptions = {}): Promise<Buffer> {
  const { nextUpdate = START + DAY } = options;
  const list = await x509.X509CrlGenerator.create({
    issuer: issuer.own.subject,
    thisUpdate: new Date(options.thisUpdate ?? START - DAY),
    ...(nextUpdate === null ? {} : { nextUpdate: new Date(nextUpdate) }),
    entries: revoked.map(({ own }) => ({ serialNumber: own.serialNumber, revocationDate: new Date(START - DAY) })),
    extensions: [...(options.extensions ?? [])],
    signingAlgorithm: { ...ALGORITHM, hash: options.hash ?? 'SHA-256' },
    signingKey: (options.signer ?? issuer).keys.privateKey,
  });
  return Buffer.from(list.rawData);
}

export const pem = (holders: readonly Holder[]): string =>
  holders.map(({ own }) => `${own.toString('pem')}\n`).join('');
export const listPem = (der: Buffer): string =>
  `-----BEGIN X509 CRL-----\n${der.toString('base64').replace(/(.{64})/g, '$1\n')}\n-----END X509 CRL-----\n`;

export { USAGES, x509 };
