import { createHash, type KeyObject, type X509Certificate } from 'node:crypto';
import type { ServiceCertificate } from '../config/types.js';
import type { Conversation } from '../conversation/cache.js';
import { type DerivedKeyParameters, deriveKey } from '../crypto/psha1.js';
import { unwrapKey } from '../crypto/rsa.js';
import { secret } from '../crypto/secret.js';
import type { Suite } from '../crypto/suites.js';
import { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { NONE, type Node } from '../xml/tree.js';
import { isNamedBy, parseCertificate, serviceCertificate } from './certificates.js';
import type { EncryptedKeyElement } from './encrypted.js';
import type { SecurityHeader } from './header.js';
import type { IdIndex } from './ids.js';
import type { TokenReference } from './references.js';
import type { DerivedKeyElement } from './tokens.js';

/** A shared secret of the message: the key of its conversation, or that of an EncryptedKey for our certificate. */
export type Secret = ContextSecret | WrappedSecret;

export interface ContextSecret {
  readonly kind: 'context';
  readonly conversation: Conversation;
  readonly key: Buffer;
}

export interface WrappedSecret {
  readonly kind: 'encrypted-key';
  readonly element: EncryptedKeyElement;
  readonly key: Buffer;
  /** SHA-1 of the CipherValue's octets: what an answer refers to (WSS 1.1 §7.3, EncryptedKeySHA1). */
  readonly digest: Buffer;
  /** How the client named our certificate; an answer names the client's likewise. */
  readonly certificate: ServiceCertificate;
}

/** A key that a message is proven or decrypted with, and where it came from. */
export type Key = SymmetricKey | CertificateKey;

export interface SymmetricKey {
  readonly kind: 'symmetric';
  readonly octets: Buffer;
  readonly secret: Secret;
  readonly derived: boolean;
}

export interface CertificateKey {
  readonly kind: 'certificate';
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
  /** The BinarySecurityToken that held it; NONE where we knew the certificate. */
  readonly token: Node;
}

/** What keys are resolved from. */
export interface KeySources {
  readonly header: SecurityHeader;
  readonly index: IdIndex;
  /** Of the message's SecurityContextToken, or of the one that its references name. */
  readonly conversation: Conversation | undefined;
  /** Its Identifier as the message writes it. */
  readonly identifier: string | undefined;
  readonly certificates: readonly ServiceCertificate[];
  /** Certificates of clients that may be referred to without being sent. */
  readonly known: readonly X509Certificate[];
  readonly suites: readonly Suite[];
  readonly runtime: Runtime;
}

/**
 * Resolves references to keys, by what the URI names and in any order of the elements; each secret is unwrapped once.
 */
export interface Keys {
  /** @throws GatewayError `wss.reference` (names nothing here), `wss.key`, `wss.algorithm`, `crypto.derive` */
  resolve(reference: TokenReference): Key;
  /** The secret of an EncryptedKey, for a ReferenceList inside it. @throws GatewayError `wss.key`, `wss.algorithm` */
  unwrap(element: EncryptedKeyElement): WrappedSecret;
}

/**
 * Octets of a key that stands in for one that did not unwrap: the proof then fails later, as it does for a wrong key
 * (security.md C5).
 */
function substitute(suites: readonly Suite[], runtime: Runtime): Buffer {
  return Buffer.from(runtime.randomBytes(Math.max(...suites.map((suite) => suite.tokenKeyLength))));
}

export function createKeys(sources: KeySources): Keys {
  const { header, index, conversation, certificates, suites, runtime } = sources;
  const unwrapped = new Map<Node, WrappedSecret>();

  const unwrap = (element: EncryptedKeyElement): WrappedSecret => {
    const known = unwrapped.get(element.node);
    if (known !== undefined) return known;
    requireKeyTransport(suites, element);
    const { key: reference } = element;
    if (reference === undefined) throw new GatewayError('wss.key', 'an EncryptedKey that names no recipient');
    const token =
      reference.kind === 'id'
        ? header.binaryTokens.find(({ node }) => node === index.nodes.get(reference.id))
        : undefined;
    const certificate = serviceCertificate(certificates, (own) =>
      token === undefined ? isNamedBy(own, reference) : own.raw.equals(token.octets),
    );
    const secretKey: WrappedSecret = {
      kind: 'encrypted-key',
      element,
      certificate,
      key: secret(openKey(element, certificate.privateKey, suites, runtime)),
      digest: createHash('sha1').update(element.octets).digest(),
    };
    unwrapped.set(element.node, secretKey);
    return secretKey;
  };

  const secretAt = (node: Node): Secret | undefined => {
    const element = header.encryptedKeys.find((candidate) => candidate.node === node);
    if (element !== undefined) return unwrap(element);
    return header.contextToken?.node === node ? contextSecret(conversation) : undefined;
  };

  /** StAX refers to a token as `#` and its Identifier; the Id index has the first word. */
  const secretOf = (reference: TokenReference): Secret | undefined => {
    if (reference.kind === 'id') {
      const node = index.nodes.get(reference.id);
      return node === undefined ? contextNamed(sources, reference.id, undefined) : secretAt(node);
    }
    return reference.kind === 'uri' ? contextNamed(sources, reference.uri, reference.instance) : undefined;
  };

  const derivedAt = (reference: TokenReference): DerivedKeyElement | undefined => {
    const node = reference.kind === 'id' ? index.nodes.get(reference.id) : undefined;
    return node === undefined ? undefined : header.derivedKeys.find((candidate) => candidate.node === node);
  };

  const certificateOf = (reference: TokenReference): CertificateKey | undefined => {
    const target = reference.kind === 'id' ? index.nodes.get(reference.id) : undefined;
    for (const { node, octets } of header.binaryTokens) {
      if (reference.kind === 'id' && node !== target) continue;
      const certificate = parseCertificate(octets);
      if (node === target || isNamedBy(certificate, reference)) return certificateKey(certificate, node);
    }
    const known = sources.known.find((certificate) => isNamedBy(certificate, reference));
    return known === undefined ? undefined : certificateKey(known, NONE);
  };

  return {
    unwrap,
    resolve: (reference) => {
      const derived = derivedAt(reference);
      if (derived !== undefined) {
        const source = secretOf(derived.reference);
        // A key derived from a derived key would make a chain, and a cycle of two (security.md W11).
        if (source === undefined)
          throw new GatewayError('wss.reference', 'a DerivedKeyToken of no token of this message');
        return { kind: 'symmetric', octets: derive(source, parametersOf(derived)), secret: source, derived: true };
      }
      const source = secretOf(reference);
      if (source !== undefined) return { kind: 'symmetric', octets: source.key, secret: source, derived: false };
      const certificate = certificateOf(reference);
      if (certificate !== undefined) return certificate;
      throw new GatewayError('wss.reference', 'a reference to no token of this message', { kind: reference.kind });
    },
  };
}

/**
 * The octets of an EncryptedKey that stands outside the header, such as a client's entropy (WSE 2).
 *
 * @throws GatewayError `wss.algorithm`, `wss.key`
 */
export function openEncryptedKey(
  element: EncryptedKeyElement,
  { certificates, suites, runtime }: Pick<KeySources, 'certificates' | 'suites' | 'runtime'>,
): Buffer {
  requireKeyTransport(suites, element);
  const { key: reference } = element;
  if (reference === undefined) throw new GatewayError('wss.key', 'an EncryptedKey that names no recipient');
  const { privateKey } = serviceCertificate(certificates, (own) => isNamedBy(own, reference));
  return openKey(element, privateKey, suites, runtime);
}

function requireKeyTransport(suites: readonly Suite[], { algorithm }: EncryptedKeyElement): void {
  if (suites.some(({ accepts }) => accepts.keyTransports.has(algorithm))) return;
  throw new GatewayError('wss.algorithm', 'key transport is not of the suite', { algorithm });
}

function openKey(
  element: EncryptedKeyElement,
  privateKey: KeyObject,
  suites: readonly Suite[],
  runtime: Runtime,
): Buffer {
  const { algorithm, octets, digest, mgf, label } = element;
  try {
    return unwrapKey(algorithm, privateKey, octets, {
      ...(digest === undefined ? {} : { digest }),
      ...(mgf === undefined ? {} : { mgf }),
      ...(label === undefined ? {} : { label }),
    });
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'crypto.decrypt') return substitute(suites, runtime);
    throw error;
  }
}

/** The key of a secret for these parameters; a conversation remembers the ones that its client repeats. */
export function derive(source: Secret, parameters: DerivedKeyParameters): Buffer {
  if (source.kind === 'context') return source.conversation.derivedKey(parameters);
  return deriveKey(source.key, parameters);
}

function parametersOf({ label, nonce, offset, length }: DerivedKeyElement): DerivedKeyParameters {
  return label === undefined ? { nonce, offset, length } : { label, nonce, offset, length };
}

function contextSecret(conversation: Conversation | undefined): ContextSecret | undefined {
  return conversation && { kind: 'context', conversation, key: conversation.context.key };
}

function contextNamed(
  { conversation, identifier }: KeySources,
  uri: string,
  instance: string | undefined,
): ContextSecret | undefined {
  if (conversation === undefined || identifier !== uri) return undefined;
  // Metro refers to a renewed token without its Instance where the token stands beside the reference.
  return instance === undefined || instance === conversation.context.instance ? contextSecret(conversation) : undefined;
}

function certificateKey(certificate: X509Certificate, token: Node): CertificateKey {
  return { kind: 'certificate', key: certificate.publicKey, certificate, token };
}
