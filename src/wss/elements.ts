import type { SecurityContext } from '../conversation/context.js';
import { escapeAttribute, escapeText } from '../xml/write.js';
import {
  BASE64_BINARY,
  DS,
  ENCRYPTED_CONTENT,
  ENCRYPTED_ELEMENT,
  ENCRYPTED_KEY_SHA1,
  ENCRYPTED_KEY_TYPE,
  EXC_C14N,
  type VersionNames,
  versionNames,
  WSSE,
  WSSE11,
  WSU,
  XENC,
} from './names.js';

/**
 * The elements of a Security header as strings, each in exclusive canonical form and whole in itself, so that what is
 * digested is what is sent.
 */

export function timestampElement(id: string, created: number, expires: number): string {
  const write = (time: number): string => new Date(time).toISOString();
  return (
    `<wsu:Timestamp xmlns:wsu="${WSU}" wsu:Id="${id}"><wsu:Created>${write(created)}</wsu:Created>` +
    `<wsu:Expires>${write(expires)}</wsu:Expires></wsu:Timestamp>`
  );
}

function strOf(content: string, attributes = ''): string {
  return `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"${attributes}>${content}</wsse:SecurityTokenReference>`;
}

/** A reference to an element of this message. */
export function localReference(id: string, valueType?: string): string {
  const type = valueType === undefined ? '' : ` ValueType="${valueType}"`;
  return strOf(`<wsse:Reference URI="#${id}"${type}></wsse:Reference>`);
}

/** By Identifier, and after a renewal by Instance: the one form that WCF, WSS4J, Metro and Rampart all resolve (wire-facts §0.3). */
export function contextReference(identifier: string, { instance, version }: SecurityContext): string {
  const { conversation, sct } = versionNames(version);
  const declared = instance === undefined ? '' : ` xmlns:wsc="${conversation}"`;
  const named = instance === undefined ? '' : ` wsc:Instance="${escapeAttribute(instance)}"`;
  return strOf(
    `<wsse:Reference${declared} URI="${escapeAttribute(identifier)}" ValueType="${sct}"${named}></wsse:Reference>`,
  );
}

/** A reference to an EncryptedKey of this message. */
export function localKeyReference(id: string): string {
  return strOf(
    `<wsse:Reference URI="#${id}"></wsse:Reference>`,
    ` xmlns:wsse11="${WSSE11}" wsse11:TokenType="${ENCRYPTED_KEY_TYPE}"`,
  );
}

export function encryptedKeyReference(digest: Buffer): string {
  return keyIdentifierReference(
    ENCRYPTED_KEY_SHA1,
    digest,
    ` xmlns:wsse11="${WSSE11}" wsse11:TokenType="${ENCRYPTED_KEY_TYPE}"`,
  );
}

export function keyIdentifierReference(valueType: string, octets: Buffer, attributes = ''): string {
  return strOf(
    `<wsse:KeyIdentifier EncodingType="${BASE64_BINARY}" ValueType="${valueType}">${octets.toString('base64')}</wsse:KeyIdentifier>`,
    attributes,
  );
}

export function issuerSerialReference(issuer: string, serial: string): string {
  return strOf(
    `<ds:X509Data xmlns:ds="${DS}"><ds:X509IssuerSerial><ds:X509IssuerName>${escapeText(issuer)}</ds:X509IssuerName>` +
      `<ds:X509SerialNumber>${serial}</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>`,
  );
}

/** The token as a reference can name it, without the cookie, which no client's reader of answers takes (wire-facts §0.2). */
export function bareContextToken(id: string, identifier: string, { instance, version }: SecurityContext): string {
  const written = instance === undefined ? '' : `<wsc:Instance>${escapeText(instance)}</wsc:Instance>`;
  return (
    `<wsc:SecurityContextToken xmlns:wsc="${versionNames(version).conversation}" xmlns:wsu="${WSU}" wsu:Id="${id}">` +
    `<wsc:Identifier>${escapeText(identifier)}</wsc:Identifier>${written}</wsc:SecurityContextToken>`
  );
}

/** Label of every derived key of WSE 2; present, it alone is the label (wire-facts §2.2). */
export const WSE2_LABEL = 'WS-SecureConversation';

/**
 * A DerivedKeyToken. From 2005/02 on Offset and Length always, no Label, no Generation, no Algorithm: WSS4J would ignore
 * the one and trip over the other (wire-facts §2.2). In 2004/04 as WSE 2 writes it.
 *
 * @param nonce in base64
 * @param length octets
 */
