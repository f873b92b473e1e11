import type { Binding } from '../config/types.js';
import { encrypt as encryptOctets, ivLength } from '../crypto/cipher.js';
import { mac } from '../crypto/mac.js';
import { sign, wrapKey } from '../crypto/rsa.js';
import type { Runtime } from '../runtime.js';
import type { HeaderBlock } from '../soap/reply.js';
import type { AnswerKey, AnswerKeys, DerivedKeys } from './answer-keys.js';
import { certificateReference } from './certificates.js';
import {
  bareContextToken,
  contextReference,
  derivedKeyToken,
  encryptedData,
  encryptedKey,
  encryptedKeyReference,
  localKeyReference,
  localReference,
  referenceList,
} from './elements.js';
import { type VersionNames, versionNames } from './names.js';

/** What an answer is secured by. */
export interface CipherProtection {
  readonly policy: Binding;
  /**
   * Of the request's own signature, which its suite accepted: CXF reads a Sha256 suite as hmac-sha1 and refuses
   * hmac-sha256, WCF the other way round. Undefined where nothing signed: the suite's.
   */
  readonly signatureAlgorithm: string | undefined;
  /** Version that the request was of; a conversation's own wins. */
  readonly names: VersionNames;
}

/** Signs and encrypts the parts of one answer, and writes the tokens that the client needs to follow. */
export interface Cipher {
  readonly signatureAlgorithm: string;
  /** The SecurityTokenReference of the signature's key. */
  readonly signingReference: string;
  sign(signedInfo: string): Buffer;
  /** An EncryptedData that holds `plaintext`, in exclusive canonical form; its Id goes into the one ReferenceList. */
  encrypt(type: 'content' | 'element', plaintext: string): HeaderBlock;
  /** Tokens and derived keys, each before what is derived from it. */
  tokens(): string[];
  /** The ReferenceList of all that was encrypted so far; '' if nothing was, or an EncryptedKey holds it. */
  references(): string;
}

export interface CipherOptions {
  readonly runtime: Runtime;
  readonly answerKeys: AnswerKeys;
  readonly nextId: () => string;
}

/** A key in use, and how it is referred to. */
interface Used {
  readonly octets: Buffer;
  readonly reference: string;
}

interface SymmetricKeys {
  readonly signing: Used;
  readonly encrypting: Used;
  readonly tokens: readonly string[];
}

type SymmetricAnswerKey = Extract<AnswerKey, { kind: 'context' | 'encrypted-key' }>;

function encrypter(algorithm: string, octets: Buffer, reference: string, options: CipherOptions, ids: string[]) {
  return (type: 'content' | 'element', plaintext: string): HeaderBlock => {
    const id = `ED${options.nextId()}`;
    ids.push(id);
    const iv = options.runtime.randomBytes(ivLength(algorithm));
    const ciphertext = encryptOctets(algorithm, octets, Buffer.from(plaintext), iv);
    return { id, xml: encryptedData(id, type, algorithm, reference, ciphertext) };
  };
}

function secretOf(key: SymmetricAnswerKey): Buffer {
  return key.kind === 'context' ? key.conversation.context.key : key.key;
}

/** DerivedKeyTokens are of the conversation's version; under an EncryptedKey, of the version that was asked for. */
function derivedKeys(
  key: SymmetricAnswerKey,
  policy: Binding,
  names: VersionNames,
  reference: string,
  options: CipherOptions,
): SymmetricKeys {
  const derived: DerivedKeys =
    key.kind === 'context'
      ? options.answerKeys.ofConversation(key.conversation, policy.suite)
      : options.answerKeys.of(key.key, policy.suite, names);
  const signingId = `DK${options.nextId()}`;
  const encryptingId = `DK${options.nextId()}`;
  const { signing, encrypting } = derived;
  return {
    signing: { octets: signing.key, reference: localReference(signingId, names.dk) },
    encrypting: { octets: encrypting.key, reference: localReference(encryptingId, names.dk) },
    tokens: [
      derivedKeyToken(signingId, names, reference, signing.nonce, signing.key.length),
      derivedKeyToken(encryptingId, names, reference, encrypting.nonce, encrypting.key.length),
    ],
  };
}

function symmetricKeys(
  key: SymmetricAnswerKey,
  policy: Binding,
  names: VersionNames,
  options: CipherOptions,
): SymmetricKeys {
  const external =
    key.kind === 'context'
      ? contextReference(key.identifier, key.conversation.context)
      : encryptedKeyReference(key.digest);
  if (key.derived) return derivedKeys(key, policy, names, external, options);
  const id = options.nextId();
  const attached = key.kind === 'context' && key.attached;
  const used = { octets: secretOf(key), reference: attached ? localReference(id, names.sct) : external };
  return {
    signing: used,
    encrypting: used,
    tokens: attached ? [bareContextToken(id, key.identifier, key.conversation.context)] : [],
  };
}

function symmetricCipher(key: SymmetricAnswerKey, protection: CipherProtection, options: CipherOptions): Cipher {
  const { suite } = protection.policy;
  const algorithm = protection.signatureAlgorithm ?? suite.mac;
  const names = key.kind === 'context' ? versionNames(key.conversation.context.version) : protection.names;
  const keys = symmetricKeys(key, protection.policy, names, options);
  const ids: string[] = [];
  return {
    signatureAlgorithm: algorithm,
    signingReference: keys.signing.reference,
    sign: (signedInfo) => mac(algorithm, keys.signing.octets, signedInfo),
    encrypt: encrypter(suite.cipher, keys.encrypting.octets, keys.encrypting.reference, options, ids),
    tokens: () => [...keys.tokens],
    references: () => (ids.length === 0 ? '' : referenceList(ids)),
  };
}

type CertificateAnswerKey = Extract<AnswerKey, { kind: 'certificate' }>;

/** Both sides have a certificate (WSS 1.0 mutual X.509): a fresh key for the client's, which holds the ReferenceList. */
function certificateCipher(key: CertificateAnswerKey, protection: CipherProtection, options: CipherOptions): Cipher {
  const { suite } = protection.policy;
  const algorithm = protection.signatureAlgorithm ?? suite.signature;
  const sessionKey = options.runtime.randomBytes(suite.encryptionKeyLength);
  const keyId = `EK${options.nextId()}`;
  const ids: string[] = [];
  return {
    signatureAlgorithm: algorithm,
    signingReference: certificateReference(key.service.certificate, key.naming),
    sign: (signedInfo) => sign(algorithm, key.service.privateKey, signedInfo),
    encrypt: encrypter(suite.cipher, sessionKey, localKeyReference(keyId), options, ids),
    tokens: () => {
      if (ids.length === 0) return [];
      const wrapped = wrapKey(suite.keyTransport, key.client.publicKey, sessionKey);
      const reference = certificateReference(key.client, key.naming);
      return [encryptedKey(keyId, suite.keyTransport, reference, wrapped, ids)];
    },
    references: () => '',
  };
}

/** The cipher of one answer. */
export function createCipher(
  key: SymmetricAnswerKey | CertificateAnswerKey,
  protection: CipherProtection,
  options: CipherOptions,
): Cipher {
  return key.kind === 'certificate'
    ? certificateCipher(key, protection, options)
    : symmetricCipher(key, protection, options);
}
