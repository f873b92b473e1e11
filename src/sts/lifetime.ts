import { GatewayError } from '../errors.js';
import { WSU } from '../wss/names.js';
import { elements, isElement, localName, textOnly } from '../xml/read.js';
import type { Node, Tree } from '../xml/tree.js';

/** An xs:dateTime with a zone; WCF writes seven digits of a second. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Reads what a wst:Lifetime asks for (WS-Trust 1.3 §4.1). Only its length counts, so that a client whose clock differs
 * gets what it asked for; without Created it is counted from `now`.
 *
 * @param now milliseconds since the epoch
 * @returns milliseconds; undefined where no end is named
 * @throws GatewayError `sts.request` for an unreadable or empty span
 */
export function readLifetime(tree: Tree, node: Node, now: number): number | undefined {
  let created: number | undefined;
  let expires: number | undefined;
  for (const child of elements(tree, node)) {
    if (created === undefined && isElement(tree, child, WSU, 'Created')) created = readInstant(tree, child);
    else if (expires === undefined && isElement(tree, child, WSU, 'Expires')) expires = readInstant(tree, child);
    else throw new GatewayError('sts.request', `an unexpected ${localName(tree, child)} in Lifetime`);
  }
  if (expires === undefined) return undefined;
  const lifetime = expires - (created ?? now);
  if (lifetime <= 0) throw new GatewayError('sts.request', 'a Lifetime that ends before it begins', { lifetime });
  return lifetime;
}

function readInstant(tree: Tree, node: Node): number {
  const written = textOnly(tree, node).trim();
  const instant = INSTANT.test(written) ? Date.parse(written) : Number.NaN;
  if (Number.isNaN(instant)) throw new GatewayError('sts.request', 'a Lifetime with an unreadable time');
  return instant;
}
