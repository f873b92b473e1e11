import { inspect } from 'node:util';

/** What stands wherever a secret would be printed. */
export const SECRET = '[secret]';

const hidden = { enumerable: false, value: () => SECRET };

/**
 * Marks octets as secret: `util.inspect`, `JSON.stringify` and `String` show `[secret]` for this Buffer, alone or
 * inside anything. A copy or a `subarray` of it is not marked.
 *
 * @returns the same Buffer
 */
export function secret(bytes: Buffer): Buffer {
  if (!Object.hasOwn(bytes, 'toJSON')) {
    Object.defineProperties(bytes, { toJSON: hidden, [inspect.custom]: hidden, [Symbol.toPrimitive]: hidden });
  }
  return bytes;
}
