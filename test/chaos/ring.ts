import { generateKeyRing } from '../../src/conversation/key-ring.js';
import { systemRuntime } from '../../src/runtime.js';

/** The edits of a rotation, from one text of the ring to the next. */

interface Ring {
  readonly keys: readonly { readonly key_ops: readonly string[] }[];
}

const read = (text: string): Ring => JSON.parse(text) as Ring;
const write = (ring: Ring): string => `${JSON.stringify(ring, undefined, 2)}\n`;

const OPENS = ['unwrapKey'];
const SEALS = ['wrapKey', 'unwrapKey'];

/** Every node shall open what a new key seals before any node seals with it. */
export function addKey(text: string): string {
  const [key] = read(generateKeyRing(systemRuntime)).keys;
  return write({ keys: [...read(text).keys, { ...key, key_ops: OPENS }] });
}

export function sealWithNewest(text: string): string {
  const { keys } = read(text);
  return write({ keys: keys.map((key, at) => ({ ...key, key_ops: at === keys.length - 1 ? SEALS : OPENS })) });
}

export function retireAllButSealing(text: string): string {
  return write({ keys: read(text).keys.filter(({ key_ops }) => key_ops.includes('wrapKey')) });
}
