import { mac, signRsa } from './ciphers.js';
import { type Element, enter, withAttribute } from './element.js';
import { createEncryptor, type Encryptor, encryptContent, encryptElement, referenceList } from './encrypt.js';
import {
  addCertificate,
  addDerivedKey,
  addEncryptedKey,
  addTimestamp,
  addUsername,
  type Key,
  thumbprint,
} from './header-tokens.js';
import { envelopeScope, headerScope, type Message, put, securityScope } from './message.js';
import { BASE64_BINARY, SUBJECT_KEY_IDENTIFIER } from './names.js';
import type { Overrides } from './overrides.js';
import type { Party } from './party.js';
import { keyIdentifier, referenceTo } from './references.js';
import type { Bootstrap, Shape } from './shape.js';
import { type SignedPart, type Signer, signatureOver } from './sign.js';
import type { LayoutName } from './styles.js';
import type { Algorithms } from './suites.js';
import type { ContextToken } from './token.js';

/** What protects a message, as plain data. */
export interface Protection {
  readonly primary: { readonly kind: 'context'; readonly token: ContextToken } | { readonly kind: Bootstrap['kind'] };
  readonly derivedKeys: boolean;
  readonly protectionOrder: Shape['protectionOrder'];
  readonly encryptSignature: boolean;
  readonly encryptBody: boolean;
  readonly transport: boolean;
  readonly username: { readonly name: string; readonly password: string } | undefined;
  /** X.509 client; signs alone in an asymmetric bootstrap, endorses in the others. */
  readonly client: Party | undefined;
  readonly service: Party | undefined;
  /** A context whose key endorses: Renew. */
  readonly endorsing: ContextToken | undefined;
  readonly algorithms: Algorithms;
}

/** What the answer may refer to. */
export interface ProtectionFacts {
  /** Secret of the EncryptedKey, and the hash that EncryptedKeySHA1 names it by. */
  readonly secret: Buffer | undefined;
  readonly encryptedKeySha1: string | undefined;
  /** Values of the signatures that were written, primary first. */
  readonly signatures: readonly string[];
}

interface Keys {
  readonly signing: Key | undefined;
  readonly encrypting: Key | undefined;
  readonly secret?: Buffer;
  readonly encryptedKeySha1?: string;
  readonly encryptedKey?: Element;
}

/** Fills the Security header: tokens, signatures and encryption in the order of the policy, in the layout of the style. */
export function protect(message: Message, protection: Protection, overrides: Overrides): ProtectionFacts {
  const now = overrides.created ?? message.runtime.now();
  const timestamp = addTimestamp(message, now, overrides.expires ?? now + 300_000);
  const keys = addKeys(message, protection);
  const username = protection.username && addUsername(message, protection.username.name, protection.username.password);
  const certificate = protection.client && addCertificate(message, protection.client.certificate);
  overrides.beforeSigning?.(message);
  const encryptor =
    keys.encrypting && !protection.transport
      ? createEncryptor(message, keys.encrypting, protection.algorithms.cipher)
      : undefined;
  const signatures: string[] = [];
  const signAll = () =>
    signatures.push(...signEverything(message, protection, keys, { timestamp, username, certificate }, overrides));
  const encryptAll = () => encryptParts(message, protection, encryptor, username);
  if (protection.protectionOrder === 'sign-before-encrypt' || protection.transport) {
    signAll();
    overrides.beforeEncryption?.(message);
    encryptAll();
    encryptSignatures(message, protection, encryptor);
  } else {
    encryptAll();
    overrides.beforeEncryption?.(message);
    signAll();
    encryptSignatures(message, protection, encryptor);
  }
  addReferenceList(message, protection, encryptor, keys);
  const layout: LayoutName = protection.transport
    ? 'transport'
    : protection.protectionOrder === 'encrypt-before-sign'
      ? 'encryptBeforeSign'
      : protection.derivedKeys
        ? 'derived'
        : 'plain';
  message.security.children = message.style.layouts[layout].flatMap((slot) => message.slots.get(slot) ?? []);
  return { secret: keys.secret, encryptedKeySha1: keys.encryptedKeySha1, signatures };
}

