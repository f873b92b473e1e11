import fc from 'fast-check';
import { canonicalize } from '../../src/xml/canonical.js';
import {
  attribute,
  content,
  elements,
  isElement,
  isElementNode,
  isTextNode,
  namespaceForPrefix,
  namespaceOf,
  parentOf,
  root,
  text,
} from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan, splice } from '../../src/xml/scan.js';
import type { Node, Tree } from '../../src/xml/tree.js';
import { outer } from '../../src/xml/write.js';
import { document, EVERYTHING } from './documents.js';
import { failureAt } from './failure.js';
import { allElements } from './oracles.js';

const DOCUMENT =
  '<s:E xmlns:s="urn:s" xmlns="urn:d"><s:H/><s:B>before<x:D xmlns:x="urn:x" xmlns:y="urn:y" Id="1"><x:C>AAAA</x:C></x:D>after</s:B></s:E>';

function opened(document = DOCUMENT): { tree: Tree; body: Node; place: Node } {
  const tree = scan(document, DEFAULT_XML_LIMITS);
  const body = elements(tree, root(tree))[1]!;
  return { tree, body, place: elements(tree, body)[0]! };
}

function into(tree: Tree, place: Node, fragment: string): readonly Node[] {
  return splice(tree, place, Buffer.from(fragment), DEFAULT_XML_LIMITS);
}

const SPLICED = { method: 'exclusive' } as const;
const RECEIVED = { method: 'exclusive', received: true } as const;

