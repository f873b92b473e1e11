import { refuse } from './refuse.js';
import { isSame, type Units } from './units.js';
import { NAMESPACE_SLOTS, type Vocabulary } from './vocabulary.js';

/**
 * RFC 3986's characters without the apostrophe: a canonicalizer that prints a namespace name unescaped must still print
 * it in one way only (security.md §0, 1a). Relative references, which Canonical XML §1.3 deprecates, are names like any.
 */
const NAMESPACE_NAME = /^[A-Za-z0-9\-._~:/?#[\]@!$&()*+,;=%]*$/;

/**
 * Number of the namespace name that is written plainly at `from`…`to`.
 *
 * @throws GatewayError `xml.namespace` for what is no URI
 */
export function namespaceAt(vocabulary: Vocabulary, text: string, units: Units, from: number, to: number): number {
  const length = to - from;
  const slot = (units[to - 1]! + units[to - 3]! * 3 + length) & (NAMESPACE_SLOTS - 1);
  const held = vocabulary.namespaceSlots[slot];
  if (held !== undefined && held.length === length && isSame(held.units, held.from, units, from, length)) {
    return held.id;
  }
  const id = namespaceId(vocabulary, text.slice(from, to), from);
  vocabulary.namespaceSlots[slot] = { id, units, from, length };
  return id;
}

/**
 * Number of a namespace name that stands at `at`.
 *
 * @throws GatewayError `xml.namespace` for what is no URI
 */
export function namespaceId(vocabulary: Vocabulary, namespace: string, at: number): number {
  const known = vocabulary.namespaceIds.get(namespace);
  if (known !== undefined) return known;
  if (!NAMESPACE_NAME.test(namespace)) refuse('xml.namespace', 'a namespace name that is no URI', at);
  const id = vocabulary.namespaces.push(namespace) - 1;
  vocabulary.namespaceIds.set(namespace, id);
  rankNamespace(vocabulary, id);
  return id;
}

/** Namespace names are ASCII, so that `<` orders them by code point. */
function rankNamespace(vocabulary: Vocabulary, id: number): void {
  const { namespaces, namespaceRank, namespaceOrder } = vocabulary;
  const name = namespaces[id]!;
  let rank = namespaceOrder.length;
  let low = 0;
  while (low < rank) {
    const middle = (low + rank) >> 1;
    if (namespaces[namespaceOrder[middle]!]! < name) low = middle + 1;
    else rank = middle;
  }
  namespaceOrder.push(id);
  for (let i = namespaceOrder.length - 1; i > rank; i--) {
    const moved = namespaceOrder[i - 1]!;
    namespaceOrder[i] = moved;
    namespaceRank[moved] = i;
  }
  namespaceOrder[rank] = id;
  namespaceRank[id] = rank;
}
