import type { PresentedToken } from '../conversation/resolve.js';
import { attribute } from '../xml/read.js';
import type { Tree } from '../xml/tree.js';
import type { EncryptedNodes } from './decrypt.js';
import type { SecurityHeader } from './header.js';
import { ENCRYPTED_KEY_TYPE, WSSE11 } from './names.js';
import type { TokenReference } from './references.js';

/** Every reference of the header that may name a token. */
function references(header: SecurityHeader): TokenReference[] {
  return [
    ...header.derivedKeys.map(({ reference }) => reference),
    ...header.signatures.map(({ key }) => key),
    ...header.encryptedData.flatMap(({ key }) => (key === undefined ? [] : [key])),
  ];
}

/**
 * The token of a message: the SecurityContextToken in its header, or where a client leaves that out (IncludeToken Once,
 * Never) the Identifier that its keys refer to.
 *
 * @returns undefined for a message that names none
 */
export function presentedToken(header: SecurityHeader): PresentedToken | undefined {
  if (header.contextToken !== undefined) return header.contextToken;
  for (const reference of references(header)) {
    if (reference.kind !== 'uri') continue;
    return { identifier: reference.uri, instance: reference.instance, cookie: undefined, version: undefined };
  }
  return undefined;
}

/**
 * Whether the client wants the token itself in an answer that derives no keys. Rampart resolves no Identifier there; it
 * gives itself away by calling the token an EncryptedKey where it encrypts (wire-facts §3.8). All others refuse the token.
 */
export function attachesToken(tree: Tree, encrypted: EncryptedNodes): boolean {
  return [...encrypted.values()].some(
    ({ key, reference }) =>
      key.kind === 'symmetric' &&
      key.secret.kind === 'context' &&
      reference?.kind === 'id' &&
      attribute(tree, reference.node, WSSE11, 'TokenType') === ENCRYPTED_KEY_TYPE,
  );
}
