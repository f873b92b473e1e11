import { GatewayError } from '../errors.js';
import type { VersionNames } from '../wss/names.js';
import { elements, localName, namespaceOf } from '../xml/read.js';
import type { Node, Tree } from '../xml/tree.js';
import { trustNames } from './names.js';
import { POLICY_NAMESPACES } from './scope.js';

/** Elements of a RequestSecurityToken that are read, by local name; AppliesTo is WS-Policy's, all others WS-Trust's. */
const READ = [
  'TokenType',
  'RequestType',
  'AppliesTo',
  'Entropy',
  'Lifetime',
  'KeyType',
  'KeySize',
  'ComputedKeyAlgorithm',
  'RenewTarget',
  'CancelTarget',
] as const;

export type RequestChild = (typeof READ)[number];
export type RequestChildren = ReadonlyMap<RequestChild, Node>;

/** What is done with an element: `read`, `ignored`, or refused with this reason. */
type Treatment = 'read' | 'ignored' | { readonly refused: string };

/** Hints that change nothing: the policy alone picks algorithms, every token may be renewed, `Base` repeats what proves (WSE 2). */
const IGNORED = [
  'Renewing',
  'SecondaryParameters',
  'SignatureAlgorithm',
  'EncryptionAlgorithm',
  'CanonicalizationAlgorithm',
  'KeyWrapAlgorithm',
  'SignWith',
  'EncryptWith',
  'Base',
] as const;

/** What asks for another token, for another subject or on other terms than are given here (security.md T10). */
const REFUSED = [
  'Claims',
  'OnBehalfOf',
  'ActAs',
  'DelegateTo',
  'Forwardable',
  'Delegatable',
  'UseKey',
  'Issuer',
  'AuthenticationType',
  'AllowPostdating',
  'Encryption',
  'ProofEncryption',
  'Policy',
  'PolicyReference',
  'Participants',
  'ValidateTarget',
] as const;

const TREATMENTS: ReadonlyMap<string, Treatment> = new Map<string, Treatment>([
  ...READ.map((local) => [local, 'read'] as const),
  ...IGNORED.map((local) => [local, 'ignored'] as const),
  ...REFUSED.map((local) => [local, { refused: `a RequestSecurityToken with ${local}` }] as const),
  ['BinaryExchange', { refused: 'negotiation of a token by BinaryExchange (TLSNEGO, SPNEGO)' }],
]);

/** WS-Trust 1.4 has ActAs in a namespace of its own. */
const TRUST_200802 = 'http://docs.oasis-open.org/ws-sx/ws-trust/200802';

function belongs(names: VersionNames, namespace: string, local: string): boolean {
  if (local === 'AppliesTo' || local === 'Policy' || local === 'PolicyReference')
    return POLICY_NAMESPACES.has(namespace);
  return namespace === names.trust || (local === 'ActAs' && namespace === TRUST_200802);
}

/**
 * The children of a RequestSecurityToken, in any order, each at most once. Positive grammar: what is neither read nor
 * known to be harmless is refused.
 *
 * @throws GatewayError `sts.unsupported` for what WS-Trust has and this service has not, `sts.request` for all else
 */
export function requestChildren(tree: Tree, element: Node, names: VersionNames): RequestChildren {
  const found = new Map<RequestChild, Node>();
  const { lifetime } = trustNames(names);
  for (const child of elements(tree, element)) {
    const written = localName(tree, child);
    const local = written === lifetime ? 'Lifetime' : written;
    const treatment = belongs(names, namespaceOf(tree, child), local) ? TREATMENTS.get(local) : undefined;
    if (treatment === undefined) {
      throw new GatewayError('sts.request', `an unexpected ${written} in RequestSecurityToken`);
    }
    if (typeof treatment === 'object')
      throw new GatewayError('sts.unsupported', `${treatment.refused} is not supported`);
    if (treatment === 'ignored') continue;
    if (found.has(local as RequestChild))
      throw new GatewayError('sts.request', `two ${written} in RequestSecurityToken`);
    found.set(local as RequestChild, child);
  }
  return found;
}
