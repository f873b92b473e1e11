import { isAscii, isUtf8 } from 'node:buffer';
import { refuse } from './refuse.js';

/** A document as text, and the names under which its encoding may be declared; `undefined` admits any. */
export interface Decoded {
  readonly text: string;
  readonly labels: readonly string[] | undefined;
}

interface ByteOrderMark {
  readonly octets: readonly number[];
  readonly labels: readonly string[];
  readonly decode: (octets: Buffer) => string;
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
export function decodeDocument(octets: Buffer, charset: string | undefined): Decoded {
  const mark = BYTE_ORDER_MARKS.find((candidate) => candidate.octets.every((octet, i) => octets[i] === octet));
  const decoded =
    mark === undefined
      ? { text: decodeUtf8(octets), labels: isAscii(octets) ? ASCII_LABELS : UTF8_LABELS }
      : { text: mark.decode(octets.subarray(mark.octets.length)), labels: mark.labels };
  if (charset !== undefined) checkLabel(decoded, charset, 0);
  return decoded;
}

/** @throws GatewayError `xml.encoding` where a label names another encoding than the octets have */
export function checkLabel(decoded: Decoded, label: string, offset: number): void {
  if (decoded.labels !== undefined && !decoded.labels.includes(label.toLowerCase())) {
    refuse('xml.encoding', `declared as ${JSON.stringify(label.slice(0, 40))}, which the octets are not`, offset);
  }
}

/**
 * UTF-8 in its only form: no overlong sequences, no surrogates. U+FEFF at the start is a character.
 *
 * @throws GatewayError `xml.encoding`
 */
export function decodeUtf8(octets: Buffer): string {
  if (isAscii(octets)) return octets.toString('latin1');
  if (!isUtf8(octets)) refuse('xml.encoding', 'octets that are not UTF-8', 0);
  return octets.toString('utf8');
}

function decodeUtf16(octets: Buffer): string {
  if (octets.length % 2 !== 0) refuse('xml.encoding', 'half a UTF-16 code unit', octets.length >> 1);
  return octets.toString('utf16le');
}

function swapped(octets: Buffer): Buffer {
  return octets.length % 2 === 0 ? Buffer.from(octets).swap16() : octets;
}
