import { decrypt, psha1, unwrap } from './ciphers.js';
import { AnswerError, demand, type ReceivedDocument } from './document.js';
import { DS, ENCRYPTED_KEY_SHA1, SUBJECT_KEY_IDENTIFIER, VERSIONS, WSSE11, WSU, XENC } from './names.js';
import type { Party } from './party.js';
import type { Shape } from './shape.js';
import type { Algorithms } from './suites.js';
import type { ContextToken } from './token.js';

/** What the client knows when an answer comes in. */
export interface Expectation {
  readonly shape: Shape;
  readonly derivedKeys: boolean;
  readonly protectionOrder: Shape['protectionOrder'];
  readonly encryptSignature: boolean;
  /** Absent: either way, as in the answer to a Cancel. */
  readonly encryptBody: boolean | undefined;
  readonly transport: boolean;
  readonly algorithms: Algorithms;
  /** Contexts whose key may protect the answer: the current one, and for a while the one before. */
  readonly tokens: readonly ContextToken[];
  readonly encryptedKey: { readonly secret: Buffer; readonly sha1: string } | undefined;
  /** Asymmetric bootstrap: both certificates. */
  readonly client: Party | undefined;
  readonly service: Party | undefined;
  readonly messageId: string;
  /** Absent: any. */
  readonly action: string | undefined;
  /** Signature values that SignatureConfirmation must repeat; absent: there must be none. */
  readonly confirmed: readonly string[] | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A key that the header declared, in the order of its declaration. */
interface Declared {
  readonly secret: Buffer;
  readonly derived: boolean;
}

export interface Signed<N> {
  readonly node: N;
  readonly encrypted: boolean;
}

/** What one forward pass over the Security header found. */
export interface SecurityHeader<N> {
  readonly timestamp: N;
  readonly signatures: Signed<N>[];
  readonly confirmations: N[];
  /** Ids in the ReferenceList. */
  readonly listed: Set<string>;
  readonly declared: Map<string, Declared>;
}

/**
 * One forward pass, as WCF reads (ReceiveSecurityHeader.cs): a key before its use, one ReferenceList before what it
 * lists, one Timestamp, nothing that is not known; EncryptedData is opened on the way.
 */
export function readSecurity<N>(document: ReceivedDocument<N>, security: N, expected: Expectation): SecurityHeader<N> {
  const listed = new Set<string>();
  const declared = new Map<string, Declared>();
  const signatures: Signed<N>[] = [];
  const confirmations: N[] = [];
  let timestamp: N | undefined;
  let lists = 0;
  const list = (node: N): void => {
    demand(++lists === 1, 'reference-list', 'more than one ReferenceList');
    for (const reference of document.elements(node)) {
      const id = (document.attribute(reference, '', 'URI') ?? '').slice(1);
      demand(!listed.has(id), 'reference-list', 'listed twice');
      listed.add(id);
    }
  };
  const meet = (node: N, encrypted: boolean): void => {
    const { namespace, local } = document.name(node);
    const known: Readonly<Record<string, () => void>> = {
      [`{${WSU}}Timestamp`]: () => {
        demand(timestamp === undefined, 'timestamp', 'a second Timestamp');
        timestamp = node;
      },
      [`{${VERSIONS[expected.shape.version].conversation}}DerivedKeyToken`]: () =>
        declare(readDerivedKey(document, node, declared, expected)),
      [`{${VERSIONS[expected.shape.version].conversation}}SecurityContextToken`]: () =>
        declare(readContext(document, node, expected)),
      [`{${XENC}}EncryptedKey`]: () => {
        declare(readEncryptedKey(document, node, expected));
        for (const child of document.elements(node)) if (document.name(child).local === 'ReferenceList') list(child);
      },
      [`{${XENC}}ReferenceList`]: () => list(node),
      [`{${XENC}}EncryptedData`]: () => {
        for (const child of open(document, node, { listed, declared }, expected)) meet(child, true);
      },
      [`{${DS}}Signature`]: () => signatures.push({ node, encrypted }),
      [`{${WSSE11}}SignatureConfirmation`]: () => confirmations.push(node),
    };
    const act = known[`{${namespace}}${local}`];
    demand(act !== undefined, 'unknown-token', `{${namespace}}${local} in the Security header`);
    act();
  };
  const declare = ([id, key]: readonly [string, Declared]): void => {
    demand(!declared.has(id), 'duplicate-id', id);
    declared.set(id, key);
  };
  for (const child of document.elements(security)) meet(child, false);
  demand(timestamp !== undefined, 'timestamp', 'no Timestamp');
  return { timestamp, signatures, confirmations, listed, declared };
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

/** Decrypts one EncryptedData in its place. */
export function open<N>(
  document: ReceivedDocument<N>,
  data: N,
  { listed, declared }: Pick<SecurityHeader<N>, 'listed' | 'declared'>,
  expected: Expectation,
): readonly N[] {
  const id = document.attribute(data, '', 'Id') ?? '';
  demand(listed.has(id), 'reference-list', `EncryptedData ${id} is not listed before it`);
  const method = only(document, data, XENC, 'EncryptionMethod');
  demand(
    document.attribute(method, '', 'Algorithm') === expected.algorithms.cipher,
    'algorithm',
    'cipher is not the suite’s',
  );
  const keyInfo = only(document, data, DS, 'KeyInfo');
  const key = resolveKey(document, document.elements(keyInfo)[0]!, declared, expected);
  const value = only(document, only(document, data, XENC, 'CipherData'), XENC, 'CipherValue');
  let plaintext: Buffer;
  try {
    plaintext = decrypt(expected.algorithms.cipher, key.secret, Buffer.from(document.text(value), 'base64'));
  } catch {
    throw new AnswerError('decrypt', `EncryptedData ${id}`);
  }
  return document.replace(data, plaintext);
}

const DEFAULT_LABEL = 'WS-SecureConversationWS-SecureConversation';
const DERIVED_ORDER = ['SecurityTokenReference', 'Generation', 'Offset', 'Length', 'Label', 'Nonce'];

/** WCF's reader is strictly ordered (WSSecureConversation.cs:150); WSS4J derives by Offset alone and ignores Generation and Label. */
function readDerivedKey<N>(
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
function readContext<N>(document: ReceivedDocument<N>, node: N, expected: Expectation): readonly [string, Declared] {
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
function readEncryptedKey<N>(
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

/** The only child of that name. */
export function only<N>(document: ReceivedDocument<N>, node: N, namespace: string, local: string): N {
  const found = document.elements(node).filter((child) => {
    const name = document.name(child);
    return name.namespace === namespace && name.local === local;
  });
  demand(found.length === 1, 'structure', `${found.length} ${local} in ${document.name(node).local}`);
  return found[0]!;
}
