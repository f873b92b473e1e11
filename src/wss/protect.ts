import type { Binding, QName, TimestampPolicy } from '../config/types.js';
import { markId } from '../conversation/mark.js';
import { digestText } from '../crypto/mac.js';
import type { Runtime } from '../runtime.js';
import type { Envelope } from '../soap/envelope.js';
import { ADDRESSING_BY_NAMESPACE } from '../soap/names.js';
import { type HeaderBlock, type ReplyAddressing, writeAddressing } from '../soap/reply.js';
import { canonicalize } from '../xml/canonical.js';
import { setAttribute } from '../xml/edit.js';
import { isElement, namespaceOf, root } from '../xml/read.js';
import { NONE, type Node } from '../xml/tree.js';
import { endTag, inner, outer, startTag } from '../xml/write.js';
import { type Cipher, type CipherProtection, createCipher } from './answer-cipher.js';
import type { AnswerKey, AnswerKeys } from './answer-keys.js';
import {
  type SignedPart,
  signatureConfirmation,
  signatureElement,
  signedInfo,
  signedInfoContent,
  timestampElement,
} from './elements.js';
import { WSSE, WSU } from './names.js';

/** How an answer is secured. */
export interface AnswerProtection extends CipherProtection {
  readonly key: AnswerKey;
  readonly timestamp: TimestampPolicy;
  /** Values of the request's signatures, each to be confirmed; empty where the policy asks for no confirmation. */
  readonly confirm: readonly Buffer[];
  /** The request's signatures were encrypted, so their confirmations are (WCF's rule). */
  readonly confirmEncrypted: boolean;
  /** The Body is not encrypted whatever the policy says: the answer to a request that did the same. */
  readonly bodyInClear: boolean;
}

export interface Protector {
  readonly runtime: Runtime;
  readonly answerKeys: AnswerKeys;
}

/** Blocks of the answer's Header that the service wrote and the client gets; its addressing gives way to ours. */
function keptBlocks(plain: Envelope): Node[] {
  return plain.blocks.filter(
    (block) =>
      !isElement(plain.tree, block, WSSE, 'Security') && !ADDRESSING_BY_NAMESPACE.has(namespaceOf(plain.tree, block)),
  );
}

function assemble(plain: Envelope, blocks: readonly string[], body: string): string {
  const { tree, header } = plain;
  const envelope = root(tree);
  const head =
    header === NONE
      ? [`<soap:Header xmlns:soap="${plain.namespace}">`, '</soap:Header>']
      : [startTag(tree, header), endTag(tree, header)];
  return `${startTag(tree, envelope)}${head[0]}${blocks.join('')}${head[1]}${body}${endTag(tree, envelope)}`;
}

function securityHeader(namespace: string, content: string): string {
  return `<wsse:Security xmlns:soap="${namespace}" xmlns:wsse="${WSSE}" soap:mustUnderstand="1">${content}</wsse:Security>`;
}

/** An answer that nothing secures: a fault before anything was proven. */
export function writePlain(plain: Envelope, addressing: ReplyAddressing | undefined): string {
  const { tree, body } = plain;
  const blocks = addressing === undefined ? [] : writeAddressing(addressing).map(({ xml }) => xml);
  const kept = keptBlocks(plain).map((block) => outer(tree, block));
  return blocks.length + kept.length === 0
    ? outer(tree, root(tree))
    : assemble(plain, [...blocks, ...kept], outer(tree, body));
}

/** Over TLS an answer has a Timestamp that nobody signs; Metro demands it, of faults too (wire-facts §3.7). */
export function writeTimestamped(
  plain: Envelope,
  addressing: ReplyAddressing | undefined,
  timestamp: TimestampPolicy,
  runtime: Runtime,
): string {
  const now = runtime.now();
  const element = timestampElement(`TS-${runtime.randomUUID()}`, now, now + timestamp.ttl);
  const blocks = addressing === undefined ? [] : writeAddressing(addressing).map(({ xml }) => xml);
  const kept = keptBlocks(plain).map((block) => outer(plain.tree, block));
  return assemble(plain, [...blocks, ...kept, securityHeader(plain.namespace, element)], outer(plain.tree, plain.body));
}

function isNamed(plain: Envelope, block: Node, names: readonly QName[]): boolean {
  return names.some(({ namespace, local }) => isElement(plain.tree, block, namespace, local));
}

/** Our own Ids, and what may stand before them. */
const OWN_ID = /^(?:ED|DK|EK)?(_+)/;

/** Ids of one answer: short, and none of those that the service wrote into its own. */
function idSource({ tree }: Envelope): () => string {
  let taken = 0;
  for (let i = 0; i < tree.attributeCount; i++) {
    if (tree.attributeLocal[i]!.toLowerCase() !== 'id') continue;
    taken = Math.max(taken, OWN_ID.exec(tree.attributeValue[i]!)?.[1]?.length ?? 0);
  }
  const prefix = '_'.repeat(taken + 1);
  let next = 0;
  return () => `${prefix}${next++}`;
}

