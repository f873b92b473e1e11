import { GatewayError } from '../errors.js';
import { localName, namespaceOf, parentOf } from '../xml/read.js';
import { NONE, type Node, type Tree } from '../xml/tree.js';
import { DS, VERSIONS, WSU, XENC, XENC11 } from './names.js';

const XML = 'http://www.w3.org/XML/1998/namespace';

/** Elements whose schema gives them an un-namespaced `Id` of type xs:ID. */
const PLAIN_ID_NAMESPACES: ReadonlySet<string> = new Set([DS, XENC, XENC11]);

const TRUST_NAMESPACES: ReadonlySet<string> = new Set(VERSIONS.map(({ trust }) => trust));

/**
 * The one index of Ids (security.md W6, W7): wsu:Id anywhere, `Id` on ds and xenc elements, xml:id. A value names one
 * element or the message dies; references resolve through this index alone.
 */
export interface IdIndex {
  readonly tree: Tree;
  readonly nodes: Map<string, Node>;
  /** Attributes of the tree that have been read into the index. */
  read: number;
}

/** @throws GatewayError `wss.id` if two elements have one Id */
export function indexIds(tree: Tree): IdIndex {
  const index: IdIndex = { tree, nodes: new Map(), read: 0 };
  extendIds(index);
  return index;
}

/**
 * Takes in what was spliced into the tree since the last call, by the same rule.
 *
 * @throws GatewayError `wss.id` if two elements have one Id
 */
export function extendIds(index: IdIndex): void {
  const { tree, nodes } = index;
  for (let i = index.read; i < tree.attributeCount; i++) {
    const local = tree.attributeLocal[i] as string;
    if (local !== 'Id' && local !== 'id') continue;
    const node = tree.attributeOwner[i] as Node;
    const namespace = tree.attributeNamespace[i] as string;
    const isId =
      local === 'id'
        ? namespace === XML
        : namespace === WSU || (namespace === '' && PLAIN_ID_NAMESPACES.has(namespaceOf(tree, node)));
    if (!isId || isTarget(tree, node)) continue;
    const value = tree.attributeValue[i] as string;
    const known = nodes.get(value);
    // Metro writes Id and wsu:Id with one value on one element.
    if (known !== undefined && known !== node)
      throw new GatewayError('wss.id', 'two elements have one Id', { id: value });
    nodes.set(value, node);
  }
  index.read = tree.attributeCount;
}

const TARGETS: ReadonlySet<string> = new Set(['CancelTarget', 'RenewTarget']);

/**
 * A token that a request for a token speaks of (WS-Trust 1.3 §5, §7) is what it asks about, and no token of the message:
 * Mono writes there a copy of the one in its header, Id and all. No reference resolves to it.
 */
function isTarget(tree: Tree, node: Node): boolean {
  const parent = parentOf(tree, node);
  return (
    localName(tree, node) === 'SecurityContextToken' &&
    parent !== NONE &&
    TARGETS.has(localName(tree, parent)) &&
    TRUST_NAMESPACES.has(namespaceOf(tree, parent))
  );
}
