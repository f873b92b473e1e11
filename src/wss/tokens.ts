import type { Version } from '../conversation/context.js';
import { decodeBase64 } from '../crypto/base64.js';
import { GatewayError } from '../errors.js';
import { attribute, elements, localName, namespaceOf, textOnly } from '../xml/read.js';
import type { Node, Tree } from '../xml/tree.js';
import {
  COOKIE,
  COOKIE_NAMESPACE,
  PASSWORD_DIGEST,
  PASSWORD_TEXT,
  VERSION_BY_CONVERSATION,
  WSSE,
  WSU,
} from './names.js';
import { readTokenReference, type TokenReference } from './references.js';

/** A wsu:Timestamp as written; `freshness` judges it. */
export interface TimestampElement {
  readonly node: Node;
  readonly id: string | undefined;
  readonly created: string;
  readonly expires: string | undefined;
}

/** A SecurityContextToken of any version; the cookie is ours, in our namespace (wire-facts §0.2). */
export interface ContextTokenElement {
  readonly node: Node;
  readonly version: Version;
  readonly identifier: string;
  readonly instance: string | undefined;
  readonly cookie: string | undefined;
}

/** A DerivedKeyToken (WS-SecureConversation 1.3 §7). `offset` is Offset, or Generation × Length. Octets. */
export interface DerivedKeyElement {
  readonly node: Node;
  readonly reference: TokenReference;
  readonly label: string | undefined;
  readonly nonce: Buffer;
  readonly offset: number;
  readonly length: number;
}

export interface BinaryTokenElement {
  readonly node: Node;
  readonly valueType: string;
  readonly octets: Buffer;
}

/** A wsse:UsernameToken (UsernameToken Profile 1.1). */
export interface UsernameTokenElement {
  readonly node: Node;
  readonly username: string;
  readonly password: string | undefined;
  readonly type: 'text' | 'digest';
  readonly nonce: Buffer | undefined;
  readonly created: string | undefined;
}

/** Quotas of WCF's reader (Offset 64, Label 128 characters, Nonce 128 octets), which no client exceeds. */
const MAX_OFFSET = 64;
/** Below 16 octets a key could be guessed (security.md P9). */
const MIN_LENGTH = 16;
const MAX_LENGTH = 64;
const MAX_LABEL = 128;
const MAX_NONCE = 128;
const MAX_USERNAME = 256;
const MAX_PASSWORD = 1024;
const MAX_BINARY_TOKEN = 16_384;
const MAX_IDENTIFIER = 8192;

/** Each child at most once, by local name, of the namespaces given. */
function fields(tree: Tree, node: Node, accepts: (namespace: string) => boolean): Map<string, Node> {
  const found = new Map<string, Node>();
  for (const child of elements(tree, node)) {
    const local = localName(tree, child);
    if (!accepts(namespaceOf(tree, child)) || found.has(local)) {
      throw new GatewayError('wss.header', `an unexpected ${local} in ${localName(tree, node)}`);
    }
    found.set(local, child);
  }
  return found;
}

function required(tree: Tree, parent: Node, found: Map<string, Node>, local: string): Node {
  const node = found.get(local);
  if (node === undefined) throw new GatewayError('wss.header', `${localName(tree, parent)} without ${local}`);
  return node;
}

function value(tree: Tree, node: Node | undefined): string | undefined {
  return node === undefined ? undefined : textOnly(tree, node).trim();
}

/** @throws GatewayError `wss.timestamp` if Created is missing or anything stands twice */
export function readTimestamp(tree: Tree, node: Node): TimestampElement {
  const found = fields(tree, node, (namespace) => namespace === WSU);
  const created = value(tree, found.get('Created'));
  if (created === undefined) throw new GatewayError('wss.timestamp', 'a Timestamp without Created');
  return { node, id: attribute(tree, node, WSU, 'Id'), created, expires: value(tree, found.get('Expires')) };
}

/**
 * Elements of other namespaces than ours are left to whoever put them there; ours and the specification's may stand
 * once each.
 *
 * @throws GatewayError `token.format`
 */
export function readContextToken(tree: Tree, node: Node): ContextTokenElement {
  const names = VERSION_BY_CONVERSATION.get(namespaceOf(tree, node));
  if (names === undefined) throw new GatewayError('token.format', 'a SecurityContextToken of an unknown version');
  const found = new Map<string, string>();
  for (const child of elements(tree, node)) {
    const namespace = namespaceOf(tree, child);
    if (namespace !== names.conversation && namespace !== COOKIE_NAMESPACE) continue;
    const local = localName(tree, child);
    if (found.has(local)) throw new GatewayError('token.format', `two ${local} in a SecurityContextToken`);
    found.set(local, textOnly(tree, child).trim());
  }
  const identifier = found.get('Identifier') ?? '';
  if (identifier === '' || identifier.length > MAX_IDENTIFIER) {
    throw new GatewayError('token.format', 'a SecurityContextToken without a usable Identifier');
  }
  return { node, version: names.version, identifier, instance: found.get('Instance'), cookie: found.get(COOKIE) };
}

