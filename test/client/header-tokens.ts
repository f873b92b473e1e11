import type { X509Certificate } from 'node:crypto';
import { digest, psha1, SHA1, wrap } from './ciphers.js';
import { type Element, element, withAttribute } from './element.js';
import { type Message, put } from './message.js';
import { BASE64_BINARY, PASSWORD_TEXT, THUMBPRINT_SHA1, VERSIONS, X509V3 } from './names.js';
import { type KeySource, keyIdentifier, referenceTo } from './references.js';
import type { Slot } from './styles/index.js';

const DEFAULT_LABEL = 'WS-SecureConversationWS-SecureConversation';

/** A key that is at hand, and where the message says it comes from. */
export interface Key {
  readonly source: KeySource;
  readonly secret: Buffer;
}

/** xs:dateTime in UTC. */
export function dateTime(milliseconds: number, fraction: boolean): string {
  const text = new Date(milliseconds).toISOString();
  return fraction ? text : text.replace(/\.\d+Z$/, 'Z');
}

export function addTimestamp(message: Message, created: number, expires: number): Element {
  const { wsu } = message.names;
  const { timestampFraction } = message.style;
  const timestamp = element(wsu, 'Timestamp', {}, [
    element(wsu, 'Created', {}, [dateTime(created, timestampFraction)]),
    element(wsu, 'Expires', {}, [dateTime(expires, timestampFraction)]),
  ]);
  return put(message, 'TS', withAttribute(timestamp, wsu, 'Id', message.id('timestamp')));
}

export function addUsername(
  message: Message,
  { name, password }: { readonly name: string; readonly password: string },
  id: string = message.id('username'),
): Element {
  const { wsse, wsu } = message.names;
  const token = element(wsse, 'UsernameToken', {}, [
    element(wsse, 'Username', {}, [name]),
    element(wsse, 'Password', { Type: message.style.passwordType ? PASSWORD_TEXT : undefined }, [password]),
  ]);
  return put(message, 'UT', withAttribute(token, wsu, 'Id', id));
}

export function addCertificate(
  message: Message,
  certificate: X509Certificate,
  id: string = message.id('certificate'),
): Element {
  const { wsse, wsu } = message.names;
  const attributes = { EncodingType: message.style.encodingType ? BASE64_BINARY : undefined, ValueType: X509V3 };
  const token = element(wsse, 'BinarySecurityToken', attributes, [certificate.raw.toString('base64')]);
  return put(message, 'BST', withAttribute(token, wsu, 'Id', id));
}

/** An EncryptedKey for the service; the element of the answer refers to it by the hash of its octets (EncryptedKeySHA1). */
export function addEncryptedKey(
  message: Message,
  keyTransport: string,
  certificate: X509Certificate,
  secret: Buffer,
  identified: Element = thumbprint(message, certificate),
): { readonly key: Key; readonly element: Element; readonly sha1: string } {
  const { xenc, ds } = message.names;
  const wrapped = wrap(keyTransport, certificate.publicKey, secret);
  const id = message.id('encryptedKey');
  const target = element(xenc, 'EncryptedKey', { Id: id }, [
    element(xenc, 'EncryptionMethod', { Algorithm: keyTransport }),
    element(ds, 'KeyInfo', {}, [identified]),
    element(xenc, 'CipherData', {}, [element(xenc, 'CipherValue', {}, [wrapped.toString('base64')])]),
  ]);
  put(message, 'TOKEN', target);
  return {
    key: { source: { kind: 'encryptedKey', id }, secret },
    element: target,
    sha1: digest(SHA1, wrapped).toString('base64'),
  };
}

export function thumbprint(message: Message, certificate: X509Certificate): Element {
  return keyIdentifier(message, THUMBPRINT_SHA1, BASE64_BINARY, digest(SHA1, certificate.raw).toString('base64'));
}

/** A DerivedKeyToken of `length` octets, and its key. */
export function addDerivedKey(
  message: Message,
  slot: Slot,
  from: Key,
  length: number,
  constant?: { readonly id: string; readonly nonce: Buffer },
): Key {
  const { dkt, wsse, wsu } = message.names;
  const { derivedKey, nonceLength } = message.style;
  const nonce = constant?.nonce ?? message.runtime.randomBytes(nonceLength);
  const id = constant?.id ?? message.id('derivedKey');
  const origin = derivedKey.bare ? [] : [element(dkt, derivedKey.origin, {}, ['0'])];
  const sized = [...origin, element(dkt, 'Length', {}, [`${length}`])];
  const token = element(dkt, 'DerivedKeyToken', {}, [
    referenceTo(message, from.source, 'derivation'),
    ...(derivedKey.defaults || derivedKey.bare || length !== 32 ? sized : []),
    ...(derivedKey.label === undefined ? [] : [element(dkt, 'Label', {}, [derivedKey.label])]),
    element(derivedKey.nonceIn === 'wsse' ? wsse : dkt, 'Nonce', {}, [nonce.toString('base64')]),
  ]);
  withAttribute(token, wsu, 'Id', id);
  if (derivedKey.algorithm) {
    withAttribute(token, dkt, 'Algorithm', `${VERSIONS[message.shape.version].derivedKey}/p_sha1`);
  }
  put(message, slot, token);
  const seed = Buffer.concat([Buffer.from(derivedKey.label ?? DEFAULT_LABEL), nonce]);
  return { source: { kind: 'derived', id }, secret: psha1(from.secret, seed, 0, length) };
}
