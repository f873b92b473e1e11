import {
  attribute,
  content,
  elements,
  isElement,
  isElementNode,
  isTextNode,
  localName,
  namespaceForPrefix,
  namespaceOf,
  parentOf,
  root,
  text,
  textOnly,
} from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';
import { NONE } from '../../src/xml/tree.js';
import { failureAt } from './failure.js';

const tree = scan(
  '<!--x--><p:a xmlns:p="urn:p" b="1" p:b="2">one<!--two--><c xmlns="urn:c" d=" &quot;\t "><![CDATA[<three>]]>&#x34;</c>\r\n<e/></p:a>',
  DEFAULT_XML_LIMITS,
);
const top = root(tree);
const [c, e] = elements(tree, top) as [number, number];

describe('reading', () => {
  it('names and kinds', () => {
    expect([localName(tree, top), namespaceOf(tree, top)]).toEqual(['a', 'urn:p']);
    expect([localName(tree, c), namespaceOf(tree, c)]).toEqual(['c', 'urn:c']);
    expect([localName(tree, e), namespaceOf(tree, e)]).toEqual(['e', '']);
    expect(isElement(tree, top, 'urn:p', 'a')).toBe(true);
    expect(isElement(tree, top, '', 'a')).toBe(false);
    expect(isElement(tree, top, 'urn:p', 'p:a')).toBe(false);
    const [one, two] = content(tree, top) as [number, number];
    expect([isTextNode(tree, one), isElementNode(tree, one)]).toEqual([true, false]);
    expect([isTextNode(tree, two), isElementNode(tree, two)]).toEqual([false, false]);
    expect([localName(tree, one), namespaceOf(tree, one), isElement(tree, one, '', '')]).toEqual(['', '', false]);
  });

  it('structure', () => {
    expect(parentOf(tree, top)).toBe(NONE);
    expect(content(tree, top).map((node) => parentOf(tree, node))).toEqual([top, top, top, top, top]);
    expect(content(tree, c).map((node) => isTextNode(tree, node))).toEqual([true, true]);
    expect(content(tree, e)).toEqual([]);
    expect(elements(tree, e)).toEqual([]);
  });

  it('text, without comments', () => {
    expect(text(tree, top)).toBe('one<three>4\n');
    expect(text(tree, c)).toBe('<three>4');
    expect(text(tree, e)).toBe('');
    expect(content(tree, top).map((node) => text(tree, node))).toEqual(['one', '', '<three>4', '\n', '']);
  });

  it('text alone, or not at all', () => {
    expect(textOnly(tree, c)).toBe('<three>4');
    expect(textOnly(tree, e)).toBe('');
    expect(failureAt(() => textOnly(tree, top))).toEqual(['xml.unexpected', 50]);
    for (const document of ['<a>us<!--x-->er</a>', '<a>us<b/>er</a>']) {
      const other = scan(document, DEFAULT_XML_LIMITS);
      expect(failureAt(() => textOnly(other, root(other)))).toEqual([
        'xml.unexpected',
        document.includes('--') ? 9 : 5,
      ]);
    }
  });

  it('attributes by expanded name, normalized', () => {
    expect(attribute(tree, top, '', 'b')).toBe('1');
    expect(attribute(tree, top, 'urn:p', 'b')).toBe('2');
    expect(attribute(tree, top, 'urn:q', 'b')).toBeUndefined();
    expect(attribute(tree, top, '', 'xmlns:p')).toBeUndefined();
    expect(attribute(tree, c, '', 'd')).toBe(' "  ');
    expect(attribute(tree, c, 'urn:c', 'd')).toBeUndefined();
    expect(attribute(tree, e, '', 'b')).toBeUndefined();
    expect(attribute(tree, e, '', '__proto__')).toBeUndefined();
  });

  it('prefixes in scope', () => {
    expect(namespaceForPrefix(tree, c, 'p')).toBe('urn:p');
    expect(namespaceForPrefix(tree, c, '')).toBe('urn:c');
    expect(namespaceForPrefix(tree, e, '')).toBe('');
    expect(namespaceForPrefix(tree, e, 'q')).toBeUndefined();
    expect(namespaceForPrefix(tree, e, 'xml')).toBe('http://www.w3.org/XML/1998/namespace');
    expect(namespaceForPrefix(tree, e, 'xmlns')).toBeUndefined();
  });
});
