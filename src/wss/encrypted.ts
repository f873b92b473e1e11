import { decodeBase64 } from '../crypto/base64.js';
import { GatewayError } from '../errors.js';
import { attribute, elements, isElement, localName, textOnly } from '../xml/read.js';
import { NONE, type Node, type Tree } from '../xml/tree.js';
import { DS, ENCRYPTED_CONTENT, ENCRYPTED_ELEMENT, XENC, XENC11 } from './names.js';
import { readKeyInfo, type TokenReference } from './references.js';

/** An xenc:EncryptedData (XML Encryption 1.1 §3.4). */
export interface EncryptedDataElement {
  readonly node: Node;
  readonly id: string;
  readonly content: boolean;
  readonly algorithm: string;
  /** Absent where the list that refers to it stands inside its EncryptedKey. */
  readonly key: TokenReference | undefined;
  readonly octets: Buffer;
}

/** An xenc:EncryptedKey (§3.5.1): its RSA parameters, whose key opens it, and what it says it encrypted. */
export interface EncryptedKeyElement {
  readonly node: Node;
  readonly algorithm: string;
  readonly digest: string | undefined;
  readonly mgf: string | undefined;
  readonly label: Buffer | undefined;
  readonly key: TokenReference | undefined;
  readonly octets: Buffer;
  readonly references: readonly string[];
}

const MAX_WRAPPED_KEY = 1024;

interface Parts {
  method: Node;
  keyInfo: Node;
  cipherValue: Node;
  references: Node;
}

/** Children by name, each once; CipherReference (a fetch) and EncryptionProperties are refused with everything else. */
function parts(tree: Tree, node: Node): Parts {
  const found: Parts = { method: NONE, keyInfo: NONE, cipherValue: NONE, references: NONE };
  for (const child of elements(tree, node)) {
    if (found.method === NONE && isElement(tree, child, XENC, 'EncryptionMethod')) found.method = child;
    else if (found.keyInfo === NONE && isElement(tree, child, DS, 'KeyInfo')) found.keyInfo = child;
    else if (found.references === NONE && isElement(tree, child, XENC, 'ReferenceList')) found.references = child;
    else if (found.cipherValue === NONE && isElement(tree, child, XENC, 'CipherData')) {
      const [first, ...others] = elements(tree, child);
      if (first === undefined || others.length > 0 || !isElement(tree, first, XENC, 'CipherValue')) {
        throw new GatewayError('wss.header', 'CipherData needs one CipherValue');
      }
      found.cipherValue = first;
      // CXF names the recipient of an EncryptedKey by CarriedKeyName nowhere, WSE 2 does; the name decides nothing.
    } else if (!isElement(tree, child, XENC, 'CarriedKeyName')) {
      throw new GatewayError('wss.header', `an unexpected ${localName(tree, child)} in ${localName(tree, node)}`);
    }
  }
  if (found.method === NONE || found.cipherValue === NONE) {
    throw new GatewayError('wss.header', `${localName(tree, node)} needs EncryptionMethod and CipherValue`);
  }
  return found;
}

/** @throws GatewayError `wss.header`, `wss.reference`, `crypto.base64` */
export function readEncryptedData(tree: Tree, node: Node): EncryptedDataElement {
  const { method, keyInfo, cipherValue, references } = parts(tree, node);
  const type = attribute(tree, node, '', 'Type');
  const id = attribute(tree, node, '', 'Id');
  if (references !== NONE) throw new GatewayError('wss.header', 'a ReferenceList in EncryptedData');
  if (type !== ENCRYPTED_CONTENT && type !== ENCRYPTED_ELEMENT) {
    throw new GatewayError('wss.header', 'EncryptedData of an unknown Type', { type });
  }
  if (id === undefined) throw new GatewayError('wss.header', 'EncryptedData without an Id');
  const written = textOnly(tree, cipherValue);
  return {
    node,
    id,
    content: type === ENCRYPTED_CONTENT,
    algorithm: attribute(tree, method, '', 'Algorithm') ?? '',
    key: keyInfo === NONE ? undefined : readKeyInfo(tree, keyInfo),
    octets: decodeBase64(written, written.length),
  };
}

/** @throws GatewayError `wss.header`, `wss.reference`, `crypto.base64` */
export function readEncryptedKey(tree: Tree, node: Node): EncryptedKeyElement {
  const { method, keyInfo, cipherValue, references } = parts(tree, node);
  let digest: string | undefined;
  let mgf: string | undefined;
  let label: Buffer | undefined;
  for (const child of elements(tree, method)) {
    if (isElement(tree, child, DS, 'DigestMethod')) digest = attribute(tree, child, '', 'Algorithm');
    else if (isElement(tree, child, XENC11, 'MGF')) mgf = attribute(tree, child, '', 'Algorithm');
    else if (isElement(tree, child, XENC, 'OAEPparams')) label = decodeBase64(textOnly(tree, child), MAX_WRAPPED_KEY);
    else throw new GatewayError('wss.header', `an unexpected ${localName(tree, child)} in EncryptionMethod`);
  }
  return {
    node,
    algorithm: attribute(tree, method, '', 'Algorithm') ?? '',
    digest,
    mgf,
    label,
    key: keyInfo === NONE ? undefined : readKeyInfo(tree, keyInfo),
    octets: decodeBase64(textOnly(tree, cipherValue), MAX_WRAPPED_KEY),
    references: references === NONE ? [] : readReferenceList(tree, references),
  };
}

/**
 * The Ids that a ReferenceList names.
 *
 * @throws GatewayError `wss.reference` for anything but local DataReferences
 */
export function readReferenceList(tree: Tree, node: Node): string[] {
  return elements(tree, node).map((child) => {
    const uri = attribute(tree, child, '', 'URI') ?? '';
    if (!isElement(tree, child, XENC, 'DataReference') || uri.length < 2 || !uri.startsWith('#')) {
      throw new GatewayError('wss.reference', 'a ReferenceList holds local DataReferences');
    }
    return uri.slice(1);
  });
}
