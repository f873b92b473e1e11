import fc from 'fast-check';
import { XmlC14NMode, XmlDocument } from 'libxml2-wasm';
import { GatewayError } from '../../src/errors.js';
import { type ForgeOptions, forge } from './forge.js';
import { stationFor } from './forged.js';
import { mutate, mutation } from './mutations.js';
import { COPIED, recordings, stationOf } from './recordings.js';
import type { Station } from './station.js';

function canonical(document: string): string {
  const parsed = XmlDocument.fromString(document);
  try {
    return parsed.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 });
  } finally {
    parsed.dispose();
  }
}

/** What goes on, or undefined for a message that is refused; anything but a refusal is thrown on. */
function forwarded(station: Station, message: string): string | undefined {
  try {
    return station.forwarded(message);
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

/** Whatever is done to a message: refused, or what the upstream gets is what it would have got. */
function holds(message: string, station: () => Station, numRuns: number): number {
  const original = canonical(station().forwarded(message));
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (changes) => {
      const mutated = changes.reduce(mutate, message);
      const result = forwarded(station(), mutated);
      if (result === undefined) return;
      accepted++;
      expect(canonical(result)).toBe(original);
    }),
    { numRuns },
  );
  return accepted;
}

const SHAPES: Readonly<Record<string, ForgeOptions>> = {
  'signed alone': { encryptBody: false },
  'signed and encrypted': {},
  'the Signature encrypted too': { encryptSignature: true },
  'encrypted, then signed': { order: 'encrypt-before-sign' },
  "under the token's own key": { derived: false },
};

describe('accepted means that the upstream gets what was signed', () => {
  test.each(Object.keys(SHAPES))('%s', (name) => {
    const shape = SHAPES[name]!;
    expect(holds(forge(shape), () => stationFor(shape), 400)).toBeGreaterThan(0);
  });

  const recorded = recordings(COPIED).filter(({ name }) => !name.endsWith('OverTransport'));
  test.each(recorded)('$name', (recording) => {
    const station = () => stationOf(recording, '3-request.xml', false);
    expect(holds(recording.message('3-request.xml'), station, 150)).toBeGreaterThanOrEqual(0);
  });
});
