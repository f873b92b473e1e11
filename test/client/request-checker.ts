import { createHash, createHmac, createVerify, type KeyObject, timingSafeEqual } from 'node:crypto';
import { decrypt, psha1 } from './ciphers.js';
import type { ReceivedDocument } from './document.js';
import { domDocument } from './dom-document.js';
import { DS, WSSE, WSU, XENC } from './names.js';
import type { Shape } from './shape.js';

/** A service's view of a request, reduced to its proofs: xmldom, xml-crypto and node:crypto, no policy. */
export interface CheckedRequest {
  /** Of the Security header as sent. */
  readonly layout: string;
  /** Local names of what each true signature covers, in the order of the header; undefined for one that is not true. */
  readonly signatures: readonly (readonly string[] | undefined)[];
  /** Content of the Body in clear. */
  readonly body: string;
  readonly document: ReceivedDocument<Element>;
}

export interface CheckerKeys {
  /** By Identifier of the context. */
  readonly contexts: ReadonlyMap<string, Buffer>;
  /** The secret of an EncryptedKey's octets. */
  readonly unwrap?: (octets: Buffer) => Buffer;
  /** Verifies signatures whose key is no secret of the above. */
  readonly certificate?: KeyObject;
}

const LABEL = 'WS-SecureConversationWS-SecureConversation';
const HASHES: Readonly<Record<string, string>> = {
  'http://www.w3.org/2000/09/xmldsig#sha1': 'sha1',
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
  'http://www.w3.org/2000/09/xmldsig#hmac-sha1': 'sha1',
  'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256': 'sha256',
  'http://www.w3.org/2000/09/xmldsig#rsa-sha1': 'sha1',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'sha256',
};

/** @throws Error for what cannot even be read: a reference without a target, a ciphertext without its key */
export function checkRequest(text: string, order: Shape['protectionOrder'], keys: CheckerKeys): CheckedRequest {
  const document = domDocument(text);
  const security = all(document, WSSE, 'Security')[0]!;
  const layout = document
    .elements(security)
    .map((node) => document.name(node).local)
    .join(' ');
  const decryptAll = (): void => {
    const secrets = secretsOf(document, keys);
    for (const reference of all(document, XENC, 'DataReference')) openData(document, reference, secrets);
  };
  // What is encrypted first is signed as ciphertext; an encrypted signature is opened before either way.
  if (order === 'sign-before-encrypt') decryptAll();
  const secrets = secretsOf(document, keys);
  const signatures = all(document, DS, 'Signature').map((node) => provenBy(document, node, secrets, keys));
  if (order === 'encrypt-before-sign') decryptAll();
  const body = document.elements(document.root).find((node) => document.name(node).local === 'Body')!;
  return { layout, signatures, body: document.inner(body), document };
}

type Document = ReceivedDocument<Element>;

export function all(document: Document, namespace: string | undefined, local: string): Element[] {
  return where(document, (node) => {
    const name = document.name(node);
    return name.local === local && (namespace ?? name.namespace) === name.namespace;
  });
}

function where(document: Document, holds: (node: Element) => boolean): Element[] {
  const visit = (node: Element): Element[] => [
    ...(holds(node) ? [node] : []),
    ...document.elements(node).flatMap((one) => visit(one)),
  ];
  return visit(document.root);
}

function child(document: Document, node: Element, local: string): Element | undefined {
  return document.elements(node).find((one) => document.name(one).local === local);
}

