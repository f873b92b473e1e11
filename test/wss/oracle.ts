import { constants, createHash, createHmac, createVerify, type KeyObject, privateDecrypt } from 'node:crypto';
import { XmlC14NMode, XmlDocument, XmlElement, type XmlNode } from 'libxml2-wasm';
import { decryptXml, derive } from './keys.js';
import { DS, ENCRYPTED_KEY_SHA1, EXC, WSSE, WSU, XENC } from './names.js';

/**
 * Proves and opens a message with libxml2 and node:crypto, and nothing of the gateway: what it says of a message is a
 * second opinion. It believes references and order as they are written, and throws at what it does not understand.
 */
export interface OracleKeys {
  readonly context?: { readonly identifier: string; readonly key: Buffer } | undefined;
  /** By the SHA-1 of their CipherValue, in base64. */
  readonly encryptedKeys?: ReadonlyMap<string, Buffer>;
  readonly privateKey?: KeyObject | undefined;
  /** Of whoever signs with a certificate. */
  readonly publicKey?: KeyObject | undefined;
}

export interface Opinion {
  /** Local names of the Security header's children as they were sent. */
  readonly layout: readonly string[];
  /** Local names of what was signed, in order: Timestamp, Action, Body. */
  readonly signed: readonly string[];
  /** Of the first Signature. */
  readonly algorithm: string;
  readonly digests: readonly string[];
  /** IV of each ciphertext, in hexadecimal. */
  readonly ivs: readonly string[];
  /** The message with every listed ciphertext opened. */
  readonly plain: string;
  /** Values of all Id attributes of the opened message. */
  readonly ids: readonly string[];
  /** Each local reference leads to something that stands before it. */
  readonly declaredBeforeUse: boolean;
}

const NAMES = { ds: DS, xenc: XENC, wsse: WSSE, wsu: WSU };

const elementsAt = (node: XmlNode | XmlDocument, path: string): XmlElement[] =>
  (node instanceof XmlDocument ? node.root : node).find(path, NAMES).filter((found) => found instanceof XmlElement);

function one(node: XmlNode | XmlDocument, path: string): XmlElement {
  const [found, ...others] = elementsAt(node, path);
  if (found === undefined || others.length > 0) throw new Error(`${found === undefined ? 'no' : 'several'} ${path}`);
  return found;
}

const attributeOf = (element: XmlElement, name: string) => element.attrs.find((attr) => attr.name === name)?.value;
const octetsOf = (element: XmlElement) => Buffer.from(element.content, 'base64');
const text = (node: XmlElement, local: string) => elementsAt(node, `*[local-name()='${local}']`)[0]?.content;

function byId(document: XmlDocument, id: string): XmlElement | undefined {
  const [found, ...others] = elementsAt(document, `//*[@wsu:Id='${id}' or @Id='${id}']`);
  if (others.length > 0) throw new Error(`two elements have the Id ${id}`);
  return found;
}

