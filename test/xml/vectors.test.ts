import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type CanonicalOptions, canonicalize } from '../../src/xml/canonical.js';
import { attribute, elements, isElement, localName, parentOf, root, text } from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';
import { NONE, type Node, type Tree } from '../../src/xml/tree.js';
import { codeOf } from '../crypto/code-of.js';
import { sharedFolder } from '../crypto/shared.js';
import { allElements } from './oracles.js';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const INCLUSIVE = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
const XPATH = 'http://www.w3.org/TR/1999/REC-xpath-19991116';

const VECTORS = sharedFolder('vectors/exc-c14n');

/**
 * The W3C's interoperability set for exclusive canonicalization. What a reference selects by id, or as the subtrees of
 * elements of one name, is canonicalized here; what an XPath filter takes apart is not: SOAP messages have no such thing.
 */
const DOCUMENTS: readonly (readonly [file: string, references: number])[] =
  VECTORS === undefined
    ? []
    : [
        ['Y1/exc-signature.xml', 4],
        ['merlin-exc-c14n-one/exc-signature.xml', 4],
        ['Y3/signature.xml', 0],
        ['Y4/signature.xml', 3],
        ['Y5/signature.xml', 3],
      ];

function child(tree: Tree, node: Node, namespace: string, local: string): Node | undefined {
  return elements(tree, node).find((each) => isElement(tree, each, namespace, local));
}

function named(tree: Tree, namespace: string, local: string): Node[] {
  return allElements(tree).filter((node) => isElement(tree, node, namespace, local));
}

function optionsOf(tree: Tree, method: Node | undefined): CanonicalOptions {
  if (method === undefined) return { method: 'inclusive' };
  const algorithm = attribute(tree, method, '', 'Algorithm') ?? '';
  const list = child(tree, method, EXCLUSIVE, 'InclusiveNamespaces');
  const prefixList = list === undefined ? [] : (attribute(tree, list, '', 'PrefixList') ?? '').trim().split(/\s+/);
  expect([EXCLUSIVE, INCLUSIVE]).toContain(algorithm.replace('WithComments', ''));
  return {
    method: algorithm.startsWith(EXCLUSIVE) ? 'exclusive' : 'inclusive',
    comments: /WithComments/.test(algorithm),
    prefixList,
  };
}

/** What a reference selects: outermost elements, or nothing for what is not a subtree. */
function selected(tree: Tree, reference: Node, transforms: readonly Node[]): Node[] {
  const id = /^#xpointer\(id\('(.*)'\)\)$/.exec(attribute(tree, reference, '', 'URI') ?? '')?.[1];
  if (id !== undefined) return allElements(tree).filter((node) => attribute(tree, node, '', 'Id') === id);
  const filter = transforms.find((transform) => attribute(tree, transform, '', 'Algorithm') === XPATH);
  const path = filter === undefined ? '' : text(tree, filter).trim();
  if (path !== 'ancestor-or-self::bar:Something') return [];
  const all = named(tree, 'http://example.org/bar', 'Something');
  return all.filter((node) => {
    for (let outer = parentOf(tree, node); outer !== NONE; outer = parentOf(tree, outer))
      if (all.includes(outer)) return false;
    return true;
  });
}

