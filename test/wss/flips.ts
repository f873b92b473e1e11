import { GatewayError } from '../../src/errors.js';

/** What became of a message with one bit flipped. */
export type Outcome = 'same' | 'other' | string;

/** Where in a document an octet stands: the attribute or the element whose text it is, or `<` for a tag's own name. */
export function placeOf(document: string, offset: number): string {
  const open = document.lastIndexOf('<', offset);
  const close = document.lastIndexOf('>', offset - 1);
  if (close > open) return `${elementName(document, open)} text`;
  const head = document.slice(open, offset + 1);
  const attribute = /\s(?:[\w.-]+:)?([\w.-]+)="[^"]*$/.exec(head)?.[1];
  const declared = /\s(xmlns(?::[\w.-]*)?)(?:="[^"]*)?$/.exec(head)?.[1];
  if (declared !== undefined) return `${elementName(document, open)} xmlns`;
  if (attribute !== undefined) return `${elementName(document, open)} @${attribute}`;
  return `${elementName(document, open)} tag`;
}

function elementName(document: string, open: number): string {
  return /^<\/?(?:[\w.-]+:)?([\w.-]+)/.exec(document.slice(open, open + 80))?.[1] ?? '?';
}

/** Flips one bit of each octet in turn, a different bit from octet to octet, and sorts the outcomes by place. */
export async function sweep(
  document: string,
  prove: (octets: Buffer) => Promise<string> | string,
  step = 1,
): Promise<{ tolerated: Set<string>; changed: string[]; codes: Map<string, Set<string>>; thrown: unknown[] }> {
  const original = await prove(Buffer.from(document));
  const tolerated = new Set<string>();
  const changed: string[] = [];
  const thrown: unknown[] = [];
  const codes = new Map<string, Set<string>>();
  for (let offset = 0; offset < document.length; offset += step) {
    const octets = Buffer.from(document);
    octets[offset] = octets[offset]! ^ (1 << ((offset / step) % 8));
    const place = placeOf(document, offset);
    try {
      if ((await prove(octets)) === original) tolerated.add(place);
      else changed.push(`${place} at ${offset}`);
    } catch (error) {
      if (!(error instanceof GatewayError)) thrown.push(error);
      else codes.set(place, (codes.get(place) ?? new Set()).add(error.code));
    }
  }
  return { tolerated, changed, codes, thrown };
}
