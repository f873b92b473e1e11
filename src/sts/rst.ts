import { GatewayError } from '../errors.js';
import type { VersionNames } from '../wss/names.js';
import { attribute, localName, namespaceOf, textOnly } from '../xml/read.js';
import type { Node, Tree } from '../xml/tree.js';
import { type EntropyOpener, readEntropy } from './entropy.js';
import { readLifetime } from './lifetime.js';
import { actionOf, kindOf, type RequestKind, trustNames, VERSION_BY_TRUST } from './names.js';
import { type RequestChild, requestChildren } from './request-children.js';
import { readAppliesTo } from './scope.js';
import { type RequestTarget, readTarget } from './target.js';

export type { RequestTarget } from './target.js';

/** A RequestSecurityToken as read. */
export interface TokenRequest {
  readonly kind: RequestKind;
  /** Version of WS-Trust and WS-SecureConversation that is spoken. */
  readonly names: VersionNames;
  /** Bits, as asked. */
  readonly keySize: number | undefined;
  /** The client's, 16 to 64 octets. */
  readonly entropy: Buffer | undefined;
  /** Milliseconds, as asked. */
  readonly lifetime: number | undefined;
  /** RST/@Context, which the answer repeats. */
  readonly context: string | undefined;
  /** The address asked for, as written. */
  readonly appliesTo: string | undefined;
  /** Of Renew and Cancel; they always have one. */
  readonly target: RequestTarget | undefined;
}

/** Strengths that the suites know (WS-SecurityPolicy 1.3 §6.1). */
const KEY_SIZES: ReadonlySet<string> = new Set(['128', '192', '256']);
const MAX_CONTEXT = 512;

/** What stands where one RequestSecurityToken belongs, and asks for what is not done here. */
const OTHER_MESSAGES: ReadonlyMap<string, string> = new Map([
  ['RequestSecurityTokenCollection', 'a batch of requests'],
  ['RequestSecurityTokenResponse', 'negotiation of a token in several legs (TLSNEGO, SPNEGO)'],
  ['RequestSecurityTokenResponseCollection', 'a token that nobody asked for'],
]);

/**
 * Reads the request that a Body holds (WS-Trust 1.3 §3 to §7 and the versions before it), as real clients write it.
 *
 * @param element the Body's child
 * @param action wsa:Action; undefined where the message has no addressing, and then TokenType must say what is asked for
 * @param now milliseconds since the epoch
 * @param openEntropy opens an EncryptedKey that holds the client's entropy (WSE 2); without it such a request is refused
 * @throws GatewayError `sts.request`, `sts.type`, `sts.scope`, `sts.entropy`, `sts.unsupported`, `soap.action`; for a target
 *   also `wss.reference` and `token.format`; whatever `openEntropy` throws
 */
export function readTokenRequest(
  tree: Tree,
  element: Node,
  action: string | undefined,
  now: number,
  openEntropy?: EntropyOpener,
): TokenRequest {
  const names = requireRequest(tree, element);
  const children = requestChildren(tree, element, names);
  const kind = requireKind(tree, children, names);
  requireAction(names, kind, action);
  requireTokenType(tree, children, names, kind === 'issue' && action === undefined);
  requireKeyType(tree, children, names);
  const read = <T>(child: RequestChild, reader: (node: Node) => T): T | undefined => {
    const node = children.get(child);
    return node === undefined ? undefined : reader(node);
  };
  return {
    kind,
    names,
    keySize: read('KeySize', (node) => readKeySize(tree, node)),
    entropy: read('Entropy', (node) => readEntropy(tree, node, names, openEntropy)),
    lifetime: read('Lifetime', (node) => readLifetime(tree, node, now)),
    context: readContext(tree, element),
    appliesTo: read('AppliesTo', (node) => readAppliesTo(tree, node)),
    target: requireTarget(tree, children, names, kind),
  };
}