const ofTheW3C = (): void => {
  it.each(DOCUMENTS)('%s', (file, count) => {
    const folder = `${VECTORS}/${file.split('/')[0]}`;
    const tree = scan(readFileSync(`${VECTORS}/${file}`), DEFAULT_XML_LIMITS);
    const [signedInfo] = named(tree, DS, 'SignedInfo');
    const references = elements(tree, signedInfo!).filter((node) => localName(tree, node) === 'Reference');
    let compared = 0;
    references.forEach((reference, i) => {
      const list = child(tree, reference, DS, 'Transforms');
      const transforms = list === undefined ? [] : elements(tree, list);
      const apexes = selected(tree, reference, transforms);
      if (apexes.length === 0) return;
      const method = transforms.filter((transform) => attribute(tree, transform, '', 'Algorithm') !== XPATH).at(-1);
      const form = apexes.map((apex) => canonicalize(tree, apex, optionsOf(tree, method))).join('');
      expect(form).toBe(readFileSync(`${folder}/c14n-${i}.txt`, 'utf8'));
      expect(createHash('sha1').update(form).digest('base64')).toBe(
        text(tree, child(tree, reference, DS, 'DigestValue')!),
      );
      compared++;
    });
    expect(compared).toBe(count);
    // The last file of a folder is the SignedInfo.
    const last = `${folder}/c14n-${references.length}.txt`;
    expect(existsSync(last)).toBe(true);
    const method = child(tree, signedInfo!, DS, 'CanonicalizationMethod');
    expect(canonicalize(tree, signedInfo!, optionsOf(tree, method))).toBe(readFileSync(last, 'utf8'));
  });

  // Annotated examples: of each the innermost element, which is a subtree in every form that they show.
  it.each<[string, string, CanonicalOptions, string]>([
    [
      '1',
      'GrandChild',
      { method: 'inclusive' },
      '<GrandChild xml:foo="barbarossa" xml:fool="barbar" xml:lang="ge" xml:space="preserve"></GrandChild>',
    ],
    ['1', 'GrandChild', { method: 'exclusive' }, '<GrandChild xml:space="preserve"></GrandChild>'],
    ['2', 'GrandChild', { method: 'inclusive' }, '<GrandChild></GrandChild>'],
    ['2', 'GrandChild', { method: 'exclusive' }, '<GrandChild></GrandChild>'],
    [
      '3',
      'GrandChild',
      { method: 'exclusive' },
      '<ns1:GrandChild xmlns:ns1="http://example.org/ns1"></ns1:GrandChild>',
    ],
    [
      '4',
      'GrandChild',
      { method: 'exclusive', prefixList: ['ns2'] },
      '<ns1:GrandChild xmlns:ns1="http://example.org/ns1" xmlns:ns2="http://example.org/ns2"></ns1:GrandChild>',
    ],
  ])('IAIK’s example %s: %s, %j', (example, local, options, expected) => {
    const tree = scan(readFileSync(`${VECTORS}/Y3/iaikTests.example${example}.xml`), DEFAULT_XML_LIMITS);
    const node = allElements(tree).find((each) => localName(tree, each) === local)!;
    expect(canonicalize(tree, node, options)).toBe(expected);
    expect(root(tree)).not.toBe(node);
  });

  it.each(['Y2/signature-joseph-exc.xml'])('refuses the document type declaration of %s', (file) => {
    expect(codeOf(() => scan(readFileSync(`${VECTORS}/${file}`), DEFAULT_XML_LIMITS))).toBe('xml.doctype');
  });
};

/** An example of Canonical XML 1.0 itself (§3.3), for where the vectors are not at hand. */
it('writes start and end tags as Canonical XML’s own example does', () => {
  const tree = scan(
    '<doc><e1   /><e2   ></e2><e3   name = "elem3"   id="elem3"   /><e5 a:attr="out" b:attr="sorted" attr2="all" attr="I\'m"' +
      ' xmlns:b="http://www.ietf.org" xmlns:a="http://www.w3.org" xmlns="http://example.org"/></doc>',
    DEFAULT_XML_LIMITS,
  );
  expect(canonicalize(tree, root(tree), { method: 'inclusive' })).toBe(
    '<doc><e1></e1><e2></e2><e3 id="elem3" name="elem3"></e3><e5 xmlns="http://example.org" xmlns:a="http://www.w3.org"' +
      ' xmlns:b="http://www.ietf.org" attr="I\'m" attr2="all" b:attr="sorted" a:attr="out"></e5></doc>',
  );
});

// jest refuses an empty table
if (VECTORS !== undefined) describe('the W3C’s vectors', ofTheW3C);
