import { digest } from './ciphers.js';
import { attributeOf, declare, type Element, element, enter, type Scope, withAttribute } from './element.js';
import type { Message } from './message.js';
import { EXC_C14N, WSU } from './names.js';
import { canonicalize } from './serialize.js';

/** An element to be signed, and the namespaces in scope where it stands. */
export interface SignedPart {
  readonly target: Element;
  readonly scope: Scope;
}

export interface Signer {
  readonly method: string;
  readonly digest: string;
  sign(signedInfo: string): Buffer;
  readonly keyInfo: Element;
}

/** A ds:Signature over `parts`; where it will stand in the Security header is the caller's affair. */
export function signatureOver(message: Message, parts: readonly SignedPart[], signer: Signer): Element {
  const { ds, xsi } = message.names;
  const scope = message.scopes.security;
  // WSS4J lists for SignedInfo what is declared above the Security header (CXF's recordings).
  const above = [...scope.keys()].filter(
    (prefix) => !message.security.declarations.some((one) => one.prefix === prefix),
  );
  const listed = prefixListOf(message, above);
  const signedInfo = element(ds, 'SignedInfo', {}, [
    element(ds, 'CanonicalizationMethod', { Algorithm: EXC_C14N }, inclusive(message, listed)),
    element(ds, 'SignatureMethod', { Algorithm: signer.method }),
    ...parts.map((part) => reference(message, part, signer.digest)),
  ]);
  const keyInfoId = message.style.keyInfoIds ? message.id('keyInfo') : undefined;
  const keyInfo = element(ds, 'KeyInfo', { Id: keyInfoId }, [signer.keyInfo]);
  if (message.style.keyInfoType) withAttribute(keyInfo, xsi, 'type', 'KeyInfoType');
  const value = element(ds, 'SignatureValue');
  const signature = element(ds, 'Signature', {}, [signedInfo, value, keyInfo]);
  if (message.style.signatureIds)
    withAttribute(signature, { prefix: '', namespace: '' }, 'Id', message.id('signature'));
  declare(signature, scope);
  value.children = [signer.sign(canonicalize(signedInfo, enter(scope, signature), listed ?? [])).toString('base64')];
  return signature;
}

function reference(message: Message, { target, scope }: SignedPart, algorithm: string): Element {
  const { ds } = message.names;
  const used = new Set([target.prefix, ...target.attributes.map(({ prefix }) => prefix)]);
  const listed = prefixListOf(
    message,
    [...scope.keys()].filter((prefix) => !used.has(prefix) && prefix !== ''),
  );
  const value = digest(algorithm, canonicalize(target, scope, listed ?? []));
  return element(ds, 'Reference', { URI: `#${idOf(target)}` }, [
    element(ds, 'Transforms', {}, [element(ds, 'Transform', { Algorithm: EXC_C14N }, inclusive(message, listed))]),
    element(ds, 'DigestMethod', { Algorithm: algorithm }),
    element(ds, 'DigestValue', {}, [value.toString('base64')]),
  ]);
}

function prefixListOf(message: Message, prefixes: readonly string[]): readonly string[] | undefined {
  const { prefixList } = message.style;
  return prefixList === 'none' || (prefixList === 'filled' && prefixes.length === 0) ? undefined : prefixes;
}

function inclusive(message: Message, listed: readonly string[] | undefined): Element[] {
  return listed === undefined
    ? []
    : [element(message.names.ec, 'InclusiveNamespaces', { PrefixList: listed.join(' ') })];
}

export function idOf(target: Element): string {
  const id = attributeOf(target, WSU, 'Id') ?? attributeOf(target, '', 'Id');
  if (id === undefined) throw new Error(`${target.local} has no Id to be signed by`);
  return id;
}
