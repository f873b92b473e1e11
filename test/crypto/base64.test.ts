import fc from 'fast-check';
import { decodeBase64 } from '../../src/crypto/base64.js';
import { codeOf } from './code-of.js';

// RFC 4648 §10
test.each([
  ['', ''],
  ['Zg==', 'f'],
  ['Zm8=', 'fo'],
  ['Zm9v', 'foo'],
  ['Zm9vYg==', 'foob'],
  ['Zm9vYmE=', 'fooba'],
  ['Zm9vYmFy', 'foobar'],
])('%j is %j', (text, expected) => {
  expect(decodeBase64(text, 6).toString()).toBe(expected);
});

test('XML white space may stand anywhere', () => {
  expect(decodeBase64('\r\n\t Zm9 \n vYm\tE = \n', 5).toString()).toBe('fooba');
});

test.each([
  ['Zg', 'padding is missing'],
  ['Zg=', 'padding is short'],
  ['Zg===', 'padding is long'],
  ['Zh==', 'bits beyond the last octet'],
  ['Zm9=', 'bits beyond the last octet'],
  ['=', 'padding alone'],
  ['====', 'padding alone'],
  ['Zg==Zg==', 'padding in the middle'],
  ['Z=g=', 'padding in the middle'],
  ['Zm9v=', 'one character over'],
  ['Zm9-', 'the URL alphabet'],
  ['Zm9_', 'the URL alphabet'],
  ['Zm9!', 'a stranger'],
  ['Zm\u00a09v', 'white space that is not XML’s'],
  ['Zm\v9v', 'white space that is not XML’s'],
  ['Zm9\u0000', 'NUL'],
  ['Ｚm9v', 'a full-width letter'],
  ['ŚmZm9v', 'a letter whose low octet is base64'],
  ['"Zm9v"', 'quotes'],
])('%j is refused: %s', (text) => {
  expect(codeOf(() => decodeBase64(text, 1000))).toBe('crypto.base64');
});

test('the limit is on octets, one more is refused', () => {
  for (let length = 0; length < 10; length++) {
    const text = Buffer.alloc(length, 7).toString('base64');
    expect(decodeBase64(text, length)).toHaveLength(length);
    if (length > 0) expect(codeOf(() => decodeBase64(text, length - 1))).toBe('crypto.base64');
  }
});

test('a text beyond the limit is not decoded', () => {
  expect(codeOf(() => decodeBase64('!'.repeat(4_000_000), 16))).toBe('crypto.base64');
});

test('one text for one value: what is accepted is what the octets encode to', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'AQgwZm9v+/=-_ \n'), maxLength: 12 }), (text) => {
      const code = codeOf(() => decodeBase64(text, 100));
      const compact = text.replace(/[ \n]/g, '');
      const canonical = Buffer.from(compact, 'base64').toString('base64') === compact;
      expect(code).toBe(canonical ? 'none' : 'crypto.base64');
    }),
    { numRuns: 2000 },
  );
});
