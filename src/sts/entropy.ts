import { decodeBase64 } from '../crypto/base64.js';
import { combineEntropy } from '../crypto/psha1.js';
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

/** Opens an EncryptedKey that holds a client's entropy (WSE 2); its errors pass through as they are. */
export type EntropyOpener = (key: EncryptedKeyElement) => Buffer;

/**
 * Reads wst:Entropy (WS-Trust 1.3 §4.2.1): one BinarySecret, or an EncryptedKey if there is an opener. Attributes of the
 * Entropy itself decide nothing: Metro writes a `Type` there in 2005/02.
 *
 * @throws GatewayError `sts.entropy`
 */
export function readEntropy(tree: Tree, node: Node, names: VersionNames, open?: EntropyOpener): Buffer {
  const [child, ...others] = elements(tree, node);
  if (child === undefined || others.length > 0) throw new GatewayError('sts.entropy', 'Entropy needs one child');
  const entropy = isElement(tree, child, XENC, 'EncryptedKey')
    ? openEntropy(tree, child, open)
    : readBinarySecret(tree, child, names);
  if (entropy.length < MIN_ENTROPY || entropy.length > MAX_ENTROPY) {
    throw new GatewayError('sts.entropy', 'entropy of a length that is not accepted', {
      length: entropy.length,
      min: MIN_ENTROPY,
      max: MAX_ENTROPY,
    });
  }
  return entropy;
}

function openEntropy(tree: Tree, node: Node, open: EntropyOpener | undefined): Buffer {
  if (open === undefined) throw new GatewayError('sts.entropy', 'entropy in an EncryptedKey cannot be opened here');
  return open(readEncryptedKey(tree, node));
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

/** A token's key, and what the answer says of it. */
export interface ProofKey {
  readonly key: Buffer;
  /** `computed`: P_SHA1 of both entropies, `octets` is the server's; `secret`: `octets` is the key itself. */
  readonly proof: 'computed' | 'secret';
  readonly octets: Buffer;
}

/**
 * Makes the key of a token. The server always adds as much entropy as the key is long, so that no client chooses the
 * key alone (security.md C9). A client without entropy is given the key (CXF's Renew).
 *
 * @param length octets
 */
export function makeProofKey(runtime: Runtime, client: Buffer | undefined, length: number): ProofKey {
  const octets = runtime.randomBytes(length);
  if (client === undefined) return { key: octets, proof: 'secret', octets };
  return { key: combineEntropy(client, octets, length), proof: 'computed', octets };
}