function addKeys(message: Message, protection: Protection): Keys {
  const { primary, algorithms, derivedKeys, service } = protection;
  if (primary.kind === 'context') {
    const { token } = primary;
    put(message, 'TOKEN', token.element);
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

interface Tokens {
  readonly timestamp: Element;
  readonly username: Element | undefined;
  readonly certificate: Element | undefined;
}

function signEverything(
  message: Message,
  protection: Protection,
  keys: Keys,
  tokens: Tokens,
  overrides: Overrides,
): string[] {
  const { algorithms, client } = protection;
  const written: string[] = [];
  const add = (slot: 'SIG' | 'END', parts: readonly SignedPart[], signer: Signer): Element => {
    const signature = signatureOver(message, parts, signer);
    message.slots.set(slot, [...(message.slots.get(slot) ?? []), signature]);
    written.push((signature.children[1] as Element).children[0] as string);
    return signature;
  };
  const inSecurity = (target: Element): SignedPart => ({ target, scope: securityScope(message) });
  let main: Element | undefined;
  if (keys.signing !== undefined) {
    const use = protection.transport ? 'transport' : 'signature';
    const signer = hmacSigner(algorithms, keys.signing.secret, referenceTo(message, keys.signing.source, use));
    main = add('SIG', signedParts(message, protection, tokens, overrides), signer);
  } else if (protection.primary.kind === 'asymmetric' && client !== undefined) {
    main = add(
      'SIG',
      signedParts(message, protection, tokens, overrides),
      x509Signer(message, algorithms, client, tokens.certificate!, 'direct'),
    );
  }
  const endorsed = main === undefined ? transportParts(message, protection, tokens) : [inSecurity(main)];
  if (client !== undefined && protection.primary.kind !== 'asymmetric') {
    add(
      'END',
      endorsed,
      x509Signer(message, algorithms, client, tokens.certificate!, message.style.certificateReference),
    );
  }
  if (protection.endorsing !== undefined)
    add('END', endorsed, endorsingSigner(message, protection, protection.endorsing));
  return written;
}

/** The context's key over the main signature, or over TLS over the Timestamp: what a Renew is proven with. */
function endorsingSigner(message: Message, { algorithms, derivedKeys }: Protection, token: ContextToken): Signer {
  put(message, 'SCT', token.element);
  const key: Key = { source: { kind: 'context', token }, secret: token.key };
  const used = derivedKeys ? addDerivedKey(message, 'SDK', key, algorithms.signatureLength) : key;
  return hmacSigner(algorithms, used.secret, referenceTo(message, used.source, 'signature'));
}

function hmacSigner(algorithms: Algorithms, secret: Buffer, keyInfo: Element): Signer {
  return {
    method: algorithms.mac,
    digest: algorithms.digest,
    keyInfo,
    sign: (data) => mac(algorithms.mac, secret, data),
  };
}

function x509Signer(
  message: Message,
  algorithms: Algorithms,
  client: Party,
  certificate: Element,
  form: 'direct' | 'thumbprint',
): Signer {
  const method = message.style.endorsement ?? algorithms.signature;
  const id = certificate.attributes.find(({ local }) => local === 'Id')!.value;
  return {
    method,
    digest: algorithms.digest,
    keyInfo:
      form === 'direct'
        ? referenceTo(message, { kind: 'certificate', id }, 'signature')
        : thumbprint(message, client.certificate),
    sign: (data) => signRsa(method, client.privateKey!, data),
  };
}

/** The parts in the style's order, each given its wsu:Id. */
function signedParts(message: Message, protection: Protection, tokens: Tokens, overrides: Overrides): SignedPart[] {
  if (protection.transport) return transportParts(message, protection, tokens);
  const { timestamp, username } = tokens;
  return message.style.signedOrder.flatMap((name): SignedPart[] => {
    if (overrides.sign?.(name) === false) return [];
    if (name === 'timestamp') return [{ target: timestamp, scope: securityScope(message) }];
    if (name === 'username')
      return username === undefined ? [] : [{ target: message.slots.get('UT')![0]!, scope: securityScope(message) }];
    if (name === 'body') return [identified(message, message.body, 'body', envelopeScope(message))];
    const header = message.headers.get(name);
    return header === undefined ? [] : [identified(message, header, 'header', headerScope(message))];
  });
}

/** WCF also signs To where the key that endorses is asymmetric (SendSecurityHeader.cs:323). */
function transportParts(message: Message, protection: Protection, { timestamp }: Tokens): SignedPart[] {
  const asymmetric = protection.client !== undefined;
  const names = asymmetric ? ['To'] : message.style.transportSigned;
  const headers = names.flatMap((name) => message.headers.get(name) ?? []);
  return [
    { target: timestamp, scope: securityScope(message) },
    ...headers.map((header) => identified(message, header, 'header', headerScope(message))),
  ];
}

function identified(
  message: Message,
  target: Element,
  kind: 'header' | 'body',
  scope: SignedPart['scope'],
): SignedPart {
  const { wsu } = message.names;
  if (!target.attributes.some(({ namespace, local }) => namespace === wsu.namespace && local === 'Id')) {
    withAttribute(target, wsu, 'Id', message.id(kind));
    if (enter(scope, target).get(wsu.prefix) !== wsu.namespace) target.declarations.push(wsu);
  }
  return { target, scope };
}

function encryptParts(
  message: Message,
  { encryptBody }: Protection,
  encryptor: Encryptor | undefined,
  username: Element | undefined,
): void {
  if (encryptor === undefined) return;
  // Signing comes later with encrypt-before-sign, and must not change what the content leans on.
  if (encryptBody) encryptContent(message, encryptor, message.body, enter(envelopeScope(message), message.body));
  if (username !== undefined)
    message.slots.set('UT', [encryptElement(message, encryptor, username, securityScope(message))]);
}

function encryptSignatures(message: Message, protection: Protection, encryptor: Encryptor | undefined): void {
  if (encryptor === undefined || !protection.encryptSignature) return;
  for (const slot of ['SIG', 'END'] as const) {
    const signatures = message.slots.get(slot);
    if (signatures === undefined) continue;
    message.slots.set(
      slot,
      signatures.map((one) => encryptElement(message, encryptor, one, securityScope(message))),
    );
  }
}

function addReferenceList(
  message: Message,
  protection: Protection,
  encryptor: Encryptor | undefined,
  keys: Keys,
): void {
  if (encryptor === undefined || encryptor.ids.length === 0) return;
  const list = referenceList(message, encryptor);
  // CXF's asymmetric binding puts the list into the EncryptedKey (samples/cxf, _X10).
  if (protection.primary.kind === 'asymmetric') keys.encryptedKey!.children.push(list);
  else put(message, 'RL', list);
}

function subjectKeyIdentifier(message: Message, { subjectKeyIdentifier: value }: Party): Element {
  return keyIdentifier(message, SUBJECT_KEY_IDENTIFIER, BASE64_BINARY, value);
}
