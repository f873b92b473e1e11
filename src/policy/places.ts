import { GatewayError } from '../errors.js';
import { WSSE } from '../wss/names.js';
import type { Unprotected } from '../wss/unprotect.js';
import { namespaceOf, parentOf } from '../xml/read.js';
import { NONE, type Node } from '../xml/tree.js';

/**
 * Refuses a message that has a signed element where nobody looks. A header block that was moved into a wrapper is still
 * signed, and missing where it belongs: ReplyTo, MessageID and the like then mean their defaults (security.md W1 to W3).
 * Every signed element is the Body, a header block, a child of Security, or lies within another that is signed.
 *
 * @throws GatewayError `wss.parts`
 */
export function requirePlaces({ envelope, header, signatures, encrypted }: Unprotected): void {
  const { tree, body } = envelope;
  // An EncryptedData in its EncryptedHeader has been replaced by the block that stands there now.
  const replaced = new Set([...encrypted.values()].map(({ source }) => source));
  const isSeen = (node: Node): boolean => {
    const parent = parentOf(tree, node);
    // A token that was moved out of Security is not a header block of the service's.
    const isBlock = parent === envelope.header && namespaceOf(tree, node) !== WSSE;
    return node === body || isBlock || parent === header.node || replaced.has(node);
  };
  for (const { nodes } of signatures) {
    for (const node of nodes) {
      let at = node;
      while (at !== NONE && !(isSeen(at) && nodes.has(at))) at = parentOf(tree, at);
      if (at === NONE) throw new GatewayError('wss.parts', 'a signed element stands where it means nothing', { node });
    }
  }
}
