import { GatewayError } from '../errors.js';
import { type VersionNames, WSSE } from '../wss/names.js';
import { readTokenReference } from '../wss/references.js';
import { type ContextTokenElement, readContextToken } from '../wss/tokens.js';
import { elements, isElement, localName } from '../xml/read.js';
import type { Node, Tree } from '../xml/tree.js';

/** The token that is to be renewed or cancelled. */
export interface RequestTarget {
  /** The context's Identifier; empty where the target is `local`. */
  readonly identifier: string;
  readonly instance?: string;
  /** The whole SecurityContextToken, cookie included, where it stood in the target (CXF). */
  readonly token?: ContextTokenElement;
  /** What followed the `#` of a reference to a token in the Security header: its wsu:Id, or its Identifier (CXF's StAX stack). */
  readonly local?: string;
}

/**
 * Reads wst:RenewTarget or wst:CancelTarget (WS-Trust 1.3 §5, §7): a SecurityTokenReference, whatever ValueType it claims,
 * or the token itself.
 *
 * @throws GatewayError `sts.request` for anything else, `wss.reference`, `token.format`
 */
export function readTarget(tree: Tree, node: Node, names: VersionNames): RequestTarget {
  const [child, ...others] = elements(tree, node);
  if (child === undefined || others.length > 0) {
    throw new GatewayError('sts.request', `${localName(tree, node)} needs one child`);
  }
  if (isElement(tree, child, WSSE, 'SecurityTokenReference')) return readReference(tree, child);
  if (!isElement(tree, child, names.conversation, 'SecurityContextToken')) {
    throw new GatewayError('sts.request', `${localName(tree, node)} with ${localName(tree, child)}`);
  }
  const token = readContextToken(tree, child);
  return { identifier: token.identifier, ...(token.instance === undefined ? {} : { instance: token.instance }), token };
}

function readReference(tree: Tree, node: Node): RequestTarget {
  const reference = readTokenReference(tree, node);
  if (reference.kind === 'id') return { identifier: '', local: reference.id };
  if (reference.kind !== 'uri') {
    throw new GatewayError('sts.request', 'a target must be referred to by its Identifier or its Id', {
      kind: reference.kind,
    });
  }
  const { uri, instance } = reference;
  return { identifier: uri, ...(instance === undefined ? {} : { instance }) };
}

/** A context as its token shows it; `id` is the token's wsu:Id in the message. */
export interface TargetedToken {
  readonly identifier: string;
  readonly instance?: string | undefined;
  readonly id?: string | undefined;
}

/**
 * Whether a target names this token. Without an Instance it names the context whatever its key: Metro refers to a renewed
 * one by its first reference.
 */
export function isTarget(target: RequestTarget, token: TargetedToken): boolean {
  if (target.local !== undefined) return target.local === token.id || target.local === token.identifier;
  const anyInstance = target.instance === undefined && target.token === undefined;
  return target.identifier === token.identifier && (anyInstance || target.instance === token.instance);
}