describe('a spliced tree', () => {
  it.each<[string, string]>([
    ['an element', '<s:x a="1"><b/></s:x>'],
    ['several elements', '<b/><s:c/><d>x</d>'],
    ['mixed content', 'one<b/>two<!--three--><![CDATA[<four>]]>'],
    ['text', 'text &amp; more\r\n'],
    ['nothing', ''],
    ['characters of more than one octet', '<b>é😀\u2028</b>'],
    ['elements with namespaces of their own', '<x:b xmlns:x="urn:other" xmlns="" x:a="1"><c/></x:b>'],
  ])('is the tree of the document with %s written in its place', (_title, fragment) => {
    const { tree, place } = opened();
    const before = allElements(tree).map((node) => [node, canonicalize(tree, node, SPLICED)] as const);
    into(tree, place, fragment);
    const written = DOCUMENT.replace(/<x:D.*<\/x:D>/, fragment);
    const expected = scan(written, DEFAULT_XML_LIMITS);
    for (const options of [SPLICED, { method: 'inclusive', comments: true }] as const) {
      expect(allElements(tree).map((node) => canonicalize(tree, node, options))).toEqual(
        allElements(expected).map((node) => canonicalize(expected, node, options)),
      );
    }
    expect(outer(tree, root(tree))).toBe(outer(expected, root(expected)));
    expect(text(tree, root(tree))).toBe(text(expected, root(expected)));
    for (const [node, form] of before) expect(canonicalize(tree, node, RECEIVED)).toBe(form);
  });

  it('returns the elements and text now in the place, linked there', () => {
    const { tree, body, place } = opened();
    const nodes = into(tree, place, 'one<b Id="2"/><!--two-->');
    expect(nodes.map((node) => [isTextNode(tree, node), isElementNode(tree, node)])).toEqual([
      [true, false],
      [false, true],
      [false, false],
    ]);
    expect(nodes.map((node) => parentOf(tree, node))).toEqual([body, body, body]);
    const children = content(tree, body);
    expect(children.slice(1, 4)).toEqual(nodes);
    expect(children).toHaveLength(5);
    expect(attribute(tree, nodes[1]!, '', 'Id')).toBe('2');
    expect(elements(tree, body)).toEqual([nodes[1]]);
  });

  it('lists the new attributes after those that were there', () => {
    const { tree, place } = opened();
    const before = tree.attributeCount;
    const [node] = into(tree, place, '<b Id="2" xmlns:p="urn:p" p:Id="3"/>');
    expect(tree.attributeLocal.slice(before)).toEqual(['Id', 'Id']);
    expect(tree.attributeNamespace.slice(before)).toEqual(['', 'urn:p']);
    expect(tree.attributeValue.slice(before)).toEqual(['2', '3']);
    expect(tree.attributeOwner.slice(before)).toEqual([node, node]);
  });

  it('reads with the namespaces outside of the place, not with its own', () => {
    const { tree, place } = opened();
    expect(failureAt(() => into(tree, place, '<x:b/>'))).toEqual(['xml.namespace', 0]);
    expect(failureAt(() => into(tree, place, '<b y:a=""/>'))).toEqual(['xml.namespace', 0]);
    const [node] = into(tree, place, '<b/>');
    expect(namespaceOf(tree, node!)).toBe('urn:d');
    expect(namespaceForPrefix(tree, node!, 's')).toBe('urn:s');
    expect(namespaceForPrefix(tree, node!, 'x')).toBeUndefined();
  });

  it('knows the nearest of two declarations, one taken back, and xml', () => {
    const { tree, place } = opened('<a xmlns="urn:1" xmlns:p="urn:p"><b/><c xmlns="" xmlns:p="urn:q"><D/></c></a>');
    const [bare, prefixed] = into(tree, place, '<e xml:lang="en"/><p:e/>');
    expect(isElement(tree, bare!, '', 'e')).toBe(true);
    expect(isElement(tree, prefixed!, 'urn:q', 'e')).toBe(true);
    expect(attribute(tree, bare!, 'http://www.w3.org/XML/1998/namespace', 'lang')).toBe('en');
  });

  it('takes a splice inside of what was spliced in', () => {
    const { tree, place } = opened();
    const [first] = into(tree, place, '<q xmlns:q="urn:q"><D/>tail</q>');
    const received = canonicalize(tree, first!, RECEIVED);
    const inner = elements(tree, first!)[0]!;
    const [second] = into(tree, inner, '<q:r>x</q:r>');
    expect(canonicalize(tree, first!, SPLICED)).toBe('<q xmlns="urn:d"><q:r xmlns:q="urn:q">x</q:r>tail</q>');
    expect(canonicalize(tree, first!, RECEIVED)).toBe(received);
    expect(parentOf(tree, second!)).toBe(first);
    expect(canonicalize(tree, root(tree), RECEIVED)).toBe(canonicalize(opened().tree, 0, SPLICED));
  });

  it('does not mind what becomes of octets that it has read', () => {
    const octets = Buffer.from('<a><p:b xmlns:p="urn:p"/><D/><D/></a>');
    const tree = scan(octets, DEFAULT_XML_LIMITS);
    const [, first, second] = elements(tree, root(tree));
    octets.write('<a><p:c xmlns:p="urn:q"/>');
    const fragment = Buffer.from('<p:c xmlns:p="urn:q"/>');
    const [one] = splice(tree, first!, fragment, DEFAULT_XML_LIMITS);
    fragment.fill(0);
    const [two] = into(tree, second!, '<p:c xmlns:p="urn:q"/>');
    expect([one, two].map((node) => isElement(tree, node!, 'urn:q', 'c'))).toEqual([true, true]);
    expect(outer(tree, root(tree))).toBe('<a><p:b xmlns:p="urn:p"/><p:c xmlns:p="urn:q"/><p:c xmlns:p="urn:q"/></a>');
  });

  it('takes splices side by side, in any order', () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const tree = scan('<a><p/><p/><p/></a>', DEFAULT_XML_LIMITS);
      const places = elements(tree, root(tree));
      for (const i of order) into(tree, places[i]!, i === 1 ? '' : `${i}`);
      expect(outer(tree, root(tree))).toBe('<a>02</a>');
      expect(canonicalize(tree, root(tree), RECEIVED)).toBe('<a><p></p><p></p><p></p></a>');
    }
  });
});

