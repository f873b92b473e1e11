import { isAscii, isUtf8 } from 'node:buffer';
import { refuse } from './refuse.js';
import { type Units, unitsOf } from './units.js';

/** A text and its code units. */
export interface Decoded {
  readonly text: string;
  readonly units: Units;
}

/** A document, and the names under which its encoding may be declared; `undefined` admits any. */
export interface Document extends Decoded {
  readonly labels: readonly string[] | undefined;
}

interface ByteOrderMark {
  readonly octets: readonly number[];
  readonly labels: readonly string[];
  readonly decode: (octets: Buffer) => Decoded;
}

const UTF8_LABELS = ['utf-8', 'utf8'] as const;
const ASCII_LABELS = [...UTF8_LABELS, 'us-ascii', 'ascii'] as const;

const BYTE_ORDER_MARKS: readonly ByteOrderMark[] = [
  { octets: [0xef, 0xbb, 0xbf], labels: UTF8_LABELS, decode: decodeUtf8 },
  { octets: [0xff, 0xfe], labels: ['utf-16', 'utf-16le'], decode: decodeUtf16 },
  { octets: [0xfe, 0xff], labels: ['utf-16', 'utf-16be'], decode: (octets) => decodeUtf16(swapped(octets)) },
];

/**
 * The text of a document: UTF-8, or UTF-16 with a byte order mark (XML 1.0 §4.3.3, appendix F), and what its labels may
 * say. UTF-16's surrogates are judged where the characters are.
 *
 * @param charset parameter of the Content-Type, which must say what the octets are (RFC 7303 §3)
 * @throws GatewayError `xml.encoding`
 */
export function decodeDocument(octets: Buffer, charset: string | undefined): Document {
  const mark = BYTE_ORDER_MARKS.find((candidate) => candidate.octets.every((octet, i) => octets[i] === octet));
  const decoded = mark === undefined ? decodeUtf8(octets) : mark.decode(octets.subarray(mark.octets.length));
  const labels = mark !== undefined ? mark.labels : decoded.units === octets ? ASCII_LABELS : UTF8_LABELS;
  const document = { text: decoded.text, units: decoded.units, labels };
  if (charset !== undefined) checkLabel(document, charset, 0);
  return document;
}

/** @throws GatewayError `xml.encoding` where a label names another encoding than the octets have */
export function checkLabel(document: Document, label: string, offset: number): void {
  if (document.labels !== undefined && !document.labels.includes(label.toLowerCase())) {
    refuse('xml.encoding', `declared as ${JSON.stringify(label.slice(0, 40))}, which the octets are not`, offset);
  }
}

/**
 * UTF-8 in its only form: no overlong sequences, no surrogates. U+FEFF at the start is a character.
 *
 * @throws GatewayError `xml.encoding`
 */
export function decodeUtf8(octets: Buffer): Decoded {
  if (isAscii(octets)) return { text: octets.toString('latin1'), units: octets };
  if (!isUtf8(octets)) refuse('xml.encoding', 'octets that are not UTF-8', 0);
  const text = octets.toString('utf8');
  return { text, units: unitsOf(text) };
}

function decodeUtf16(octets: Buffer): Decoded {
  if (octets.length % 2 !== 0) refuse('xml.encoding', 'half a UTF-16 code unit', octets.length >> 1);
  const text = octets.toString('utf16le');
  return { text, units: unitsOf(text) };
}

function swapped(octets: Buffer): Buffer {
  return octets.length % 2 === 0 ? Buffer.from(octets).swap16() : octets;
}
