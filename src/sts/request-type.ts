import { GatewayError } from '../errors.js';
import type { VersionNames } from '../wss/names.js';
import { localName, namespaceOf, textOnly } from '../xml/read.js';
import type { Node, Tree } from '../xml/tree.js';
import { actionOf, kindOf, type RequestKind, trustNames, VERSION_BY_TRUST } from './names.js';
import type { RequestChild, RequestChildren } from './request-children.js';

/** What stands where one RequestSecurityToken belongs, and asks for what is not done here. */
const OTHER_MESSAGES: ReadonlyMap<string, string> = new Map([
  ['RequestSecurityTokenCollection', 'a batch of requests'],
  ['RequestSecurityTokenResponse', 'negotiation of a token in several legs (TLSNEGO, SPNEGO)'],
  ['RequestSecurityTokenResponseCollection', 'a token that nobody asked for'],
]);

/**
 * The version of a RequestSecurityToken.
 *
 * @throws GatewayError `sts.unsupported` for WS-Trust's other messages, `sts.request` for anything else
 */
export function requireRequest(tree: Tree, element: Node): VersionNames {
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

function textOf(tree: Tree, children: RequestChildren, child: RequestChild): string | undefined {
  const node = children.get(child);
  return node === undefined ? undefined : textOnly(tree, node).trim();
}

/** @throws GatewayError `sts.type` for a RequestType that is missing, of another version, or not served */
export function requireKind(tree: Tree, children: RequestChildren, names: VersionNames): RequestKind {
  const requestType = textOf(tree, children, 'RequestType');
  const kind = requestType === undefined ? undefined : kindOf(names, requestType);
  if (kind === undefined) throw new GatewayError('sts.type', 'a RequestType that is not served', { requestType });
  return kind;
}

/** @throws GatewayError `soap.action`: what was signed as the Action must be what is done */
export function requireAction(names: VersionNames, kind: RequestKind, action: string | undefined): void {
  const expected = actionOf(names, 'RST', kind);
  if (action !== undefined && action !== expected) {
    throw new GatewayError('soap.action', 'the Action is not that of the RequestType', { action, expected });
  }
}

/** @throws GatewayError `sts.type` for another TokenType, or for none where one is needed */
export function requireTokenType(tree: Tree, children: RequestChildren, names: VersionNames, needed: boolean): void {
  const tokenType = textOf(tree, children, 'TokenType');
  if (tokenType === undefined ? needed : tokenType !== names.sct) {
    throw new GatewayError('sts.type', 'a TokenType other than SecurityContextToken', { tokenType });
  }
}

/**
 * 2004/04 has two spellings of the KeyType: WCF's and Mono's tables know both.
 *
 * @throws GatewayError `sts.type`, `sts.unsupported` for another ComputedKeyAlgorithm
 */
export function requireKeyType(tree: Tree, children: RequestChildren, names: VersionNames): void {
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