export function derivedKeyToken(
  id: string,
  { conversation, dk, derivation }: VersionNames,
  reference: string,
  nonce: string,
  length: number,
): string {
  if (derivation === 'generation') {
    return (
      `<wsc:DerivedKeyToken xmlns:wsc="${conversation}" xmlns:wsu="${WSU}" wsc:Algorithm="${dk}/p_sha1" wsu:Id="${id}">${reference}` +
      `<wsc:Generation>0</wsc:Generation><wsc:Length>${length}</wsc:Length><wsc:Label>${WSE2_LABEL}</wsc:Label>` +
      `<wsse:Nonce xmlns:wsse="${WSSE}">${nonce}</wsse:Nonce></wsc:DerivedKeyToken>`
    );
  }
  return (
    `<wsc:DerivedKeyToken xmlns:wsc="${conversation}" xmlns:wsu="${WSU}" wsu:Id="${id}">${reference}<wsc:Offset>0</wsc:Offset>` +
    `<wsc:Length>${length}</wsc:Length><wsc:Nonce>${nonce}</wsc:Nonce></wsc:DerivedKeyToken>`
  );
}

function dataReferences(ids: readonly string[]): string {
  return ids.map((id) => `<xenc:DataReference URI="#${id}"></xenc:DataReference>`).join('');
}

export function referenceList(ids: readonly string[]): string {
  return `<xenc:ReferenceList xmlns:xenc="${XENC}">${dataReferences(ids)}</xenc:ReferenceList>`;
}

/** @param reference of its key */
export function encryptedData(
  id: string,
  type: 'content' | 'element',
  algorithm: string,
  reference: string,
  octets: Buffer,
): string {
  return (
    `<xenc:EncryptedData xmlns:xenc="${XENC}" Id="${id}" Type="${type === 'content' ? ENCRYPTED_CONTENT : ENCRYPTED_ELEMENT}">` +
    `<xenc:EncryptionMethod Algorithm="${algorithm}"></xenc:EncryptionMethod><ds:KeyInfo xmlns:ds="${DS}">${reference}</ds:KeyInfo>` +
    `<xenc:CipherData><xenc:CipherValue>${octets.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>`
  );
}

export function encryptedKey(
  id: string,
  algorithm: string,
  reference: string,
  octets: Buffer,
  ids: readonly string[],
): string {
  const list = ids.length === 0 ? '' : `<xenc:ReferenceList>${dataReferences(ids)}</xenc:ReferenceList>`;
  return (
    `<xenc:EncryptedKey xmlns:xenc="${XENC}" Id="${id}"><xenc:EncryptionMethod Algorithm="${algorithm}"></xenc:EncryptionMethod>` +
    `<ds:KeyInfo xmlns:ds="${DS}">${reference}</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>${octets.toString('base64')}` +
    `</xenc:CipherValue></xenc:CipherData>${list}</xenc:EncryptedKey>`
  );
}

/** WSS SOAP Message Security 1.1 §8.5. */
export function signatureConfirmation(id: string, value: Buffer): string {
  return (
    `<wsse11:SignatureConfirmation xmlns:wsse11="${WSSE11}" xmlns:wsu="${WSU}" Value="${value.toString('base64')}" ` +
    `wsu:Id="${id}"></wsse11:SignatureConfirmation>`
  );
}

/** A part to sign: its Id and the digest of its exclusive canonical form. */
export interface SignedPart {
  readonly id: string;
  /** In base64. */
  readonly digest: string;
}

/** SignedInfo's content; its start tag differs between what is signed and what stands in the Signature. */
export function signedInfoContent(
  signatureAlgorithm: string,
  digestAlgorithm: string,
  parts: readonly SignedPart[],
): string {
  let references = '';
  for (const { id, digest } of parts) {
    references +=
      `<ds:Reference URI="#${id}"><ds:Transforms><ds:Transform Algorithm="${EXC_C14N}"></ds:Transform></ds:Transforms>` +
      `<ds:DigestMethod Algorithm="${digestAlgorithm}"></ds:DigestMethod><ds:DigestValue>${digest}` +
      '</ds:DigestValue></ds:Reference>';
  }
  return (
    `<ds:CanonicalizationMethod Algorithm="${EXC_C14N}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${signatureAlgorithm}"></ds:SignatureMethod>${references}`
  );
}

/** The canonical form of the SignedInfo in `signatureElement`. */
export function signedInfo(content: string): string {
  return `<ds:SignedInfo xmlns:ds="${DS}">${content}</ds:SignedInfo>`;
}

export function signatureElement(id: string, content: string, value: Buffer, reference: string): string {
  return (
    `<ds:Signature xmlns:ds="${DS}" Id="${id}"><ds:SignedInfo>${content}</ds:SignedInfo>` +
    `<ds:SignatureValue>${value.toString('base64')}</ds:SignatureValue><ds:KeyInfo>${reference}</ds:KeyInfo></ds:Signature>`
  );
}
