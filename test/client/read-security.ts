import { decrypt } from './ciphers.js';
import { AnswerError, demand, only, type ReceivedDocument } from './document.js';
import type { Expectation } from './expectation.js';
import { DS, VERSIONS, WSSE11, WSU, XENC } from './names.js';
import { type Declared, readContext, readDerivedKey, readEncryptedKey, resolveKey } from './read-keys.js';

export interface Signed<N> {
  readonly node: N;
  readonly encrypted: boolean;
}

/** What one forward pass over the Security header found. */
export interface SecurityHeader<N> {
  readonly timestamp: N;
  readonly signatures: Signed<N>[];
  readonly confirmations: N[];
  /** Ids in the ReferenceList; where it stands inside an EncryptedKey, with that key. */
  readonly listed: Map<string, Declared | undefined>;
  readonly declared: Map<string, Declared>;
}

/**
 * One forward pass, as WCF reads (ReceiveSecurityHeader.cs): a key before its use, one ReferenceList before what it
 * lists, one Timestamp, nothing that is not known; EncryptedData is opened on the way.
 */
export function readSecurity<N>(document: ReceivedDocument<N>, security: N, expected: Expectation): SecurityHeader<N> {
  const listed = new Map<string, Declared | undefined>();
  const declared = new Map<string, Declared>();
  const signatures: Signed<N>[] = [];
  const confirmations: N[] = [];
  let timestamp: N | undefined;
  let lists = 0;
  const list = (node: N, key?: Declared): void => {
    demand(++lists === 1, 'reference-list', 'more than one ReferenceList');
    for (const reference of document.elements(node)) {
      const id = (document.attribute(reference, '', 'URI') ?? '').slice(1);
      demand(!listed.has(id), 'reference-list', 'listed twice');
      listed.set(id, key);
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
        const read = readEncryptedKey(document, node, expected);
        declare(read);
        for (const child of document.elements(node)) {
          if (document.name(child).local === 'ReferenceList') list(child, read[1]);
        }
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
  // WSS 1.0 §9.4.2: what an EncryptedKey's own ReferenceList names needs no KeyInfo.
  const implied = document.elements(data).some((child) => document.name(child).local === 'KeyInfo')
    ? undefined
    : listed.get(id);
  const key =
    implied ?? resolveKey(document, document.elements(only(document, data, DS, 'KeyInfo'))[0]!, declared, expected);
  const value = only(document, only(document, data, XENC, 'CipherData'), XENC, 'CipherValue');
  let plaintext: Buffer;
  try {
    plaintext = decrypt(expected.algorithms.cipher, key.secret, Buffer.from(document.text(value), 'base64'));
  } catch {
    throw new AnswerError('decrypt', `EncryptedData ${id}`);
  }
  return document.replace(data, plaintext);
}
