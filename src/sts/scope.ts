import type { ServicePolicy } from '../config/types.js';
import { GatewayError } from '../errors.js';
import { ADDRESSING_BY_NAMESPACE } from '../soap/names.js';
import { elements, localName, namespaceOf, textOnly } from '../xml/read.js';
import type { Node, Tree } from '../xml/tree.js';

/** WS-Policy's namespaces, each of which gives AppliesTo a home: WSE 2; CXF before 3, Rampart; CXF. */
export const POLICY_NAMESPACES: ReadonlySet<string> = new Set([
  'http://schemas.xmlsoap.org/ws/2002/12/policy',
  'http://schemas.xmlsoap.org/ws/2004/09/policy',
  'http://www.w3.org/ns/ws-policy',
]);

/**
 * Reads wsp:AppliesTo: an EndpointReference whose Address is returned as written. Properties and parameters beside the
 * Address would make it another endpoint than the one that is compared, so nothing but the Address may stand there.
 *
 * @throws GatewayError `sts.scope`
 */
export function readAppliesTo(tree: Tree, node: Node): string {
  const reference = onlyChild(tree, node, 'EndpointReference');
  const address = textOnly(tree, onlyChild(tree, reference, 'Address')).trim();
  if (address === '') throw new GatewayError('sts.scope', 'AppliesTo with an empty Address');
  return address;
}

function onlyChild(tree: Tree, parent: Node, local: string): Node {
  const [child, ...others] = elements(tree, parent);
  if (
    child === undefined ||
    others.length > 0 ||
    localName(tree, child) !== local ||
    !ADDRESSING_BY_NAMESPACE.has(namespaceOf(tree, child))
  ) {
    throw new GatewayError('sts.scope', `${localName(tree, parent)} needs one ${local}`);
  }
  return child;
}

/**
 * A token is good for the service that issued it (security.md T10). Clients write the address that they post to, and what
 * scheme, host and port that has before the balancers is not ours to know: the path alone is compared.
 *
 * @param appliesTo as asked; undefined asks for the service that the request was posted to
 * @throws GatewayError `sts.scope`
 */
export function requireScope(service: ServicePolicy, appliesTo: string | undefined): void {
  if (appliesTo === undefined) return;
  const url = URL.canParse(appliesTo) ? new URL(appliesTo) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname !== service.match.path) {
    throw new GatewayError('sts.scope', 'AppliesTo names another service', { appliesTo, service: service.name });
  }
}
