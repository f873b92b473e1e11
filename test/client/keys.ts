import { clone, type Element } from './element.js';
import { addDerivedKey, addEncryptedKey, type Key, thumbprint } from './header-tokens.js';
import { type Message, put } from './message.js';
import { BASE64_BINARY, SUBJECT_KEY_IDENTIFIER } from './names.js';
import type { Party } from './party.js';
import type { Protection } from './protection.js';
import { keyIdentifier } from './references.js';
import type { ContextToken } from './token.js';

/** The keys of a message, and the EncryptedKey that brought them where there is one. */
export interface Keys {
  readonly signing: Key | undefined;
  readonly encrypting: Key | undefined;
  readonly secret?: Buffer;
  readonly encryptedKeySha1?: string;
  readonly encryptedKey?: Element;
}

/** Writes the token that the keys come from, and the DerivedKeyTokens. */
export function addKeys(message: Message, protection: Protection): Keys {
  const { primary, algorithms, derivedKeys, service } = protection;
  if (primary.kind === 'context') {
    const { token } = primary;
    put(message, 'TOKEN', clone(token.element));
    const key: Key = { source: { kind: 'context', token }, secret: token.key };
    return derivedKeys ? derive(message, protection, key, token) : { signing: key, encrypting: key };
  }
  if (primary.kind === 'transport') return { signing: undefined, encrypting: undefined };
  if (service === undefined) throw new Error("the service's certificate is needed");
  const secret = message.runtime.randomBytes(algorithms.encryptionLength);
  const identified =
    primary.kind === 'asymmetric' ? subjectKeyIdentifier(message, service) : thumbprint(message, service.certificate);
  const made = addEncryptedKey(message, algorithms.keyTransport, service.certificate, secret, identified);
  const found = { secret, encryptedKeySha1: made.sha1, encryptedKey: made.element };
  if (primary.kind === 'asymmetric') return { signing: undefined, encrypting: made.key, ...found };
  return derivedKeys
    ? { ...derive(message, protection, made.key), ...found }
    : { signing: made.key, encrypting: made.key, ...found };
}

function derive(message: Message, { algorithms, transport }: Protection, from: Key, token?: ContextToken): Keys {
  const constant = message.style.derivedKey.constant ? token?.constantKeys : undefined;
  if (message.style.derivedKey.single || transport) {
    const length = transport ? algorithms.signatureLength : algorithms.encryptionLength;
    const key = addDerivedKey(message, 'DKS', from, length, constant?.[0]);
    return { signing: key, encrypting: key };
  }
  const signing = addDerivedKey(message, 'DKS', from, algorithms.signatureLength, constant?.[0]);
  const encrypting = addDerivedKey(message, 'DKE', from, algorithms.encryptionLength, constant?.[1]);
  return { signing, encrypting };
}

function subjectKeyIdentifier(message: Message, { subjectKeyIdentifier: value }: Party): Element {
  return keyIdentifier(message, SUBJECT_KEY_IDENTIFIER, BASE64_BINARY, value);
}
