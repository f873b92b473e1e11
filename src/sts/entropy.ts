import { decodeBase64 } from '../crypto/base64.js';
import { wrapSymmetric } from '../crypto/keywrap.js';
import { combineEntropy } from '../crypto/psha1.js';
import { KW_AES128, KW_AES192, KW_AES256 } from '../crypto/uris.js';
import { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { type EncryptedKeyElement, readEncryptedKey } from '../wss/encrypted.js';
import { type VersionNames, XENC } from '../wss/names.js';
import { attribute, elements, isElement, localName, textOnly } from '../xml/read.js';
import type { Node, Tree } from '../xml/tree.js';
import { trustNames } from './names.js';

/** Octets of a client's entropy: less is no secret, more is no stronger under HMAC-SHA1 (security.md C9). */
export const MIN_ENTROPY = 16;
export const MAX_ENTROPY = 64;

/** What a client's entropy wraps the server's with. */
const KEY_WRAP_BY_LENGTH: ReadonlyMap<number, string> = new Map([
  [16, KW_AES128],
  [24, KW_AES192],
  [32, KW_AES256],
]);

/** Opens an EncryptedKey that holds a client's entropy (WSE 2); its errors pass through as they are. */
export type EntropyOpener = (key: EncryptedKeyElement) => Buffer;

/** A client's share of the key. */
export interface ClientEntropy {
  readonly octets: Buffer;
  /** There if it came in an EncryptedKey; the server's share then goes back wrapped under it, and names it so. */
  readonly key?: EntropyKey;
}

export interface EntropyKey {
  /** CarriedKeyName. */
  readonly name: string | undefined;
}

/**
 * Reads wst:Entropy (WS-Trust 1.3 §4.2.1): one BinarySecret, or in 2004/04 an EncryptedKey if there is an opener.
 * Attributes of the Entropy itself decide nothing: Metro writes a `Type` there in 2005/02.
 *
 * @throws GatewayError `sts.entropy`; for an EncryptedKey also `wss.header`, `wss.reference` and what `open` throws
 */
export function readEntropy(tree: Tree, node: Node, names: VersionNames, open?: EntropyOpener): ClientEntropy {
  const [child, ...others] = elements(tree, node);
  if (child === undefined || others.length > 0) throw new GatewayError('sts.entropy', 'Entropy needs one child');
  const encrypted = trustNames(names).encryptedEntropy && isElement(tree, child, XENC, 'EncryptedKey');
  const entropy = encrypted ? openEntropy(tree, child, open) : { octets: readBinarySecret(tree, child, names) };
  const { length } = entropy.octets;
  if (length < MIN_ENTROPY || length > MAX_ENTROPY || (encrypted && !KEY_WRAP_BY_LENGTH.has(length))) {
    throw new GatewayError('sts.entropy', 'entropy of a length that is not accepted', { length });
  }
  return entropy;
}

function openEntropy(tree: Tree, node: Node, open: EntropyOpener | undefined): ClientEntropy {
  if (open === undefined) throw new GatewayError('sts.entropy', 'entropy in an EncryptedKey cannot be opened here');
  const name = elements(tree, node).find((child) => isElement(tree, child, XENC, 'CarriedKeyName'));
  const octets = open(readEncryptedKey(tree, node));
  return { octets, key: { name: name === undefined ? undefined : textOnly(tree, name).trim() } };
}

function readBinarySecret(tree: Tree, node: Node, names: VersionNames): Buffer {
  if (!isElement(tree, node, names.trust, 'BinarySecret')) {
    throw new GatewayError('sts.entropy', `Entropy with ${localName(tree, node)}`);
  }
  const type = attribute(tree, node, '', 'Type');
  if (type !== undefined && type !== `${trustNames(names).uri}/Nonce`) {
    throw new GatewayError('sts.entropy', 'a BinarySecret of another Type than Nonce', { type });
  }
  const text = textOnly(tree, node);
  try {
    return decodeBase64(text, MAX_ENTROPY);
  } catch (cause) {
    throw new GatewayError(
      'sts.entropy',
      'entropy is not base64 of an accepted length',
      { length: text.length },
      cause,
    );
  }
}

/** A token's key, and what the answer tells of it. */
export interface ProofKey {
  readonly key: Buffer;
  readonly proof: ServerEntropy | EncryptedEntropy | { readonly kind: 'key' };
}

/** The key is P_SHA1 of both entropies; the answer holds the server's. */
export interface ServerEntropy {
  readonly kind: 'entropy';
  readonly octets: Buffer;
}

/** … wrapped under the client's (WSE 2). */
export interface EncryptedEntropy {
  readonly kind: 'encrypted-entropy';
  readonly algorithm: string;
  readonly keyName: string | undefined;
  readonly octets: Buffer;
}

/**
 * Makes the key of a token. The server always adds as much entropy as the key is long, so that no client chooses the
 * key alone (security.md C9). A client without entropy is given the key itself (CXF's Renew).
 *
 * @param length octets
 */
export function makeProofKey(runtime: Runtime, client: ClientEntropy | undefined, length: number): ProofKey {
  const server = runtime.randomBytes(length);
  if (client === undefined) return { key: server, proof: { kind: 'key' } };
  const key = combineEntropy(client.octets, server, length);
  const algorithm = client.key === undefined ? undefined : KEY_WRAP_BY_LENGTH.get(client.octets.length);
  if (client.key === undefined || algorithm === undefined) return { key, proof: { kind: 'entropy', octets: server } };
  const octets = wrapSymmetric(algorithm, client.octets, server);
  return { key, proof: { kind: 'encrypted-entropy', algorithm, keyName: client.key.name, octets } };
}
