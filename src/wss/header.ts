import type { SecurityLimits } from '../config/types.js';
import { VERSIONS as CONVERSATION_VERSIONS } from '../conversation/context.js';
import { GatewayError } from '../errors.js';
import { type Envelope, isForUs } from '../soap/envelope.js';
import { content, isElement, isElementNode, isTextNode, localName, namespaceOf, text } from '../xml/read.js';
import type { Node, Tree } from '../xml/tree.js';
import {
  type EncryptedDataElement,
  type EncryptedKeyElement,
  readEncryptedData,
  readEncryptedKey,
  readReferenceList,
} from './encrypted.js';
import { DS, versionNames, WSSE, WSU, XENC } from './names.js';
import { readSignature, type SignatureElement } from './signature.js';
import {
  type BinaryTokenElement,
  type ContextTokenElement,
  type DerivedKeyElement,
  readBinaryToken,
  readContextToken,
  readDerivedKey,
  readTimestamp,
  readUsernameToken,
  type TimestampElement,
  type UsernameTokenElement,
} from './tokens.js';

/** What the one Security header for us holds, sorted by kind; `decrypt` adds what was encrypted in it. Nothing is proven yet. */
export interface SecurityHeader {
  readonly node: Node;
  timestamp: TimestampElement | undefined;
  contextToken: ContextTokenElement | undefined;
  readonly derivedKeys: DerivedKeyElement[];
  readonly encryptedKeys: EncryptedKeyElement[];
  readonly binaryTokens: BinaryTokenElement[];
  readonly usernameTokens: UsernameTokenElement[];
  readonly signatures: SignatureElement[];
  /** The Ids of each ReferenceList that is a child of the header. */
  readonly referenceLists: (readonly string[])[];
  readonly referenceListNodes: Node[];
  readonly encryptedData: EncryptedDataElement[];
}

type Reader = (header: SecurityHeader, tree: Tree, node: Node, limits: SecurityLimits) => void;

function requireRoom(list: readonly unknown[], limit: number, what: string): void {
  if (list.length >= limit) throw new GatewayError('wss.limit', `more than ${limit} ${what}`, { limit });
}

const readDerivedKeyChild: Reader = (header, tree, node, limits) => {
  requireRoom(header.derivedKeys, limits.derivedKeys, 'DerivedKeyTokens');
  header.derivedKeys.push(readDerivedKey(tree, node));
};

const readContextTokenChild: Reader = (header, tree, node) => {
  if (header.contextToken !== undefined) throw new GatewayError('wss.header', 'two SecurityContextTokens');
  header.contextToken = readContextToken(tree, node);
};

/** Expanded name of a child → its reader; a child that is not here is refused (security.md W2, W8). */
const CHILDREN: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [
    `${WSU} Timestamp`,
    (header, tree, node) => {
      if (header.timestamp !== undefined) throw new GatewayError('wss.timestamp', 'two Timestamps');
      header.timestamp = readTimestamp(tree, node);
    },
  ],
  [
    `${XENC} EncryptedKey`,
    (header, tree, node, limits) => {
      requireRoom(header.encryptedKeys, limits.tokens, 'EncryptedKeys');
      header.encryptedKeys.push(readEncryptedKey(tree, node));
    },
  ],
  [
    `${XENC} EncryptedData`,
    (header, tree, node, limits) => {
      requireRoom(header.encryptedData, limits.encryptedData, 'EncryptedData');
      header.encryptedData.push(readEncryptedData(tree, node));
    },
  ],
  [
    `${XENC} ReferenceList`,
    (header, tree, node, limits) => {
      requireRoom(header.referenceLists, limits.signatures, 'ReferenceLists');
      header.referenceLists.push(readReferenceList(tree, node));
      header.referenceListNodes.push(node);
    },
  ],
  [
    `${DS} Signature`,
    (header, tree, node, limits) => {
      requireRoom(header.signatures, limits.signatures, 'Signatures');
      header.signatures.push(readSignature(tree, node, limits.references));
    },
  ],
  [
    `${WSSE} BinarySecurityToken`,
    (header, tree, node, limits) => {
      requireRoom(header.binaryTokens, limits.tokens, 'BinarySecurityTokens');
      header.binaryTokens.push(readBinaryToken(tree, node));
    },
  ],
  [
    `${WSSE} UsernameToken`,
    (header, tree, node) => {
      if (header.usernameTokens.length > 0) throw new GatewayError('wss.header', 'two UsernameTokens');
      header.usernameTokens.push(readUsernameToken(tree, node));
    },
  ],
  ...CONVERSATION_VERSIONS.map(versionNames).flatMap(({ conversation }): [string, Reader][] => [
    [`${conversation} SecurityContextToken`, readContextTokenChild],
    [`${conversation} DerivedKeyToken`, readDerivedKeyChild],
  ]),
]);

/**
 * Reads one child of the header into its place; also for what was decrypted there.
 *
 * @throws GatewayError `wss.header`, `wss.limit`, and the codes of the readers of tokens, signatures and encrypted elements
 */
export function readHeaderChild(header: SecurityHeader, tree: Tree, node: Node, limits: SecurityLimits): void {
  const name = `${namespaceOf(tree, node)} ${localName(tree, node)}`;
  const read = CHILDREN.get(name);
  if (read === undefined) throw new GatewayError('wss.header', 'an unexpected child of Security', { name });
  read(header, tree, node, limits);
}

/**
 * Reads the Security header that is addressed to us (WSS SOAP Message Security 1.1 §5): one, or none. Security headers
 * for other actors are neither read nor forwarded.
 *
 * @returns undefined where the message has none
 * @throws GatewayError `wss.header` for two of them (security.md W5), and as {@link readHeaderChild}
 */
export function readSecurityHeader(envelope: Envelope, limits: SecurityLimits): SecurityHeader | undefined {
  const { tree } = envelope;
  const ours = envelope.blocks.filter((block) => isElement(tree, block, WSSE, 'Security') && isForUs(envelope, block));
  if (ours.length > 1) throw new GatewayError('wss.header', 'two Security headers for one actor');
  const [node] = ours;
  if (node === undefined) return undefined;
  const header: SecurityHeader = {
    node,
    timestamp: undefined,
    contextToken: undefined,
    derivedKeys: [],
    encryptedKeys: [],
    binaryTokens: [],
    usernameTokens: [],
    signatures: [],
    referenceLists: [],
    referenceListNodes: [],
    encryptedData: [],
  };
  for (const child of content(tree, node)) {
    if (isElementNode(tree, child)) readHeaderChild(header, tree, child, limits);
    else if (isTextNode(tree, child) && text(tree, child).trim() !== '') {
      throw new GatewayError('wss.header', 'text between the children of Security');
    }
  }
  return header;
}
