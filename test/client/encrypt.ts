import { encrypt } from './ciphers.js';
import { declare, type Element, element, isElement, type Scope, withAttribute } from './element.js';
import type { Key } from './header-tokens.js';
import type { Message } from './message.js';
import { XENC } from './names.js';
import { referenceTo } from './references.js';
import { canonicalize, serialize } from './serialize.js';

/** Encrypts for one message: one key, and where the style has it so, one IV. */
export interface Encryptor {
  readonly key: Key;
  readonly cipher: string;
  readonly sharedIv: Buffer | undefined;
  /** Ids of what was encrypted, in the order of the ReferenceList. */
  readonly ids: string[];
}

export function createEncryptor(message: Message, key: Key, cipher: string): Encryptor {
  return { key, cipher, sharedIv: message.style.sharedIv ? message.runtime.randomBytes(16) : undefined, ids: [] };
}

/** Replaces the element's content by EncryptedData. */
export function encryptContent(message: Message, encryptor: Encryptor, target: Element, inner: Scope): void {
  const plaintext = target.children.map((child) => plain(message, child, inner)).join('');
  target.children = [encryptedData(message, encryptor, plaintext, 'Content', inner)];
}

/** The EncryptedData that stands for an element. */
export function encryptElement(message: Message, encryptor: Encryptor, target: Element, scope: Scope): Element {
  return encryptedData(message, encryptor, plain(message, target, scope), 'Element', scope);
}

function plain(message: Message, content: Element['children'][number], scope: Scope): string {
  return message.style.selfContained && isElement(content) ? canonicalize(content, scope) : serialize(content);
}

function encryptedData(message: Message, encryptor: Encryptor, plaintext: string, type: string, scope: Scope): Element {
  const { xenc, ds, xsi } = message.names;
  const iv = encryptor.sharedIv ?? message.runtime.randomBytes(16);
  const octets = encrypt(encryptor.cipher, encryptor.key.secret, plaintext, iv);
  const id = message.id('data');
  encryptor.ids.push(id);
  const keyInfo = element(ds, 'KeyInfo', {}, [referenceTo(message, encryptor.key.source, 'encryption')]);
  if (message.style.keyInfoType) withAttribute(keyInfo, xsi, 'type', 'KeyInfoType');
  const data = element(xenc, 'EncryptedData', { Id: id, Type: `${XENC}${type}` }, [
    element(xenc, 'EncryptionMethod', { Algorithm: encryptor.cipher }),
    keyInfo,
    element(xenc, 'CipherData', {}, [element(xenc, 'CipherValue', {}, [octets.toString('base64')])]),
  ]);
  return declare(data, scope);
}

export function referenceList(message: Message, encryptor: Encryptor): Element {
  const { xenc } = message.names;
  return element(
    xenc,
    'ReferenceList',
    {},
    encryptor.ids.map((id) => element(xenc, 'DataReference', { URI: `#${id}` })),
  );
}
