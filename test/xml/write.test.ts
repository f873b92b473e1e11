import fc from 'fast-check';
import { type CanonicalOptions, canonicalize } from '../../src/xml/canonical.js';
import { setAttribute } from '../../src/xml/edit.js';
import { attribute, elements, namespaceForPrefix, root } from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';
import { NONE, type Node, type Tree } from '../../src/xml/tree.js';
import { bareStartTag, endTag, escapeAttribute, escapeText, inner, outer, startTag } from '../../src/xml/write.js';
import { document, EVERYTHING } from './documents.js';
import { allElements, ourForms } from './oracles.js';

const WHOLE: CanonicalOptions = { method: 'inclusive', comments: true };

function read(text: string): Tree {
  return scan(text, DEFAULT_XML_LIMITS);
}

function firstOf(tree: Tree): Node {
  return elements(tree, root(tree))[0]!;
}

describe('what is written', () => {
  it('is the document that was scanned, and stays as it is', () => {
    fc.assert(
      fc.property(document(EVERYTHING), (text) => {
        const tree = read(text);
        const written = outer(tree, root(tree));
        expect(ourForms(written, WHOLE)).toEqual(ourForms(text, WHOLE));
        const again = read(written);
        expect(outer(again, root(again))).toBe(written);
        expect(`${startTag(tree, root(tree))}${inner(tree, root(tree))}${endTag(tree, root(tree))}`).toBe(
          written.endsWith('/>') ? `${written.slice(0, -2)}>${endTag(tree, root(tree))}` : written,
        );
      }),
      { numRuns: 150 },
    );
  });

  it('is each element as it stands in its place', () => {
    fc.assert(
      fc.property(document(EVERYTHING), fc.nat(), (text, seed) => {
        const tree = read(text);
        const all = allElements(tree);
        const parents = all.filter((node) => elements(tree, node).length > 0);
        if (parents.length === 0) return;
        const parent = parents[seed % parents.length]!;
        const children = inner(tree, parent);
        expect(outer(tree, parent)).toBe(`${startTag(tree, parent)}${children}${endTag(tree, parent)}`);
      }),
      { numRuns: 100 },
    );
  });

  it.each<[string, string]>([
    ["<a b = '\"' ><!-- c --><d /></a >", '<a b="&quot;"><!-- c --><d></d></a>'],
    ['<a><![CDATA[<x>&amp;]]></a>', '<a>&lt;x&gt;&amp;amp;</a>'],
    ['<a>&#13;\r\n&quot;></a>', '<a>&#xD;\n"&gt;</a>'],
    ['<a b="&#9;&#10;&#13;&lt;&gt;"/>', '<a b="&#x9;&#xA;&#xD;&lt;>"></a>'],
    ['<a c="" xmlns="urn:a" b=""/>', '<a c="" xmlns="urn:a" b=""/>'],
    ["<a c='' xmlns='urn:a' b=''/>", '<a xmlns="urn:a" c="" b=""></a>'],
    ['<a><!--\r\n--></a>', '<a><!--\n--></a>'],
  ])('%j', (text, written) => {
    const tree = read(text);
    expect(outer(tree, root(tree))).toBe(written);
  });

  it('start and end tags, also of an empty element', () => {
    const tree = read('<a xmlns:p="urn:p"><p:b xmlns="urn:b" c="1"/><p:b\n/></a>');
    const [first, second] = elements(tree, root(tree)) as [Node, Node];
    expect([startTag(tree, first), endTag(tree, first)]).toEqual(['<p:b xmlns="urn:b" c="1">', '</p:b>']);
    expect(bareStartTag(tree, first)).toBe('<p:b xmlns="urn:b">');
    expect(startTag(tree, second)).toBe('<p:b>');
    expect(inner(tree, first)).toBe('');
    // An attribute before the declarations stays there, in each way of writing the element.
    const mixed = read('<a b="" xmlns="urn:a"/>');
    expect(startTag(mixed, root(mixed))).toBe('<a b="" xmlns="urn:a">');
    expect(outer(mixed, root(mixed))).toBe('<a b="" xmlns="urn:a"/>');
  });

  it('leaves out one attribute of the element alone', () => {
    const tree = read('<a xmlns:p="urn:p"><b p:c="1" c="2"><b p:c="3"/></b></a>');
    const omitted = outer(tree, firstOf(tree), { namespace: 'urn:p', local: 'c' });
    expect(omitted).toBe('<b c="2"><b p:c="3"/></b>');
    expect(outer(tree, firstOf(tree), { namespace: '', local: 'c' })).toBe('<b p:c="1"><b p:c="3"/></b>');
    expect(outer(tree, firstOf(tree), { namespace: 'urn:q', local: 'c' })).toBe(outer(tree, firstOf(tree)));
  });

  it('escapes as Canonical XML does', () => {
    expect(escapeText('<&>"\'\r\n\t')).toBe('&lt;&amp;&gt;"\'&#xD;\n\t');
    expect(escapeAttribute('<&>"\'\r\n\t')).toBe("&lt;&amp;>&quot;'&#xD;&#xA;&#x9;");
  });
});