/** Every secret that the header declares, by what a Reference may call it; in any order. */
function secretsOf(document: Document, keys: CheckerKeys): Map<string, Buffer> {
  const secrets = new Map<string, Buffer>();
  for (const [identifier, key] of keys.contexts) secrets.set(identifier, key).set(`#${identifier}`, key);
  for (const token of all(document, undefined, 'SecurityContextToken')) {
    const key = keys.contexts.get(document.text(child(document, token, 'Identifier')!));
    const id = document.attribute(token, WSU, 'Id');
    if (key !== undefined && id !== undefined) secrets.set(`#${id}`, key);
  }
  for (const wrapped of all(document, XENC, 'EncryptedKey')) {
    const value = document.text(child(document, child(document, wrapped, 'CipherData')!, 'CipherValue')!);
    const secret = keys.unwrap?.(Buffer.from(value, 'base64'));
    if (secret !== undefined) secrets.set(`#${document.attribute(wrapped, '', 'Id')}`, secret);
  }
  for (const token of all(document, undefined, 'DerivedKeyToken')) {
    const said = (local: string): string | undefined => {
      const node = child(document, token, local);
      return node === undefined ? undefined : document.text(node);
    };
    const from = secrets.get(uriOf(document, document.elements(token)[0]!));
    if (from === undefined) throw new Error('derived from nothing');
    const seed = Buffer.concat([Buffer.from(said('Label') ?? LABEL), Buffer.from(said('Nonce')!, 'base64')]);
    const length = Number(said('Length') ?? 32);
    secrets.set(`#${document.attribute(token, WSU, 'Id')}`, psha1(from, seed, Number(said('Offset') ?? 0), length));
  }
  return secrets;
}

function uriOf(document: Document, reference: Element): string {
  return document.attribute(document.elements(reference)[0]!, '', 'URI') ?? '';
}

function openData(document: Document, reference: Element, secrets: ReadonlyMap<string, Buffer>): void {
  const id = document.attribute(reference, '', 'URI')!.slice(1);
  const data = all(document, XENC, 'EncryptedData').find((node) => document.attribute(node, '', 'Id') === id);
  if (data === undefined) throw new Error(`no EncryptedData ${id}`);
  const key = secrets.get(uriOf(document, document.elements(child(document, data, 'KeyInfo')!)[0]!));
  if (key === undefined) throw new Error('encrypted under nothing');
  const algorithm = document.attribute(child(document, data, 'EncryptionMethod')!, '', 'Algorithm')!;
  const value = document.text(child(document, child(document, data, 'CipherData')!, 'CipherValue')!);
  document.replace(data, decrypt(algorithm, key, Buffer.from(value, 'base64')));
}

function provenBy(
  document: Document,
  signature: Element,
  secrets: ReadonlyMap<string, Buffer>,
  keys: CheckerKeys,
): readonly string[] | undefined {
  const signedInfo = child(document, signature, 'SignedInfo')!;
  const [method, ...references] = document.elements(signedInfo).slice(1) as [Element, ...Element[]];
  const octets = document.canonicalize(signedInfo, prefixes(document, document.elements(signedInfo)[0]!));
  const value = Buffer.from(document.text(child(document, signature, 'SignatureValue')!), 'base64');
  const hash = HASHES[document.attribute(method, '', 'Algorithm')!]!;
  const secret = secrets.get(uriOf(document, document.elements(child(document, signature, 'KeyInfo')!)[0]!));
  if (!isTrue(hash, octets, value, secret, keys.certificate)) return undefined;
  const covered: string[] = [];
  for (const reference of references) {
    const id = document.attribute(reference, '', 'URI')!.slice(1);
    const targets = identified(document, id);
    if (targets.length !== 1) return undefined;
    const transform = document.elements(child(document, reference, 'Transforms')!)[0]!;
    const algorithm = HASHES[document.attribute(child(document, reference, 'DigestMethod')!, '', 'Algorithm')!]!;
    const digest = createHash(algorithm).update(document.canonicalize(targets[0]!, prefixes(document, transform)));
    if (digest.digest('base64') !== document.text(child(document, reference, 'DigestValue')!)) return undefined;
    covered.push(document.name(targets[0]!).local);
  }
  return covered;
}

function isTrue(
  hash: string,
  octets: string,
  value: Buffer,
  secret: Buffer | undefined,
  certificate: KeyObject | undefined,
): boolean {
  if (secret === undefined)
    return certificate !== undefined && createVerify(hash).update(octets).verify(certificate, value);
  const mine = createHmac(hash, secret).update(octets).digest();
  return mine.length === value.length && timingSafeEqual(mine, value);
}

function identified(document: Document, id: string): Element[] {
  return where(
    document,
    (node) => document.attribute(node, WSU, 'Id') === id || document.attribute(node, '', 'Id') === id,
  );
}

function prefixes(document: Document, method: Element): string[] {
  const [inclusive] = document.elements(method);
  const list = inclusive === undefined ? '' : (document.attribute(inclusive, '', 'PrefixList') ?? '');
  return list.split(' ').filter((prefix) => prefix !== '');
}
