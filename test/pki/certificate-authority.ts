// tsyringe, under @peculiar/x509, reads decorators' metadata and wants the polyfill loaded before it.
import 'reflect-metadata';
import { KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const SIGNATURE = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const KEYS = { ...SIGNATURE, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
const DAY = 86_400_000;

/** A certificate and its private key, as PEM (X.509 and PKCS #8). */
export interface Party {
  readonly certificate: string;
  readonly privateKey: string;
}

/** What a certificate says, where it differs from the ordinary. */
export interface CertificateOptions {
  /** The CN; the subject is `O=interop, CN=…` in this order, as the interoperability certificates have it. */
  readonly commonName: string;
  /** Milliseconds since the epoch; a day ago by default. */
  readonly notBefore?: number;
  /** Milliseconds since the epoch; ten years ahead by default. */
  readonly notAfter?: number;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

export interface Authority extends Party {
  /** A certificate for a fresh 2048-bit RSA key, with the key usages of an encrypting and signing SOAP party. */
  issue(options: CertificateOptions): Promise<Party>;
}

/** A certification authority of its own: fresh key, self-signed, able to issue end certificates only. */
export async function createAuthority(options: CertificateOptions): Promise<Authority> {
  const keys = await freshKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...described(options),
      name: subject(options.commonName),
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return {
    ...(await party(certificate, keys)),
    issue: (wanted) => issue(certificate, keys, wanted),
  };
}

/** Usages and identifiers as `openssl x509 -req` writes them from the interoperability set's extension file. */
async function issue(
  issuer: x509.X509Certificate,
  issuerKeys: CryptoKeyPair,
  options: CertificateOptions,
): Promise<Party> {
  const keys = await freshKeys();
  const names = [
    ...(options.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(options.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ];
  const { digitalSignature, keyEncipherment, dataEncipherment } = x509.KeyUsageFlags;
  const certificate = await x509.X509CertificateGenerator.create(
    {
      ...described(options),
      subject: subject(options.commonName),
      issuer: issuer.subjectName,
      publicKey: keys.publicKey,
      signingKey: issuerKeys.privateKey,
      extensions: [
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
        await x509.AuthorityKeyIdentifierExtension.create(issuerKeys.publicKey, false, crypto),
        new x509.KeyUsagesExtension(digitalSignature | keyEncipherment | dataEncipherment),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    },
    crypto,
  );
  return party(certificate, keys);
}

function described(options: CertificateOptions) {
  return {
    notBefore: new Date(options.notBefore ?? Date.now() - DAY),
    notAfter: new Date(options.notAfter ?? Date.now() + 3650 * DAY),
    signingAlgorithm: SIGNATURE,
  };
}

function subject(commonName: string): x509.JsonName {
  return [{ O: ['interop'] }, { CN: [commonName] }];
}

function freshKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(KEYS, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
}

async function party(certificate: x509.X509Certificate, keys: CryptoKeyPair): Promise<Party> {
  const privateKey = KeyObject.from(keys.privateKey);
  return {
    certificate: `${certificate.toString('pem')}\n`,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
