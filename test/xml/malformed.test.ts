import { XmlDocument } from 'libxml2-wasm';
import { canonicalize } from '../../src/xml/canonical.js';
import { root } from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';
import { failureAt } from './failure.js';

type Case = readonly [document: string, code: string, offset: number];

function check(document: string, code: string, offset: number): void {
  expect(failureAt(() => scan(document, DEFAULT_XML_LIMITS))).toEqual([code, offset]);
  // Also behind a character that takes the path of code units of two octets.
  if (!document.startsWith('<?xml')) {
    const shifted = `<!--é-->${document}`;
    expect(failureAt(() => scan(Buffer.from(shifted), DEFAULT_XML_LIMITS))).toEqual([code, offset + 8]);
  }
  expect(failureAt(() => scan(Buffer.from(document), DEFAULT_XML_LIMITS))).toEqual([code, offset]);
}

describe('documents that are not well-formed XML 1.0 with Namespaces', () => {
  it.each<Case>([
    // The document
    ['', 'xml.malformed', 0],
    ['   ', 'xml.malformed', 3],
    ['<!-- only a comment -->', 'xml.malformed', 23],
    ['text', 'xml.malformed', 0],
    ['<a/>text', 'xml.malformed', 4],
    ['text<a/>', 'xml.malformed', 0],
    ['<a/>&#32;', 'xml.malformed', 4],
    ['<a/><b/>', 'xml.malformed', 4],
    ['<a></a><a></a>', 'xml.malformed', 7],
    ['<a/><![CDATA[]]>', 'xml.malformed', 4],
    ['</a>', 'xml.malformed', 0],
    ['<a/></a>', 'xml.malformed', 4],
    // Tags
    ['<a>', 'xml.malformed', 3],
    ['<a', 'xml.malformed', 2],
    ['<', 'xml.malformed', 1],
    ['<a><b></a></b>', 'xml.malformed', 6],
    ['<a></b>', 'xml.malformed', 3],
    ['<a></ab>', 'xml.malformed', 3],
    ['<ab></a>', 'xml.malformed', 4],
    ['<a></ a>', 'xml.malformed', 3],
    ['<a></a', 'xml.malformed', 3],
    ['<a></a b="c">', 'xml.malformed', 3],
    ['<a></A>', 'xml.malformed', 3],
    ['< a/>', 'xml.malformed', 1],
    ['<a / >', 'xml.malformed', 3],
    ['<a/', 'xml.malformed', 2],
    ['<1a/>', 'xml.malformed', 1],
    ['<-a/>', 'xml.malformed', 1],
    ['<.a/>', 'xml.malformed', 1],
    ['<a\u00d7/>', 'xml.malformed', 2],
    ['<a\u037e/>', 'xml.malformed', 2],
    ['<\u0301a/>', 'xml.malformed', 1],
    ['<a\u{f0000}/>', 'xml.malformed', 2],
    ['<a!b/>', 'xml.malformed', 2],
    ['<a b/>', 'xml.malformed', 4],
    ['<a b=c/>', 'xml.malformed', 5],
    ['<a b="c/>', 'xml.malformed', 5],
    ['<a b=\'c"/>', 'xml.malformed', 5],
    ['<a b="1"c="2"/>', 'xml.malformed', 8],
    ['<a ="1"/>', 'xml.malformed', 3],
    ['<a b = />', 'xml.malformed', 7],
    ['<a b="<"/>', 'xml.malformed', 6],
    ['<a 1b=""/>', 'xml.malformed', 3],
    ['<a><b/', 'xml.malformed', 5],
    // Character data
    ['<a>]]></a>', 'xml.malformed', 3],
    ['<a>x]]]></a>', 'xml.malformed', 5],
    ['<a>&</a>', 'xml.malformed', 3],
    ['<a>& </a>', 'xml.malformed', 3],
    ['<a>&lt</a>', 'xml.malformed', 3],
    ['<a>&;</a>', 'xml.malformed', 3],
    ['<a>&#;</a>', 'xml.malformed', 3],
    ['<a>&#x;</a>', 'xml.malformed', 3],
    ['<a>&#xG;</a>', 'xml.malformed', 3],
    ['<a>&#1a;</a>', 'xml.malformed', 3],
    ['<a>&#X41;</a>', 'xml.malformed', 3],
    ['<a>&# 65;</a>', 'xml.malformed', 3],
    ['<a>&#-65;</a>', 'xml.malformed', 3],
    ['<a b="&"/>', 'xml.malformed', 6],
    ['<a><![CDATA[x</a>', 'xml.malformed', 3],
    ['<a><![CDATA[x]]></a>]]>', 'xml.malformed', 20],
    ['<a><![cdata[x]]></a>', 'xml.malformed', 3],
    ['<a><![CDATA [x]]></a>', 'xml.malformed', 3],
    // Comments
    ['<a><!-- -- --></a>', 'xml.malformed', 8],
    ['<a><!-- ---></a>', 'xml.malformed', 8],
    ['<a><!--x</a>', 'xml.malformed', 3],
    ['<!-- <a/>', 'xml.malformed', 0],
    ['<a><!- x --></a>', 'xml.malformed', 3],
    ['<!ELEMENT a ANY><a/>', 'xml.malformed', 0],
    // The XML declaration
    ['<?xml version="1.1"?><a/>', 'xml.malformed', 0],
    ['<?xml version="1.0?><a/>', 'xml.malformed', 0],
    ['<?xml version="1.0" standalone="maybe"?><a/>', 'xml.malformed', 0],
    ['<?xml encoding="UTF-8"?><a/>', 'xml.malformed', 0],
    ['<?xml version="1.0" standalone="yes" encoding="UTF-8"?><a/>', 'xml.malformed', 0],
    ['<?xml version="1.0"encoding="UTF-8"?><a/>', 'xml.malformed', 0],
    ['<?xml version="1.0" encoding=""?><a/>', 'xml.malformed', 0],
    ['<?xml version="1.0">\n<a/>', 'xml.malformed', 0],
    // Not of SOAP's subset
    ['<!DOCTYPE a><a/>', 'xml.doctype', 0],
    ['<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', 'xml.doctype', 0],
    ['<a><!DOCTYPE a></a>', 'xml.doctype', 3],
    ['<?xml-stylesheet href="x"?><a/>', 'xml.processing-instruction', 0],
    ['<a><?foo bar?></a>', 'xml.processing-instruction', 3],
    ['<a/><?foo bar?>', 'xml.processing-instruction', 4],
    [' <?xml version="1.0"?><a/>', 'xml.processing-instruction', 1],
    ['<a><?xml version="1.0"?></a>', 'xml.processing-instruction', 3],
    // Entities
    ['<a>&e;</a>', 'xml.entity', 3],
    ['<a>&LT;</a>', 'xml.entity', 3],
    ['<a>&nbsp;</a>', 'xml.entity', 3],
    ['<a b="&e;"/>', 'xml.entity', 6],
    ['<a>&constructor;</a>', 'xml.entity', 3],
    // Characters
    ['<a>\u0000</a>', 'xml.character', 3],
    ['<a>\u0001</a>', 'xml.character', 3],
    ['<a>x\u000b</a>', 'xml.character', 4],
    ['<a>\u001f</a>', 'xml.character', 3],
    ['<a>\ufffe</a>', 'xml.character', 3],
    ['<a>\uffff</a>', 'xml.character', 3],
    ['<a b="\u0008"/>', 'xml.character', 6],
    ['<a b="\u001b"/>', 'xml.character', 6],
    ['<a><!--\u0001--></a>', 'xml.character', 7],
    ['<!--\u0001--><a/>', 'xml.character', 4],
    ['<a><![CDATA[\u0001]]></a>', 'xml.character', 12],
    ['<a>&#0;</a>', 'xml.character', 3],
    ['<a>&#1;</a>', 'xml.character', 3],
    ['<a>&#xB;</a>', 'xml.character', 3],
    ['<a>&#xD800;</a>', 'xml.character', 3],
    ['<a>&#xDFFF;</a>', 'xml.character', 3],
    ['<a>&#xFFFE;</a>', 'xml.character', 3],
    ['<a>&#x110000;</a>', 'xml.character', 3],
    ['<a>&#99999999999999999999;</a>', 'xml.character', 3],
    ['<a b="&#0;"/>', 'xml.character', 6],
    // Namespaces
    ['<p:a/>', 'xml.namespace', 0],
    ['<a p:b=""/>', 'xml.namespace', 0],
    ['<a><b xmlns:p="urn:p"/><p:c/></a>', 'xml.namespace', 23],
    ['<a xmlns:p=""/>', 'xml.namespace', 3],
    ['<a xmlns:xml="urn:x"/>', 'xml.namespace', 3],
    ['<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>', 'xml.namespace', 3],
    ['<a xmlns="http://www.w3.org/XML/1998/namespace"/>', 'xml.namespace', 3],
    ['<a xmlns:xmlns="urn:x"/>', 'xml.namespace', 3],
    ['<a xmlns:p="http://www.w3.org/2000/xmlns/"/>', 'xml.namespace', 3],
    ['<a xmlns="http://www.w3.org/2000/xmlns/"/>', 'xml.namespace', 3],
    ['<xmlns:a/>', 'xml.namespace', 0],
    ['<a:b:c xmlns:a="urn:a"/>', 'xml.namespace', 4],
    ['<:a/>', 'xml.namespace', 1],
    ['<a:/>', 'xml.namespace', 3],
    ['<a :b=""/>', 'xml.namespace', 3],
    ['<a xmlns:="urn:a"/>', 'xml.namespace', 9],
    ['<a:1 xmlns:a="urn:a"/>', 'xml.malformed', 3],
    ['<a b="" b=""/>', 'xml.duplicate-attribute', 0],
    ['<a b="" c="" b=""/>', 'xml.duplicate-attribute', 0],
    ['<a xmlns:p="urn:1" xmlns:q="urn:1" p:b="" q:b=""/>', 'xml.duplicate-attribute', 0],
    ['<a xmlns="urn:1" xmlns="urn:1"/>', 'xml.duplicate-attribute', 17],
    ['<a xmlns:p="urn:1" xmlns:p="urn:2"/>', 'xml.duplicate-attribute', 19],
    // Namespace names and attributes that a canonicalizer prints in two ways (security.md §0, 1)
    ['<op xmlns=\'urn:x" limit="10\'/>', 'xml.namespace', 11],
    ['<a xmlns="urn:x y"/>', 'xml.namespace', 10],
    ['<a xmlns="urn:&lt;x>"/>', 'xml.namespace', 10],
    ['<a xmlns="urn:&quot;"/>', 'xml.namespace', 10],
    ['<a xmlns="urn:\'"/>', 'xml.namespace', 10],
    ['<a xmlns="urn:\t"/>', 'xml.namespace', 10],
    ['<a xmlns="urn:\u00e9"/>', 'xml.namespace', 10],
    ['<a xmlns="urn:&#10;"/>', 'xml.namespace', 10],
    ['<a xmlns="urn:{x}"/>', 'xml.namespace', 10],
    ['<a xmlnsFoo="evil"/>', 'xml.namespace', 3],
    ['<a xmlns-b="evil"/>', 'xml.namespace', 3],
  ])('%j', (document, code, offset) => {
    check(document, code, offset);
  });

  it('refuses the thirteenth attribute as the second', () => {
    const names = Array.from({ length: 20 }, (_, i) => ` a${19 - i}=""`).join('');
    expect(failureAt(() => scan(`<a${names}/>`, DEFAULT_XML_LIMITS))).toBe('none');
    expect(failureAt(() => scan(`<a${names} a3=""/>`, DEFAULT_XML_LIMITS))).toEqual(['xml.duplicate-attribute', 0]);
    const prefixes = ' xmlns:p="urn:1" xmlns:q="urn:1"';
    expect(failureAt(() => scan(`<a${prefixes}${names} p:z="" a="" q:z=""/>`, DEFAULT_XML_LIMITS))).toEqual([
      'xml.duplicate-attribute',
      0,
    ]);
  });

  it('refuses halves of surrogate pairs in a string', () => {
    const halves: readonly Case[] = [
      ['<a>\ud83d</a>', 'xml.encoding', 3],
      ['<a>\ude00</a>', 'xml.encoding', 3],
      ['<a>\ude00\ud83d</a>', 'xml.encoding', 3],
      ['<a b="\ud83d"/>', 'xml.encoding', 6],
      ['<a><!--\ud83d--></a>', 'xml.encoding', 7],
      ['<a><![CDATA[\ude00]]></a>', 'xml.encoding', 12],
    ];
    for (const [document, code, offset] of halves) {
      expect(failureAt(() => scan(document, DEFAULT_XML_LIMITS))).toEqual([code, offset]);
      const utf16 = Buffer.from(`\ufeff${document}`, 'utf16le');
      expect(failureAt(() => scan(utf16, DEFAULT_XML_LIMITS))).toEqual([code, offset]);
    }
    expect(failureAt(() => scan('<a\ud83d/>', DEFAULT_XML_LIMITS))).toEqual(['xml.malformed', 2]);
  });
});

