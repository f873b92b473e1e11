import { root, text } from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';
import { failureAt } from './failure.js';

const utf8 = (value: string) => Buffer.from(value);
const little = (value: string) => Buffer.from(`\ufeff${value}`, 'utf16le');
const big = (value: string) => little(value).swap16();
const hex = (...parts: (string | Buffer)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)));

function textOf(document: Buffer, charset?: string): string {
  const tree = scan(document, DEFAULT_XML_LIMITS, charset);
  return text(tree, root(tree));
}

describe('encodings that are read', () => {
  it.each<[string, Buffer, string | undefined]>([
    ['UTF-8', utf8('<a>é😀</a>'), undefined],
    ['UTF-8, said by the Content-Type', utf8('<a>é😀</a>'), 'utf-8'],
    ['UTF-8, said in capitals', utf8('<a>é😀</a>'), 'UTF-8'],
    ['UTF-8, said by the declaration', utf8('<?xml version="1.0" encoding="utf-8"?><a>é😀</a>'), 'UTF-8'],
    ['UTF-8 behind a byte order mark', utf8('\ufeff<?xml version="1.0" encoding="UTF-8"?><a>é😀</a>'), 'utf-8'],
    ['UTF-16, little end first', little('<a>é😀</a>'), undefined],
    ['UTF-16, little end first, said by both', little('<?xml version="1.0" encoding="utf-16"?><a>é😀</a>'), 'utf-16'],
    ['UTF-16, little end first, said in full', little('<a>é😀</a>'), 'utf-16LE'],
    ['UTF-16, big end first', big('<?xml version="1.0" encoding="UTF-16"?><a>é😀</a>'), 'utf-16'],
    ['UTF-16, big end first, said in full', big('<a>é😀</a>'), 'utf-16be'],
  ])('%s', (_title, octets, charset) => {
    expect(textOf(octets, charset)).toBe('é😀');
  });

  it('ASCII that says it is', () => {
    expect(textOf(utf8('<?xml version="1.0" encoding="us-ascii"?><a>e</a>'), 'US-ASCII')).toBe('e');
  });

  it('a second byte order mark in the text is a character', () => {
    expect(textOf(utf8('<a>\ufeff</a>'))).toBe('\ufeff');
  });

  it('a string, whatever its declaration says', () => {
    const tree = scan('<?xml version="1.0" encoding="iso-8859-1"?><a>é</a>', DEFAULT_XML_LIMITS);
    expect(text(tree, root(tree))).toBe('é');
  });
});

describe('encodings that are refused', () => {
  it.each<[string, Buffer, string | undefined, string]>([
    ['an overlong slash', hex(utf8('<a>'), 'c0af', utf8('</a>')), undefined, 'xml.encoding'],
    ['an overlong NUL', hex(utf8('<a>'), 'c080', utf8('</a>')), undefined, 'xml.encoding'],
    ['an overlong less-than sign', hex('c0bc', utf8('a/>')), undefined, 'xml.encoding'],
    ['a surrogate in UTF-8', hex(utf8('<a>'), 'eda080', utf8('</a>')), undefined, 'xml.encoding'],
    ['a surrogate pair in UTF-8 (CESU-8)', hex(utf8('<a>'), 'eda0bdedb880', utf8('</a>')), undefined, 'xml.encoding'],
    ['a code point past U+10FFFF', hex(utf8('<a>'), 'f4908080', utf8('</a>')), undefined, 'xml.encoding'],
    ['a lone continuation octet', hex(utf8('<a>'), '80', utf8('</a>')), undefined, 'xml.encoding'],
    ['a sequence that is cut off', hex(utf8('<a>é</a>').subarray(0, 4)), undefined, 'xml.encoding'],
    ['ISO 8859-1', Buffer.from('<a>é</a>', 'latin1'), undefined, 'xml.encoding'],
    [
      'ISO 8859-1 that says it is',
      Buffer.from('<?xml version="1.0" encoding="iso-8859-1"?><a>é</a>', 'latin1'),
      'iso-8859-1',
      'xml.encoding',
    ],
    [
      'UTF-8 that says it is ISO 8859-1',
      utf8('<?xml version="1.0" encoding="iso-8859-1"?><a/>'),
      undefined,
      'xml.encoding',
    ],
    ['UTF-8 whose Content-Type says ISO 8859-1', utf8('<a/>'), 'iso-8859-1', 'xml.encoding'],
    ['UTF-8 whose Content-Type says UTF-16', utf8('<a/>'), 'utf-16', 'xml.encoding'],
    ['UTF-8 that says it is UTF-16', utf8('<?xml version="1.0" encoding="UTF-16"?><a/>'), 'utf-8', 'xml.encoding'],
    [
      'UTF-8 that says it is ASCII',
      utf8('<?xml version="1.0" encoding="us-ascii"?><a>é</a>'),
      undefined,
      'xml.encoding',
    ],
    ['UTF-8 behind a mark that says it is ASCII', utf8('\ufeff<a/>'), 'us-ascii', 'xml.encoding'],
    ['an empty charset', utf8('<a/>'), '', 'xml.encoding'],
    ['UTF-7', utf8('<?xml version="1.0" encoding="utf-7"?><a>+ADw-</a>'), undefined, 'xml.encoding'],
    ['UTF-16 whose Content-Type says UTF-8', little('<a/>'), 'utf-8', 'xml.encoding'],
    ['UTF-16 that says it is UTF-8', little('<?xml version="1.0" encoding="UTF-8"?><a/>'), undefined, 'xml.encoding'],
    ['UTF-16 of the other end', big('<a/>'), 'utf-16le', 'xml.encoding'],
    ['half a code unit of UTF-16', hex(little('<a/>'), '20'), undefined, 'xml.encoding'],
    ['half a code unit of UTF-16, big end first', hex(big('<a/>'), '20'), undefined, 'xml.encoding'],
    ['UTF-16 without a byte order mark', Buffer.from('<a/>', 'utf16le'), undefined, 'xml.malformed'],
    [
      'UTF-16 without a byte order mark, big end first',
      Buffer.from('<a/>', 'utf16le').swap16(),
      undefined,
      'xml.malformed',
    ],
    ['UTF-32', hex('fffe0000', '3c000000'), undefined, 'xml.malformed'],
    ['two byte order marks', utf8('\ufeff\ufeff<a/>'), undefined, 'xml.malformed'],
    ['EBCDIC', hex('4c6fa794'), undefined, 'xml.encoding'],
    ['no octets', Buffer.alloc(0), 'utf-8', 'xml.malformed'],
  ])('%s', (_title, octets, charset, code) => {
    expect(failureAt(() => scan(octets, DEFAULT_XML_LIMITS, charset))).toEqual([code, expect.any(Number)]);
  });
});
