import { decodeBase64 } from '../crypto/base64.js';
import { GatewayError } from '../errors.js';
import { attribute, elements, isElement, localName, namespaceOf, textOnly } from '../xml/read.js';
import type { Node, Tree } from '../xml/tree.js';
import {
  DS,
  ENCRYPTED_KEY_SHA1,
  THUMBPRINT_SHA1,
  VERSION_BY_CONVERSATION,
  WSSE,
  X509_SUBJECT_KEY_IDENTIFIER,
} from './names.js';

/**
 * What a SecurityTokenReference says (WSS SOAP Message Security 1.1 §7). Only what names the target is kept: ValueType
 * and TokenType lie in real messages (Rampart calls an SCT an EncryptedKey and a SAML assertion), so they decide nothing
 * that is proven; the lie itself tells how the client wants its answer (`attachesToken`).
 */
export type TokenReference =
  | { readonly kind: 'id'; readonly id: string; readonly node: Node }
  | { readonly kind: 'uri'; readonly uri: string; readonly instance?: string; readonly node: Node }
  | { readonly kind: 'encrypted-key-sha1'; readonly digest: Buffer; readonly node: Node }
  | { readonly kind: 'thumbprint'; readonly digest: Buffer; readonly node: Node }
  | { readonly kind: 'subject-key-identifier'; readonly identifier: Buffer; readonly node: Node }
  | { readonly kind: 'issuer-serial'; readonly issuer: string; readonly serial: string; readonly node: Node };

const KEY_IDENTIFIERS: ReadonlyMap<string, (octets: Buffer, node: Node) => TokenReference> = new Map<
  string,
  (octets: Buffer, node: Node) => TokenReference
>([
  [ENCRYPTED_KEY_SHA1, (digest, node) => ({ kind: 'encrypted-key-sha1', digest, node })],
  [THUMBPRINT_SHA1, (digest, node) => ({ kind: 'thumbprint', digest, node })],
  [X509_SUBJECT_KEY_IDENTIFIER, (identifier, node) => ({ kind: 'subject-key-identifier', identifier, node })],
]);

/** SAML Token Profile 1.0 and 1.1: the value is an Id. */
const ASSERTION_ID = /#SAML(?:AssertionID|ID)$/;

const MAX_KEY_IDENTIFIER = 128;

/**
 * Reads a wsse:SecurityTokenReference with one child: Reference, KeyIdentifier or X509Data/X509IssuerSerial.
 *
 * @throws GatewayError `wss.reference` for anything else, remote URIs included: nothing is ever fetched (security.md P15)
 */
export function readTokenReference(tree: Tree, node: Node): TokenReference {
  if (!isElement(tree, node, WSSE, 'SecurityTokenReference')) {
    throw new GatewayError('wss.reference', `${localName(tree, node)} where a SecurityTokenReference belongs`);
  }
  const children = elements(tree, node);
  const child = children[0];
  if (child === undefined || children.length > 1) {
    throw new GatewayError('wss.reference', 'a SecurityTokenReference needs one child');
  }
  if (isElement(tree, child, WSSE, 'Reference')) return readDirectReference(tree, node, child);
  if (isElement(tree, child, WSSE, 'KeyIdentifier')) {
    const valueType = attribute(tree, child, '', 'ValueType') ?? '';
    // Rampart calls a SecurityContextToken a SAML assertion over TLS: an Id is an Id.
    if (ASSERTION_ID.test(valueType)) return { kind: 'id', id: textOnly(tree, child).trim(), node };
    const make = KEY_IDENTIFIERS.get(valueType);
    if (make === undefined)
      throw new GatewayError('wss.reference', 'a KeyIdentifier of an unknown type', { valueType });
    return make(decodeBase64(textOnly(tree, child), MAX_KEY_IDENTIFIER), node);
  }
  if (isElement(tree, child, DS, 'X509Data')) return readIssuerSerial(tree, node, child);
  throw new GatewayError('wss.reference', `a SecurityTokenReference with ${localName(tree, child)}`);
}

function readDirectReference(tree: Tree, node: Node, reference: Node): TokenReference {
  const uri = attribute(tree, reference, '', 'URI');
  if (uri === undefined || uri === '' || uri === '#')
    throw new GatewayError('wss.reference', 'a Reference without a URI');
  if (uri.startsWith('#')) return { kind: 'id', id: uri.slice(1), node };
  const instance = instanceOf(tree, reference);
  return instance === undefined ? { kind: 'uri', uri, node } : { kind: 'uri', uri, instance, node };
}

/** The Instance attribute stands in the namespace of the conversation (WCF, Metro after Renew). */
function instanceOf(tree: Tree, reference: Node): string | undefined {
  for (const namespace of VERSION_BY_CONVERSATION.keys()) {
    const value = attribute(tree, reference, namespace, 'Instance');
    if (value !== undefined) return value;
  }
  return undefined;
}

function readIssuerSerial(tree: Tree, node: Node, data: Node): TokenReference {
  const [issuerSerial, ...others] = elements(tree, data);
  if (issuerSerial === undefined || others.length > 0 || !isElement(tree, issuerSerial, DS, 'X509IssuerSerial')) {
    throw new GatewayError('wss.reference', 'X509Data needs one X509IssuerSerial');
  }
  const [issuer, serial, ...rest] = elements(tree, issuerSerial);
  if (
    issuer === undefined ||
    serial === undefined ||
    rest.length > 0 ||
    !isElement(tree, issuer, DS, 'X509IssuerName') ||
    !isElement(tree, serial, DS, 'X509SerialNumber')
  ) {
    throw new GatewayError('wss.reference', 'X509IssuerSerial needs X509IssuerName and X509SerialNumber');
  }
  return { kind: 'issuer-serial', issuer: textOnly(tree, issuer).trim(), serial: textOnly(tree, serial).trim(), node };
}

/**
 * Reads the SecurityTokenReference of a ds:KeyInfo, which must be its only child: of two answers to one question the
 * wrong one could be read.
 *
 * @throws GatewayError `wss.reference`
 */
export function readKeyInfo(tree: Tree, keyInfo: Node): TokenReference {
  const [reference, ...others] = elements(tree, keyInfo);
  if (reference === undefined || others.length > 0) throw new GatewayError('wss.reference', 'KeyInfo needs one child');
  if (namespaceOf(tree, reference) !== WSSE) {
    throw new GatewayError('wss.reference', `KeyInfo with ${localName(tree, reference)}`);
  }
  return readTokenReference(tree, reference);
}