describe('documents that look wrong and are not', () => {
  it.each<[string, string]>([
    ['<a\n>x</a\t>', '<a>x</a>'],
    ['<a b = "c"/>', '<a b="c"></a>'],
    ['<a b="]]>"/>', '<a b="]]>"></a>'],
    ['<a b=">"/>', '<a b=">"></a>'],
    ["<a b='\"'/>", '<a b="&quot;"></a>'],
    ['<a>]]</a>', '<a>]]</a>'],
    ['<a>]] ></a>', '<a>]] &gt;</a>'],
    ['<a>]></a>', '<a>]&gt;</a>'],
    ['<a>]]&gt;</a>', '<a>]]&gt;</a>'],
    ['<a><![CDATA[]]]]><![CDATA[>]]></a>', '<a>]]&gt;</a>'],
    ['<a><![CDATA[<b>&amp;</b>]]></a>', '<a>&lt;b&gt;&amp;amp;&lt;/b&gt;</a>'],
    ['<a><![CDATA[]]></a>', '<a></a>'],
    ['<a>&#x41;&#65;&#x1F600;&#0065;</a>', '<a>AA😀A</a>'],
    ['<a>\u007f\u0085\u2028\ufffd\ue000\ud7ff</a>', '<a>\u007f\u0085\u2028\ufffd\ue000\ud7ff</a>'],
    ['<a>1\r\n2\r3\n</a>', '<a>1\n2\n3\n</a>'],
    ['<a>&#13;\n</a>', '<a>&#xD;\n</a>'],
    ['<a b="1\r\n2\r3\n4\t5"/>', '<a b="1 2 3 4 5"></a>'],
    ['<a b="&#13;&#10;&#9;"/>', '<a b="&#xD;&#xA;&#x9;"></a>'],
    ['<a><!-- \r\n --></a>', '<a><!-- \n --></a>'],
    ['<a><!----></a>', '<a><!----></a>'],
    ['<a><!-->--></a>', '<a><!-->--></a>'],
    ['<!-- before --> <a/> <!-- after -->\n', '<a></a>'],
    ['<?xml version="1.0"?><a/>', '<a></a>'],
    ["<?xml version='1.0' encoding='utf-8' standalone='no' ?>\r\n<a/>", '<a></a>'],
    ['<a xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:b=""/>', '<a xml:b=""></a>'],
    ['<xml/>', '<xml></xml>'],
    ['<xmlnsa/>', '<xmlnsa></xmlnsa>'],
    ['<a xmlns:p="urn:p" p:xmlns=""/>', '<a xmlns:p="urn:p" p:xmlns=""></a>'],
    ['<a xmlns="urn:%20?q=1&amp;b#f"/>', '<a xmlns="urn:%20?q=1&amp;b#f"></a>'],
    ['<a xmlns:p="urn:p" b="" p:b=""/>', '<a xmlns:p="urn:p" b="" p:b=""></a>'],
    ['<__proto__ constructor=""/>', '<__proto__ constructor=""></__proto__>'],
    ['<\u{10000}\u{effff}/>', '<\u{10000}\u{effff}></\u{10000}\u{effff}>'],
    ['<é·/>', '<é·></é·>'],
  ])('%j', (document, canonical) => {
    const tree = scan(document, DEFAULT_XML_LIMITS);
    expect(canonicalize(tree, root(tree), { method: 'exclusive', comments: true })).toBe(canonical);
    XmlDocument.fromString(document).dispose();
  });
});