function requireRequest(tree: Tree, element: Node): VersionNames {
  const local = localName(tree, element);
  const names = VERSION_BY_TRUST.get(namespaceOf(tree, element));
  const other = names === undefined ? undefined : OTHER_MESSAGES.get(local);
  if (other !== undefined) throw new GatewayError('sts.unsupported', `${other} is not supported`);
  if (names === undefined || local !== 'RequestSecurityToken') {
    throw new GatewayError('sts.request', `${local} where a RequestSecurityToken belongs`, {
      namespace: namespaceOf(tree, element),
    });
  }
  return names;
}

type Children = ReadonlyMap<RequestChild, Node>;

function textOf(tree: Tree, children: Children, child: RequestChild): string | undefined {
  const node = children.get(child);
  return node === undefined ? undefined : textOnly(tree, node).trim();
}

function requireKind(tree: Tree, children: Children, names: VersionNames): RequestKind {
  const requestType = textOf(tree, children, 'RequestType');
  const kind = requestType === undefined ? undefined : kindOf(names, requestType);
  if (kind === undefined) throw new GatewayError('sts.type', 'a RequestType that is not served', { requestType });
  return kind;
}

function requireAction(names: VersionNames, kind: RequestKind, action: string | undefined): void {
  const expected = actionOf(names, 'RST', kind);
  if (action !== undefined && action !== expected) {
    throw new GatewayError('soap.action', 'the Action is not that of the RequestType', { action, expected });
  }
}

function requireTokenType(tree: Tree, children: Children, names: VersionNames, needed: boolean): void {
  const tokenType = textOf(tree, children, 'TokenType');
  if (tokenType === undefined ? needed : tokenType !== names.sct) {
    throw new GatewayError('sts.type', 'a TokenType other than SecurityContextToken', { tokenType });
  }
}

/** 2004/04 has the KeyType in WS-Trust's namespace, the algorithm beside it. */
function requireKeyType(tree: Tree, children: Children, names: VersionNames): void {
  const { uri } = trustNames(names);
  const keyType = textOf(tree, children, 'KeyType');
  if (keyType !== undefined && keyType !== `${uri}/SymmetricKey` && keyType !== `${names.trust}/SymmetricKey`) {
    throw new GatewayError('sts.type', 'a KeyType other than SymmetricKey', { keyType });
  }
  const algorithm = textOf(tree, children, 'ComputedKeyAlgorithm');
  if (algorithm !== undefined && algorithm !== `${uri}/CK/PSHA1`) {
    throw new GatewayError('sts.unsupported', 'a ComputedKeyAlgorithm other than PSHA1', { algorithm });
  }
}

function readKeySize(tree: Tree, node: Node): number {
  const written = textOnly(tree, node).trim();
  if (!KEY_SIZES.has(written))
    throw new GatewayError('sts.request', 'a KeySize that no suite has', { keySize: written });
  return Number(written);
}

function readContext(tree: Tree, element: Node): string | undefined {
  const context = attribute(tree, element, '', 'Context');
  if (context !== undefined && context.length > MAX_CONTEXT) {
    throw new GatewayError('sts.request', 'a Context that is too long', { length: context.length, max: MAX_CONTEXT });
  }
  return context;
}

/** Each kind has its own target, and no other. */
function requireTarget(
  tree: Tree,
  children: Children,
  names: VersionNames,
  kind: RequestKind,
): RequestTarget | undefined {
  const renew = children.get('RenewTarget');
  const cancel = children.get('CancelTarget');
  const node = kind === 'renew' ? renew : kind === 'cancel' ? cancel : undefined;
  if (
    (node === undefined) !== (kind === 'issue') ||
    [renew, cancel].some((other) => other !== undefined && other !== node)
  ) {
    throw new GatewayError('sts.request', `the target does not fit a request to ${kind}`);
  }
  return node === undefined ? undefined : readTarget(tree, node, names);
}