function secretOf(document: XmlDocument, reference: XmlElement, keys: OracleKeys): Buffer | KeyObject {
  const [child] = elementsAt(reference, '*');
  const uri = attributeOf(child!, 'URI');
  if (child!.name === 'Reference' && uri !== undefined) {
    const target = uri.startsWith('#') ? byId(document, uri.slice(1)) : undefined;
    if (target === undefined && keys.context !== undefined && uri.replace(/^#/, '') === keys.context.identifier)
      return keys.context.key;
    if (target?.name === 'SecurityContextToken') return keys.context!.key;
    if (target?.name === 'BinarySecurityToken') return keys.publicKey!;
    if (target?.name === 'EncryptedKey') return unwrap(target, keys);
    if (target?.name === 'DerivedKeyToken') {
      const source = secretOf(document, one(target, 'wsse:SecurityTokenReference'), keys) as Buffer;
      const length = Number(text(target, 'Length') ?? 32);
      const offset = Number(text(target, 'Offset') ?? Number(text(target, 'Generation') ?? 0) * length);
      return derive(source, Buffer.from(text(target, 'Nonce')!, 'base64'), length, offset, text(target, 'Label'));
    }
  }
  if (child!.name === 'KeyIdentifier' && attributeOf(child!, 'ValueType') === ENCRYPTED_KEY_SHA1) {
    const secret = keys.encryptedKeys?.get(child!.content);
    if (secret !== undefined) return secret;
  } else if (child!.name === 'KeyIdentifier' || child!.name === 'X509Data') {
    return keys.publicKey!;
  }
  throw new Error(`cannot resolve ${reference.toString()}`);
}

const unwrap = (element: XmlElement, keys: OracleKeys): Buffer =>
  privateDecrypt(
    { key: keys.privateKey!, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
    octetsOf(one(element, 'xenc:CipherData/xenc:CipherValue')),
  );

function canonical(element: XmlElement, method: XmlElement): string {
  if (attributeOf(method, 'Algorithm') !== EXC) throw new Error('not the exclusive canonicalization');
  const list = attributeOf(elementsAt(method, '*')[0] ?? method, 'PrefixList')
    ?.split(/\s+/)
    .filter((prefix) => prefix !== '');
  return element.canonicalizeToString({
    mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0,
    ...(list === undefined ? {} : { inclusiveNamespacePrefixes: list }),
  });
}

const hashOf = (algorithm: string) => (/sha256$/.test(algorithm) ? 'sha256' : 'sha1');

function verify(document: XmlDocument, signature: XmlElement, signedDocument: XmlDocument, keys: OracleKeys) {
  const info = one(signature, 'ds:SignedInfo');
  const algorithm = attributeOf(one(info, 'ds:SignatureMethod'), 'Algorithm')!;
  const octets = canonical(info, one(info, 'ds:CanonicalizationMethod'));
  const value = octetsOf(one(signature, 'ds:SignatureValue'));
  const key = secretOf(document, one(signature, 'ds:KeyInfo/wsse:SecurityTokenReference'), keys);
  const holds = Buffer.isBuffer(key)
    ? algorithm.includes('hmac') && createHmac(hashOf(algorithm), key).update(octets).digest().equals(value)
    : algorithm.includes('rsa') &&
      createVerify(`RSA-${hashOf(algorithm)}`)
        .update(octets)
        .verify(key, value);
  if (!holds) throw new Error('a signature does not hold');
  const references = elementsAt(info, 'ds:Reference');
  const signed = references.map((reference) => {
    const id = attributeOf(reference, 'URI')!.slice(1);
    const target = byId(signedDocument, id);
    if (target === undefined) throw new Error(`a signature covers ${id}, which is not here`);
    const digest = createHash(hashOf(attributeOf(one(reference, 'ds:DigestMethod'), 'Algorithm')!))
      .update(canonical(target, one(reference, 'ds:Transforms/ds:Transform')))
      .digest('base64');
    if (digest !== one(reference, 'ds:DigestValue').content.replace(/\s/g, ''))
      throw new Error(`the digest of ${target.name} is wrong`);
    return target.name;
  });
  return {
    algorithm,
    signed,
    digests: references.map((one_) => attributeOf(one(one_, 'ds:DigestMethod'), 'Algorithm')!),
  };
}

/** The EncryptedData with this Id, as text. */
function cipherText(message: string, id: string): string {
  const elements = message.match(/<(?:[\w-]+:)?EncryptedData [\s\S]*?<\/(?:[\w-]+:)?EncryptedData>/g) ?? [];
  const found = elements.filter((element) => /^<[^>]*\sId="([^"]*)"/.exec(element)?.[1] === id);
  if (found.length !== 1) throw new Error(`${found.length} EncryptedData ${id}`);
  return found[0]!;
}

/** @param order what the policy says was done first */
export function oracle(
  message: string,
  keys: OracleKeys,
  order: 'sign-before-encrypt' | 'encrypt-before-sign',
): Opinion {
  const sent = XmlDocument.fromString(message);
  let plain = message;
  const ivs: string[] = [];
  const security = one(sent, '/*/*/wsse:Security');
  for (const reference of elementsAt(security, './/xenc:DataReference')) {
    const id = attributeOf(reference, 'URI')!.slice(1);
    const element = byId(sent, id)!;
    const keyInfo = elementsAt(element, 'ds:KeyInfo/wsse:SecurityTokenReference')[0];
    const wrapper = elementsAt(reference, 'ancestor::xenc:EncryptedKey')[0];
    const key = keyInfo === undefined ? unwrap(wrapper!, keys) : (secretOf(sent, keyInfo, keys) as Buffer);
    const octets = octetsOf(one(element, 'xenc:CipherData/xenc:CipherValue'));
    const algorithm = attributeOf(one(element, 'xenc:EncryptionMethod'), 'Algorithm')!;
    ivs.push(octets.subarray(0, algorithm.endsWith('gcm') ? 12 : 16).toString('hex'));
    plain = plain.replace(cipherText(message, id), () => decryptXml(algorithm, key, octets).toString());
  }
  const opened = XmlDocument.fromString(plain);
  const asSigned = order === 'sign-before-encrypt' ? opened : sent;
  const verified = elementsAt(opened, '/*/*/wsse:Security/ds:Signature').map((signature) =>
    verify(opened, signature, asSigned, keys),
  );
  const opinion: Opinion = {
    layout: elementsAt(security, '*').map(({ name }) => name),
    signed: verified.flatMap(({ signed }) => signed),
    algorithm: verified[0]?.algorithm ?? '',
    digests: verified.flatMap(({ digests }) => digests),
    ivs,
    plain,
    ids: elementsAt(opened, '//*[@wsu:Id or @Id]').map((element) => attributeOf(element, 'Id')!),
    declaredBeforeUse: declaredBeforeUse(opened),
  };
  sent.dispose();
  opened.dispose();
  return opinion;
}

/** References of keys to tokens, in the Security header alone: data references and signatures point wherever they like. */
function declaredBeforeUse(document: XmlDocument): boolean {
  const before = new Set<string>();
  for (const child of elementsAt(document, '/*/*/wsse:Security/*')) {
    for (const reference of elementsAt(child, './/wsse:Reference')) {
      const uri = attributeOf(reference, 'URI')!;
      if (uri.startsWith('#') && !before.has(uri.slice(1))) return false;
    }
    for (const element of elementsAt(child, 'self::*[@wsu:Id or @Id]')) before.add(attributeOf(element, 'Id')!);
  }
  return true;
}