const EXCLUSIVE = { method: 'exclusive' } as const;
/** The start tag of an element in canonical form, where `>` may stand in an attribute's value. */
const CANONICAL_START_TAG = /^<[^\s>]+(?: [^\s=]+="[^"]*")*>/;

/** The Body as it is sent and the digest that covers it, in the order of the policy. */
function writeBody(
  plain: Envelope,
  policy: Binding,
  encrypts: boolean,
  cipher: Cipher,
): { body: string; digest: string } {
  const { tree, body } = plain;
  const canonical = canonicalize(tree, body, EXCLUSIVE);
  if (!encrypts) return { body: outer(tree, body), digest: digestText(policy.suite.digest, canonical) };
  const encrypted = cipher.encrypt('content', inner(tree, body)).xml;
  const sent = `${startTag(tree, body)}${encrypted}${endTag(tree, body)}`;
  if (policy.protectionOrder === 'sign-before-encrypt')
    return { body: sent, digest: digestText(policy.suite.digest, canonical) };
  const start = CANONICAL_START_TAG.exec(canonical)?.[0] ?? '';
  return { body: sent, digest: digestText(policy.suite.digest, `${start}${encrypted}${endTag(tree, body)}`) };
}

/** The service's own Id gives way: it may stand elsewhere in its answer too. */
function identify({ tree }: Envelope, node: Node, id: string): string {
  setAttribute(tree, node, 'wsu', WSU, 'Id', id);
  return id;
}

/**
 * Secures an answer for the sender of its request, in the order that every client accepts (wire-facts §0.7, §3.1a):
 * Timestamp, tokens, derived keys, then ReferenceList and Signature as the protection order has them; each key before
 * its use, one ReferenceList, no cookie.
 *
 * @param plain the answer as scanned; its Body gets a wsu:Id
 * @returns the envelope to send
 * @throws GatewayError `crypto.*` for a client certificate whose key cannot be used
 */
export function protect(
  { runtime, answerKeys }: Protector,
  plain: Envelope,
  addressing: ReplyAddressing | undefined,
  protection: AnswerProtection,
): string {
  const { key, policy } = protection;
  if (key.kind === 'transport') return writeTimestamped(plain, addressing, protection.timestamp, runtime);
  const { tree } = plain;
  const { suite } = policy;
  const now = runtime.now();
  const nextId = idSource(plain);
  const cipher = createCipher(key, protection, { runtime, answerKeys, nextId });
  const headers = addressing === undefined ? [] : writeAddressing(addressing, nextId);
  const parts: SignedPart[] = [];
  const signs = ({ id, xml }: HeaderBlock): string => {
    parts.push({ id, digest: digestText(suite.digest, xml) });
    return xml;
  };
  const timestampId =
    key.kind === 'context' ? markId(key.conversation.context.key, runtime) : `TS-${runtime.randomUUID()}`;
  const timestamp = signs({ id: timestampId, xml: timestampElement(timestampId, now, now + protection.timestamp.ttl) });
  const blocks = headers.map(signs);
  for (const block of keptBlocks(plain)) {
    const { headers: signedHeaders } = policy.signedParts;
    if (Array.isArray(signedHeaders) && isNamed(plain, block, signedHeaders)) {
      const id = identify(plain, block, nextId());
      parts.push({ id, digest: digestText(suite.digest, canonicalize(tree, block, EXCLUSIVE)) });
    }
    blocks.push(outer(tree, block));
  }
  const confirmations = protection.confirm.map((value): string => {
    const id = nextId();
    const clear: HeaderBlock = { id, xml: signatureConfirmation(id, value) };
    if (!protection.confirmEncrypted) return signs(clear);
    if (policy.protectionOrder === 'encrypt-before-sign') return signs(cipher.encrypt('element', clear.xml));
    return cipher.encrypt('element', signs(clear)).xml;
  });
  const id = identify(plain, plain.body, nextId());
  const encrypts = policy.encryptedParts.body && !protection.bodyInClear;
  const written = writeBody(plain, policy, encrypts, cipher);
  parts.push({ id, digest: written.digest });
  const content = signedInfoContent(cipher.signatureAlgorithm, suite.digest, parts);
  const plainSignature = signatureElement(nextId(), content, cipher.sign(signedInfo(content)), cipher.signingReference);
  const hides = policy.encryptSignature && encrypts;
  const signature = hides ? cipher.encrypt('element', plainSignature).xml : plainSignature;
  const verifiesFirst = policy.protectionOrder === 'encrypt-before-sign' && !hides;
  // an EncryptedKey that holds the ReferenceList decrypts where it stands: WSS4J goes through the header once
  const keysFirst = !verifiesFirst || key.kind !== 'certificate';
  const tokens = cipher.tokens();
  const order = [
    ...(keysFirst ? tokens : []),
    ...(verifiesFirst ? [] : [cipher.references()]),
    ...confirmations,
    signature,
    ...(keysFirst ? [] : tokens),
    ...(verifiesFirst ? [cipher.references()] : []),
  ];
  const security = securityHeader(plain.namespace, timestamp + order.join(''));
  return assemble(plain, [...blocks, security], written.body);
}