describe('generated documents', () => {
  const whole = { method: 'inclusive', comments: true } as const;

  it('stay the same when an element is replaced by itself, and inside of it another', () => {
    fc.assert(
      fc.property(document(EVERYTHING), fc.nat(), (written, seed) => {
        const tree = scan(Buffer.from(written), DEFAULT_XML_LIMITS);
        const all = allElements(tree);
        const before = all.map((node) => canonicalize(tree, node, SPLICED));
        const expected = canonicalize(tree, root(tree), whole);
        let node = all[seed % all.length]!;
        while (node !== root(tree)) {
          const [replaced] = into(tree, node, outer(tree, node));
          expect(canonicalize(tree, root(tree), whole)).toBe(expected);
          const [child] = elements(tree, replaced!);
          if (child === undefined) break;
          node = child;
        }
        expect(all.map((each) => canonicalize(tree, each, RECEIVED))).toEqual(before);
        const again = scan(outer(tree, root(tree)), DEFAULT_XML_LIMITS);
        expect(canonicalize(again, root(again), whole)).toBe(expected);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a splice that is refused', () => {
  it.each<[string, string | Buffer, string, number]>([
    ['an element that does not end', '<b>', 'xml.malformed', 3],
    ['an end tag that would end the place’s parent', '</s:B><s:B>', 'xml.malformed', 0],
    ['an end tag too many', '<b/></s:B>', 'xml.malformed', 4],
    ['a document type declaration', '<!DOCTYPE b><b/>', 'xml.doctype', 0],
    ['an XML declaration', '<?xml version="1.0"?><b/>', 'xml.processing-instruction', 0],
    ['a processing instruction', '<b/><?b?>', 'xml.processing-instruction', 4],
    ['an entity', '<b>&e;</b>', 'xml.entity', 3],
    ['a character that is none', '\u0001', 'xml.character', 0],
    ['octets that are not UTF-8', Buffer.from([0x3c, 0x62, 0xff]), 'xml.encoding', 0],
    ['UTF-16', Buffer.from('\ufeff<b/>', 'utf16le'), 'xml.encoding', 0],
    ['"]]>"', 'x]]>', 'xml.malformed', 1],
    ['half a tag', '<b', 'xml.malformed', 2],
    ['two attributes of one name', '<b a="" a=""/>', 'xml.duplicate-attribute', 0],
  ])('%s leaves the tree as it was', (_title, fragment, code, offset) => {
    const { tree, place } = opened();
    const before = structuredClone({
      ...tree,
      vocabulary: undefined,
      nodes: tree.nodes.map(({ name, ...rest }) => rest),
      attributeName: [],
    });
    expect(failureAt(() => splice(tree, place, Buffer.from(fragment as string), DEFAULT_XML_LIMITS))).toEqual([
      code,
      offset,
    ]);
    expect({
      ...tree,
      vocabulary: undefined,
      nodes: tree.nodes.map(({ name, ...rest }) => rest),
      attributeName: [],
    }).toEqual(before);
    into(tree, place, 'ok');
    expect(outer(tree, root(tree))).toBe(DOCUMENT.replace(/<x:D.*<\/x:D>/, 'ok'));
  });

  it('of the root element', () => {
    const { tree } = opened();
    expect(failureAt(() => into(tree, root(tree), '<b/>'))).toEqual(['xml.unexpected', 0]);
  });

  it('of an element that is gone, or inside of one', () => {
    const { tree, place } = opened();
    const inside = elements(tree, place)[0]!;
    into(tree, place, '<b/>');
    expect(failureAt(() => into(tree, place, '<c/>'))).toEqual(['xml.unexpected', 0]);
    expect(failureAt(() => into(tree, inside, '<c/>'))).toEqual(['xml.unexpected', 0]);
  });
});
