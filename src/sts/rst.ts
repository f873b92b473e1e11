import { GatewayError } from '../errors.js';
import type { VersionNames } from '../wss/names.js';
import { attribute, textOnly } from '../xml/read.js';
import type { Node, Tree } from '../xml/tree.js';
import { type EntropyKey, type EntropyOpener, readEntropy } from './entropy.js';
import { readLifetime } from './lifetime.js';
import type { RequestKind } from './names.js';
import { type RequestChild, type RequestChildren, requestChildren } from './request-children.js';
import { requireAction, requireKeyType, requireKind, requireRequest, requireTokenType } from './request-type.js';
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
  /** There if the entropy came in an EncryptedKey (WSE 2). */
  readonly entropyKey?: EntropyKey;
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
  const entropy = read('Entropy', (node) => readEntropy(tree, node, names, openEntropy));
  return {
    kind,
    names,
    keySize: read('KeySize', (node) => readKeySize(tree, node)),
    entropy: entropy?.octets,
    ...(entropy?.key === undefined ? {} : { entropyKey: entropy.key }),
    lifetime: read('Lifetime', (node) => readLifetime(tree, node, now)),
    context: readContext(tree, element),
    appliesTo: read('AppliesTo', (node) => readAppliesTo(tree, node)),
    target: requireTarget(tree, children, names, kind),
  };
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
const TARGETS = { issue: undefined, renew: 'RenewTarget', cancel: 'CancelTarget' } as const;

function requireTarget(
  tree: Tree,
  children: RequestChildren,
  names: VersionNames,
  kind: RequestKind,
): RequestTarget | undefined {
  const wanted = TARGETS[kind];
  const stray = (['RenewTarget', 'CancelTarget'] as const).some((local) => local !== wanted && children.has(local));
  const node = wanted === undefined ? undefined : children.get(wanted);
  if (stray || (wanted !== undefined && node === undefined)) {
    throw new GatewayError('sts.request', `the target does not fit a request to ${kind}`);
  }
  return node === undefined ? undefined : readTarget(tree, node, names);
}
