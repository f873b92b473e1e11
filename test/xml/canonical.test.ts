import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { CanonicalOptions } from '../../src/xml/canonical.js';
import { isQuiet } from '../../src/xml/characters.js';
import { sharedFolder } from '../crypto/shared.js';
import { document, EVERYTHING, QUIET, TAME } from './documents.js';
import { libxml2Form, libxml2Forms, ourForms, xmlCryptoForms, xmlCryptoInclusive } from './oracles.js';

const RECORDINGS = fileURLToPath(new URL('recordings/', import.meta.url));

const OPTIONS: readonly CanonicalOptions[] = [
  { method: 'exclusive' },
  { method: 'exclusive', comments: true },
  { method: 'exclusive', prefixList: ['soap', 'wsse', 'a', 'ns1', 'unknown', 'xml'] },
  { method: 'exclusive', comments: true, prefixList: ['#default', 'b', 'xsd'] },
  { method: 'inclusive' },
  { method: 'inclusive', comments: true },
];

function xmlFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.xml'))
    .map((entry) => `${entry.parentPath}/${entry.name}`);
}

function agreesWithLibxml2(text: Buffer | string): void {
  for (const options of OPTIONS)
    expect([options, ourForms(text, options)]).toEqual([options, libxml2Forms(text, options)]);
}

describe('every element of a recorded message, as libxml2 and xml-crypto write it', () => {
  it.each(readdirSync(RECORDINGS).filter((name) => name.endsWith('.xml')))('%s', (name) => {
    const octets = readFileSync(`${RECORDINGS}${name}`);
    agreesWithLibxml2(octets);
    for (const options of OPTIONS.slice(0, 2))
      expect(ourForms(octets, options)).toEqual(xmlCryptoForms(octets, options));
    // xml-crypto takes no context into account for a PrefixList.
    const listed: CanonicalOptions = { method: 'exclusive', prefixList: ['soap'] };
    expect(ourForms(octets, listed)[0]).toEqual(xmlCryptoForms(octets, listed)[0]);
    expect(ourForms(octets, { method: 'inclusive' })[0]).toBe(xmlCryptoInclusive(octets));
  });

  const samples = sharedFolder('protocol/samples');
  const others = samples === undefined ? [] : xmlFiles(samples);
  it('and of every other recording at hand', () => {
    for (const file of others) {
      const octets = readFileSync(file);
      const forms = ourForms(octets, { method: 'exclusive' });
      expect([file, forms]).toEqual([file, xmlCryptoForms(octets, { method: 'exclusive' })]);
      expect([file, forms[0]]).toEqual([file, libxml2Form(octets, { method: 'exclusive' })]);
      expect([file, ourForms(octets, { method: 'inclusive' })[0]]).toEqual([
        file,
        libxml2Form(octets, { method: 'inclusive' }),
      ]);
    }
  });
});

