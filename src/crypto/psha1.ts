import { createHmac } from 'node:crypto';
import { GatewayError } from '../errors.js';

/** WS-SecureConversation §7: the label of a DerivedKeyToken that has no Label element. */
export const DEFAULT_LABEL = 'WS-SecureConversationWS-SecureConversation';

const DEFAULT_LABEL_BYTES = Buffer.from(DEFAULT_LABEL);
const DIGEST_LENGTH = 20;

/** No key ends beyond this octet of the stream: four times WCF's quota (offset 64, length 64), so that the work stays bounded. */
const MAX_END = 512;

/**
 * P_SHA1 (RFC 2246 §5): `length` octets of the stream that begins `offset` octets in.
 *
 * @throws GatewayError `crypto.derive` for an offset or length outside the stream's first 512 octets (security.md P9)
 */
export function psha1(secret: Buffer, seed: Buffer, offset: number, length: number): Buffer {
  const end = offset + length;
  if (!Number.isInteger(offset) || !Number.isInteger(length) || offset < 0 || length < 1 || end > MAX_END) {
    throw new GatewayError('crypto.derive', 'derived key is out of bounds', { offset, length, max: MAX_END });
  }
  const stream = Buffer.allocUnsafeSlow(Math.ceil(end / DIGEST_LENGTH) * DIGEST_LENGTH);
  let a: Buffer = seed;
  for (let position = 0; position < end; position += DIGEST_LENGTH) {
    a = createHmac('sha1', secret).update(a).digest();
    createHmac('sha1', secret).update(a).update(seed).digest().copy(stream, position);
  }
  return stream.subarray(offset, end);
}

export interface DerivedKeyParameters {
  /** Text of the Label element: present, its UTF-8 octets alone are the label; absent, `DEFAULT_LABEL`. */
  readonly label?: string;
  readonly nonce: Buffer;
  /** Octets; a Generation is `generation * length`. */
  readonly offset: number;
  readonly length: number;
}

/**
 * The key of a DerivedKeyToken (WS-SecureConversation §7.1).
 *
 * @throws GatewayError `crypto.derive`
 */
export function deriveKey(secret: Buffer, parameters: DerivedKeyParameters): Buffer {
  const label = parameters.label === undefined ? DEFAULT_LABEL_BYTES : Buffer.from(parameters.label);
  return psha1(secret, Buffer.concat([label, parameters.nonce]), parameters.offset, parameters.length);
}

/**
 * The key that both parties' entropy makes, WS-Trust's `CK/PSHA1`.
 *
 * @param length octets, KeySize / 8
 * @throws GatewayError `crypto.derive`
 */
export function combineEntropy(client: Buffer, server: Buffer, length: number): Buffer {
  return psha1(client, server, 0, length);
}
