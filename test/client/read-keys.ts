import { psha1, unwrap } from './ciphers.js';
import { demand, only, type ReceivedDocument } from './document.js';
import type { Expectation } from './expectation.js';
import { DS, ENCRYPTED_KEY_SHA1, SUBJECT_KEY_IDENTIFIER, VERSIONS, WSU, XENC } from './names.js';

/** A key that the header declared, in the order of its declaration. */
export interface Declared {
  readonly secret: Buffer;
  readonly derived: boolean;
}

/** The key that a SecurityTokenReference leads to. */
export function resolveKey<N>(
  document: ReceivedDocument<N>,
  reference: N,
  declared: ReadonlyMap<string, Declared>,
  expected: Expectation,
): Declared {
  const [child] = document.elements(reference);
  demand(
    child !== undefined && document.name(reference).local === 'SecurityTokenReference',
    'reference',
    'no reference',
  );
  const valueType = document.attribute(child, '', 'ValueType');
  if (document.name(child).local === 'KeyIdentifier') {
    demand(
      valueType === ENCRYPTED_KEY_SHA1 && expected.encryptedKey !== undefined,
      'reference',
      `KeyIdentifier ${valueType}`,
    );
    demand(document.text(child) === expected.encryptedKey.sha1, 'reference', 'EncryptedKeySHA1 of another key');
    return { secret: expected.encryptedKey.secret, derived: false };
  }
  const uri = document.attribute(child, '', 'URI') ?? '';
  if (uri.startsWith('#')) {
    const key = declared.get(uri.slice(1));
    demand(key !== undefined, 'declare-before-use', `${uri} is not declared before its use`);
    return key;
  }
  const { conversation, contextToken } = VERSIONS[expected.shape.version];
  const instance = document.attribute(child, conversation, 'Instance');
  const token = expected.tokens.find((one) => one.identifier === uri && one.instance === instance);
  demand(token !== undefined, 'reference', `${uri} ${instance ?? ''} is no context of ours`);
  demand(valueType === contextToken, 'reference', `ValueType ${valueType} of a context`);
  return { secret: token.key, derived: false };
}

const DEFAULT_LABEL = 'WS-SecureConversationWS-SecureConversation';
const DERIVED_ORDER = ['SecurityTokenReference', 'Generation', 'Offset', 'Length', 'Label', 'Nonce'];

/** WCF's reader is strictly ordered (WSSecureConversation.cs:150); WSS4J derives by Offset alone and ignores Generation and Label. */
export function readDerivedKey<N>(
  document: ReceivedDocument<N>,
  node: N,
  declared: ReadonlyMap<string, Declared>,
  expected: Expectation,
): readonly [string, Declared] {
  const children = document.elements(node);
  const order = children.map((child) => DERIVED_ORDER.indexOf(document.name(child).local));
  demand(
    order[0] === 0 && order.every((at, i) => i === 0 || at > order[i - 1]!),
    'derived-key',
    'order of a DerivedKeyToken',
  );
  const said = (local: string): string | undefined => {
    const child = children.find((one) => document.name(one).local === local);
    return child === undefined ? undefined : document.text(child);
  };
  const wse = expected.shape.style === 'wse2';
  demand(
    wse || (said('Generation') === undefined && said('Label') === undefined),
    'derived-key',
    'WSS4J reads neither Generation nor Label',
  );
  const length = Number(said('Length') ?? 32);
  const offset = said('Offset') === undefined ? Number(said('Generation') ?? 0) * length : Number(said('Offset'));
  const nonce = Buffer.from(said('Nonce') ?? '', 'base64');
  demand(nonce.length >= 16 && nonce.length <= 128, 'derived-key', `a nonce of ${nonce.length} octets`);
  const from = resolveKey(document, children[0]!, declared, expected);
  demand(!from.derived, 'derived-key', 'derived from a derived key');
  const secret = psha1(
    from.secret,
    Buffer.concat([Buffer.from(said('Label') ?? DEFAULT_LABEL), nonce]),
    offset,
    length,
  );
  return [document.attribute(node, WSU, 'Id') ?? '', { secret, derived: true }];
}

/** No client but Rampart without derived keys may be sent an SCT, and none a cookie (wire-facts §0.2, §3.8). */
export function readContext<N>(
  document: ReceivedDocument<N>,
  node: N,
  expected: Expectation,
): readonly [string, Declared] {
  const rampart = expected.shape.style === 'rampart' && !expected.derivedKeys;
  demand(rampart, 'context-token', 'a SecurityContextToken in an answer');
  const [identifier, ...others] = document.elements(node);
  const extra = others.find((child) => document.name(child).local !== 'Instance');
  demand(extra === undefined, 'context-token', 'more than Identifier and Instance in an answer');
  const token = expected.tokens.find((one) => identifier !== undefined && one.identifier === document.text(identifier));
  demand(token !== undefined, 'context-token', 'a context that is not ours');
  return [document.attribute(node, WSU, 'Id') ?? '', { secret: token.key, derived: false }];
}

/** Only an asymmetric bootstrap is answered with an EncryptedKey, for the client's certificate. */
export function readEncryptedKey<N>(
  document: ReceivedDocument<N>,
  node: N,
  expected: Expectation,
): readonly [string, Declared] {
  const { client } = expected;
  demand(
    expected.encryptedKey === undefined && client?.privateKey !== undefined,
    'encrypted-key',
    'an EncryptedKey in the answer',
  );
  const identifier = document.elements(document.elements(only(document, node, DS, 'KeyInfo'))[0]!)[0]!;
  if (document.attribute(identifier, '', 'ValueType') === SUBJECT_KEY_IDENTIFIER) {
    demand(document.text(identifier) === client.subjectKeyIdentifier, 'encrypted-key', 'for another certificate');
  }
  const algorithm = document.attribute(only(document, node, XENC, 'EncryptionMethod'), '', 'Algorithm') ?? '';
  demand(algorithm === expected.algorithms.keyTransport, 'algorithm', 'key transport is not the suite’s');
  const value = document.text(only(document, only(document, node, XENC, 'CipherData'), XENC, 'CipherValue'));
  const secret = unwrap(algorithm, client.privateKey, Buffer.from(value, 'base64'));
  return [document.attribute(node, '', 'Id') ?? '', { secret, derived: false }];
}