describe('generated documents', () => {
  it('have libxml2’s canonical forms, whichever element is the apex', () => {
    fc.assert(fc.property(document(EVERYTHING), agreesWithLibxml2), { numRuns: 120 });
  });

  it('have xml-crypto’s, where it has no known fault', () => {
    fc.assert(
      fc.property(document(TAME), (text) => {
        for (const options of OPTIONS.slice(0, 2)) {
          expect([options, ourForms(text, options)]).toEqual([options, xmlCryptoForms(text, options)]);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('are the same where the text takes the short way', () => {
    let quiet = 0;
    fc.assert(
      fc.property(document(QUIET), (text) => {
        if (isQuiet(text)) quiet++;
        for (const options of [OPTIONS[1]!, OPTIONS[5]!]) {
          expect(ourForms(Buffer.from(text), options)).toEqual(ourForms(text, options));
        }
      }),
      { numRuns: 300 },
    );
    expect(quiet).toBeGreaterThan(10);
  });

  it('are the same in UTF-16 and behind a byte order mark', () => {
    fc.assert(
      fc.property(document(EVERYTHING), (text) => {
        const bare = text.replace(/^<\?xml[^>]*>/, '');
        const expected = ourForms(bare, { method: 'inclusive', comments: true });
        const little = Buffer.from(`\ufeff${bare}`, 'utf16le');
        for (const octets of [Buffer.from(bare), Buffer.from(`\ufeff${bare}`), little, Buffer.from(little).swap16()]) {
          expect(ourForms(octets, { method: 'inclusive', comments: true })).toEqual(expected);
        }
      }),
      { numRuns: 50 },
    );
  });
});

/** Here xml-crypto or xmldom is wrong: libxml2 and the specification decide. */
describe('known faults of an oracle', () => {
  it.each<[string, string, CanonicalOptions]>([
    ['prefixes are sorted by locale', '<x xmlns:b="urn:b" xmlns:B="urn:B" b:q="1" B:q="2"/>', { method: 'exclusive' }],
    [
      'attributes are sorted by concatenation',
      '<x xmlns:a="urn:a" xmlns:b="urn:ab" a:z="1" b:b="2"/>',
      { method: 'exclusive' },
    ],
    [
      '#default is ignored',
      '<x xmlns="urn:d" xmlns:p="urn:p"><p:y/></x>',
      { method: 'exclusive', prefixList: ['#default'] },
    ],
    [
      'an element ends early where its end tag has a space and an earlier one has not',
      '<a><b></b><b>x</b ></a>',
      { method: 'exclusive' },
    ],
    ['U+2028 becomes a line feed', '<x>\u2028</x>', { method: 'exclusive' }],
    ['U+0085 becomes a line feed', '<x>\u0085</x>', { method: 'exclusive' }],
  ])('%s', (_fault, text, options) => {
    expect(ourForms(text, options)).toEqual(libxml2Forms(text, options));
    expect(ourForms(text, options)).not.toEqual(xmlCryptoForms(text, options));
  });
});

describe('canonical forms that the specifications show', () => {
  it.each<[string, string, CanonicalOptions, string]>([
    // Canonical XML 1.0 §3.3, §3.4; Exclusive XML Canonicalization 1.0 §2.2
    [
      'a default namespace that is taken back',
      '<a xmlns="urn:a"><b xmlns=""/></a>',
      { method: 'exclusive' },
      '<a xmlns="urn:a"><b xmlns=""></b></a>',
    ],
    [
      'no xmlns="" where nothing is to be taken back',
      '<a xmlns=""><b xmlns=""/></a>',
      { method: 'inclusive' },
      '<a><b></b></a>',
    ],
    [
      'attributes by namespace, then name',
      '<e5 xmlns="http://example.org" xmlns:a="http://www.w3.org" xmlns:b="http://www.ietf.org" b:attr="sorted" a:attr="out" attr2="all" attr="I\'m"/>',
      { method: 'inclusive' },
      '<e5 xmlns="http://example.org" xmlns:a="http://www.w3.org" xmlns:b="http://www.ietf.org" attr="I\'m" attr2="all" b:attr="sorted" a:attr="out"></e5>',
    ],
    ['characters of text', '<v>&#x32;&lt;&gt;&#13;"\'</v>', { method: 'inclusive' }, '<v>2&lt;&gt;&#xD;"\'</v>'],
    [
      'CDATA sections',
      '<c><![CDATA[value>"0" && value<"10" ?"valid":"error"]]></c>',
      { method: 'inclusive' },
      '<c>value&gt;"0" &amp;&amp; value&lt;"10" ?"valid":"error"</c>',
    ],
    [
      'characters of an attribute',
      "<e a=' &#39;&#x20;&#13;&#xa;&#9;&quot; '/>",
      { method: 'inclusive' },
      '<e a=" \' &#xD;&#xA;&#x9;&quot; "></e>',
    ],
    [
      'a prefix that only the context declares',
      '<n0:a xmlns:n0="urn:0" xmlns:n1="urn:1" n1:x="" />',
      { method: 'exclusive', prefixList: ['n0', 'n1'] },
      '<n0:a xmlns:n0="urn:0" xmlns:n1="urn:1" n1:x=""></n0:a>',
    ],
  ])('%s', (_title, text, options, expected) => {
    expect(ourForms(text, options)[0]).toBe(expected);
  });

  it('takes the xml: attributes of the context, the nearest of each name, in Canonical XML alone', () => {
    const text = '<a xml:lang="en" xml:space="default"><b xml:lang="de" xml:id="b"><c xml:space="preserve"/></b></a>';
    expect(ourForms(text, { method: 'inclusive' })[2]).toBe('<c xml:id="b" xml:lang="de" xml:space="preserve"></c>');
    expect(ourForms(text, { method: 'exclusive' })[2]).toBe('<c xml:space="preserve"></c>');
  });
});