const INTEGER = /^\d{1,4}$/;

function integer(tree: Tree, node: Node | undefined, otherwise: number): number {
  const written = value(tree, node);
  if (written === undefined) return otherwise;
  if (!INTEGER.test(written))
    throw new GatewayError('wss.derive', 'a DerivedKeyToken with an unusable number', { written });
  return Number(written);
}

/**
 * In 2004/04 the Nonce is wsse's (WSE 2); StAX mixes conversation namespaces, so any of them may hold the rest.
 *
 * @throws GatewayError `wss.derive` outside WCF's quotas, `wss.header` for an unknown or missing child
 */
export function readDerivedKey(tree: Tree, node: Node): DerivedKeyElement {
  const found = fields(tree, node, (namespace) => namespace === WSSE || VERSION_BY_CONVERSATION.has(namespace));
  const reference = readTokenReference(tree, required(tree, node, found, 'SecurityTokenReference'));
  const nonce = decodeBase64(textOnly(tree, required(tree, node, found, 'Nonce')), MAX_NONCE);
  const label = value(tree, found.get('Label'));
  const length = integer(tree, found.get('Length'), 32);
  const generation = found.get('Generation');
  if (generation !== undefined && found.has('Offset')) {
    throw new GatewayError('wss.derive', 'a DerivedKeyToken with both Generation and Offset');
  }
  if (found.has('Properties')) throw new GatewayError('wss.derive', 'a DerivedKeyToken with Properties');
  const offset =
    generation === undefined ? integer(tree, found.get('Offset'), 0) : integer(tree, generation, 0) * length;
  if (
    length < MIN_LENGTH ||
    length > MAX_LENGTH ||
    offset > MAX_OFFSET ||
    nonce.length === 0 ||
    (label?.length ?? 0) > MAX_LABEL
  ) {
    throw new GatewayError('wss.derive', 'a DerivedKeyToken beyond its quotas', {
      offset,
      length,
      nonce: nonce.length,
    });
  }
  return { node, reference, label, nonce, offset, length };
}

/** @throws GatewayError `wss.header`, `crypto.base64` */
export function readBinaryToken(tree: Tree, node: Node): BinaryTokenElement {
  return {
    node,
    valueType: attribute(tree, node, '', 'ValueType') ?? '',
    octets: decodeBase64(textOnly(tree, node), MAX_BINARY_TOKEN),
  };
}

/** A Password without Type is text (UsernameToken Profile 1.1 §3.1; Mono writes none). */
const PASSWORD_TYPES: ReadonlyMap<string, 'text' | 'digest'> = new Map([
  ['', 'text'],
  [PASSWORD_TEXT, 'text'],
  [PASSWORD_DIGEST, 'digest'],
]);

/** @throws GatewayError `wss.header` for derived-key UsernameTokens (Salt, Iteration) and unknown password types */
export function readUsernameToken(tree: Tree, node: Node): UsernameTokenElement {
  const found = fields(tree, node, (namespace) => namespace === WSSE || namespace === WSU);
  if (found.has('Salt') || found.has('Iteration')) {
    throw new GatewayError('wss.header', 'a UsernameToken that derives keys is not supported');
  }
  const username = textOnly(tree, required(tree, node, found, 'Username'));
  const passwordNode = found.get('Password');
  const password = passwordNode === undefined ? undefined : textOnly(tree, passwordNode);
  const type = PASSWORD_TYPES.get(
    (passwordNode === undefined ? undefined : attribute(tree, passwordNode, '', 'Type')) ?? '',
  );
  if (type === undefined) throw new GatewayError('wss.header', 'a Password of an unknown Type');
  if (username.length > MAX_USERNAME || (password?.length ?? 0) > MAX_PASSWORD) {
    throw new GatewayError('wss.limit', 'a UsernameToken beyond its limits');
  }
  const nonceNode = found.get('Nonce');
  const nonce = nonceNode === undefined ? undefined : decodeBase64(textOnly(tree, nonceNode), MAX_NONCE);
  return { node, username, password, type, nonce, created: value(tree, found.get('Created')) };
}
