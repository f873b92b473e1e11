import { endianness } from 'node:os';

/** Code units of a text: octets where all are ASCII. Reading these is twice as fast as `charCodeAt`. */
export type Units = Uint8Array | Uint16Array;

/** The code units of any text. */
export function unitsOf(text: string): Units {
  const units = new Uint16Array(text.length);
  const octets = Buffer.from(units.buffer);
  octets.write(text, 'utf16le');
  if (endianness() === 'BE') octets.swap16();
  return units;
}

/** Whether the same `length` units stand in two places. */
export function isSame(a: Units, aFrom: number, b: Units, bFrom: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aFrom + i] !== b[bFrom + i]) return false;
  return true;
}