describe('setting an attribute', () => {
  it.each<[string, string, readonly [string, string, string, string], string]>([
    ['declares its prefix', '<a><b/></a>', ['u', 'urn:u', 'Id', '1'], '<b xmlns:u="urn:u" u:Id="1"></b>'],
    ['uses the prefix that is in scope', '<a xmlns:u="urn:u"><b/></a>', ['u', 'urn:u', 'Id', '1'], '<b u:Id="1"></b>'],
    [
      'picks another where that means something else',
      '<a xmlns:u="urn:o"><b/></a>',
      ['u', 'urn:u', 'Id', '1'],
      '<b xmlns:u1="urn:u" u1:Id="1"></b>',
    ],
    [
      'and finds it again',
      '<a xmlns:u="urn:o" xmlns:u1="urn:u"><b/></a>',
      ['u', 'urn:u', 'Id', '1'],
      '<b u1:Id="1"></b>',
    ],
    [
      'and another still',
      '<a xmlns:u="urn:o" xmlns:u1="urn:p"><b/></a>',
      ['u', 'urn:u', 'Id', '1'],
      '<b xmlns:u2="urn:u" u2:Id="1"></b>',
    ],
    ['without a namespace', '<a><b/></a>', ['u', '', 'Id', '1'], '<b Id="1"></b>'],
    ['of xml', '<a><b/></a>', ['u', 'http://www.w3.org/XML/1998/namespace', 'lang', 'en'], '<b xml:lang="en"></b>'],
    [
      'replaces a value',
      '<a xmlns:v="urn:u"><b x="0" v:Id="0"/></a>',
      ['u', 'urn:u', 'Id', '1'],
      '<b x="0" v:Id="1"></b>',
    ],
    ['with escapes', '<a><b/></a>', ['u', '', 'Id', '<"&\n'], '<b Id="&lt;&quot;&amp;&#xA;"></b>'],
    [
      'after those that are there',
      '<a><b xmlns:z="urn:z" z:y="1" x="2">t</b></a>',
      ['u', 'urn:u', 'Id', '1'],
      '<b xmlns:z="urn:z" xmlns:u="urn:u" z:y="1" x="2" u:Id="1">t</b>',
    ],
  ])('%s', (_title, text, [prefix, namespace, local, value], expected) => {
    const tree = read(text);
    const node = firstOf(tree);
    setAttribute(tree, node, prefix, namespace, local, value);
    expect(outer(tree, node)).toBe(expected);
    expect(attribute(tree, node, namespace, local)).toBe(value);
    const written = outer(tree, root(tree));
    expect(ourForms(written, WHOLE)).toEqual(allElements(tree).map((each) => canonicalize(tree, each, WHOLE)));
    for (const options of [{ method: 'exclusive' }, { method: 'exclusive', prefixList: ['u', 'u1'] }] as const) {
      expect(ourForms(written, options)).toEqual(allElements(tree).map((each) => canonicalize(tree, each, options)));
    }
  });

  it('leaves nothing behind in the columns that are read by index', () => {
    const tree = read('<a Id="0"><b Id="1" c="2"/></a>');
    const node = firstOf(tree);
    setAttribute(tree, node, 'u', 'urn:u', 'Id', '3');
    const owned = Array.from({ length: tree.attributeCount }, (_, i) => i).filter(
      (i) => tree.attributeOwner[i] !== NONE,
    );
    expect(
      owned.map((i) => [
        tree.attributeOwner[i],
        tree.attributeNamespace[i],
        tree.attributeLocal[i],
        tree.attributeValue[i],
      ]),
    ).toEqual([
      [root(tree), '', 'Id', '0'],
      [node, '', 'Id', '1'],
      [node, '', 'c', '2'],
      [node, 'urn:u', 'Id', '3'],
    ]);
    const moved = Array.from({ length: tree.attributeCount }, (_, i) => i).filter(
      (i) => tree.attributeOwner[i] === NONE,
    );
    expect(moved.map((i) => tree.attributeLocal[i])).toEqual(['', '']);
    expect(namespaceForPrefix(tree, node, 'u')).toBe('urn:u');
    expect(namespaceForPrefix(tree, root(tree), 'u')).toBeUndefined();
  });

  it('means the same in the tree and in what is written of it', () => {
    fc.assert(
      fc.property(
        document(EVERYTHING),
        fc.nat(),
        fc.constantFrom('a', 'b', 'u'),
        fc.constantFrom('urn:a', 'urn:u'),
        (text, seed, prefix, namespace) => {
          const tree = read(text);
          const all = allElements(tree);
          const node = all[seed % all.length]!;
          setAttribute(tree, node, prefix, namespace, 'Id', 'v');
          setAttribute(tree, root(tree), prefix, 'urn:b', 'Id', '"');
          expect(attribute(tree, node, namespace, 'Id')).toBe('v');
          const written = outer(tree, root(tree));
          expect(ourForms(written, WHOLE)).toEqual(all.map((each) => canonicalize(tree, each, WHOLE)));
          expect(ourForms(written, { method: 'exclusive' })).toEqual(
            all.map((each) => canonicalize(tree, each, { method: 'exclusive' })),
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});
