import { GatewayError } from '../../src/errors.js';
import { canonicalize } from '../../src/xml/canonical.js';
import { elements, root } from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan, splice, type XmlLimits } from '../../src/xml/scan.js';

const LIMITS: XmlLimits = { depth: 4, elements: 5, attributes: 3, namespaces: 2, name: 8, attributeValue: 10 };

function limitOf(act: () => unknown): unknown {
  try {
    act();
    return 'none';
  } catch (error) {
    return error instanceof GatewayError && error.code === 'xml.limit' ? error.details : error;
  }
}

describe('each limit holds, and one more is refused', () => {
  it.each<[string, string, string, object]>([
    [
      'depth',
      '<a><a><a><a/></a></a></a>',
      '<a><a><a><a><a/></a></a></a></a>',
      { limit: 'depth', allowed: 4, offset: 12 },
    ],
    [
      'elements',
      '<a><b/><b/><b/><b/></a>',
      '<a><b/><b/><b/><b/><b/></a>',
      { limit: 'elements', allowed: 5, offset: 19 },
    ],
    [
      'comments',
      '<a><!----><!----><!----><!----></a>',
      '<a><!----><!----><!----><!----><!----></a>',
      { limit: 'elements', allowed: 5, offset: 31 },
    ],
    [
      'comments before the root element',
      '<!----><!----><!----><!----><a/>',
      '<!----><!----><!----><!----><a><b/></a>',
      { limit: 'elements', allowed: 5, offset: 31 },
    ],
    [
      'CDATA sections',
      `<a>${'<![CDATA[]]>'.repeat(4)}</a>`,
      `<a>${'<![CDATA[]]>'.repeat(5)}</a>`,
      { limit: 'elements', allowed: 5, offset: 51 },
    ],
    ['attributes', '<a b="" c="" d=""/>', '<a b="" c="" d="" e=""/>', { limit: 'attributes', allowed: 3, offset: 18 }],
    [
      'attributes, declarations among them',
      '<a b="" c="" xmlns=""/>',
      '<a b="" c="" d="" xmlns=""/>',
      { limit: 'attributes', allowed: 3, offset: 18 },
    ],
    [
      'namespaces',
      '<a xmlns="urn:a"><b xmlns=""/></a>',
      '<a xmlns="urn:a"><b xmlns=""/><b xmlns=""/></a>',
      { limit: 'namespaces', allowed: 2, offset: 33 },
    ],
    ['name of an element', '<abcdefgh/>', '<abcdefghi/>', { limit: 'name', allowed: 8, offset: 1 }],
    ['name of an attribute', '<a abcdefgh=""/>', '<a abcdefghi=""/>', { limit: 'name', allowed: 8, offset: 3 }],
    [
      'attribute value',
      '<a b="0123456789"/>',
      '<a b="01234567890"/>',
      { limit: 'attribute value', allowed: 10, offset: 5 },
    ],
    [
      'attribute value as written',
      '<a b="01234&amp;"/>',
      '<a b="012345&amp;"/>',
      { limit: 'attribute value', allowed: 10, offset: 5 },
    ],
  ])('%s', (_limit, allowed, refused, details) => {
    expect(limitOf(() => scan(allowed, LIMITS))).toBe('none');
    expect(limitOf(() => scan(refused, LIMITS))).toEqual(details);
    expect(limitOf(() => scan(`<?xml version="1.0"?>${refused}`, DEFAULT_XML_LIMITS))).toBe('none');
  });
});

describe('what is spliced in counts with the document that it comes into', () => {
  const place = '<a xmlns="urn:a"><b><p/></b></a>';

  it.each<[string, string, string, string]>([
    ['depth', '<c><d/></c>', '<c><d><e/></d></c>', 'depth'],
    ['elements', '<c/><d/>', '<c/><d/><e/>', 'elements'],
    ['comments', '<!----><!---->', '<!----><!----><!---->', 'elements'],
    ['namespaces', '<c xmlns="urn:c"/>', '<c xmlns="urn:c"/><c xmlns="urn:c"/>', 'namespaces'],
    ['attributes', '<c b="" c="" d=""/>', '<c b="" c="" d="" e=""/>', 'attributes'],
  ])('%s', (_limit, allowed, refused, limit) => {
    const limits = limit === 'depth' ? { ...LIMITS, elements: 50 } : LIMITS;
    const spliced = (fragment: string) => () => {
      const tree = scan(place, limits);
      const [outer] = elements(tree, root(tree));
      splice(tree, elements(tree, outer!)[0]!, Buffer.from(fragment), limits);
    };
    expect(limitOf(spliced(allowed))).toBe('none');
    expect(limitOf(spliced(refused))).toMatchObject({ limit });
  });

  it('and what failed to come in does not', () => {
    const tree = scan(place, LIMITS);
    const [outer] = elements(tree, root(tree));
    const [target] = elements(tree, outer!);
    const three = Buffer.from('<c xmlns="urn:c"/><d/><e/>');
    for (let i = 0; i < 5; i++)
      expect(limitOf(() => splice(tree, target!, three, LIMITS))).toMatchObject({ limit: 'elements' });
    expect(splice(tree, target!, Buffer.from('<c xmlns="urn:c"/><d/>'), LIMITS)).toHaveLength(2);
  });
});

describe('a canonical form that outgrows its document', () => {
  const names = Array.from({ length: 32 }, (_, i) => `xmlns:p${i}="urn:${'x'.repeat(400)}${i}"`).join(' ');
  const element = `<b ${Array.from({ length: 32 }, (_, i) => `p${i}:a=""`).join(' ')}/>`;

  it('is written up to 32 times its size', () => {
    const tree = scan(`<a ${names}>${element}</a>`, DEFAULT_XML_LIMITS);
    expect(limitOf(() => canonicalize(tree, root(tree), { method: 'exclusive' }))).toBe('none');
  });

  it('and refused beyond', () => {
    const text = `<a ${names}>${element.repeat(1000)}</a>`;
    const tree = scan(text, DEFAULT_XML_LIMITS);
    expect(limitOf(() => canonicalize(tree, root(tree), { method: 'exclusive' }))).toEqual({
      limit: 'canonical form',
      allowed: 32 * text.length,
      offset: expect.any(Number),
    });
    expect(limitOf(() => canonicalize(tree, root(tree), { method: 'inclusive' }))).toBe('none');
  });
});

describe('hostile sizes under limits that admit them', () => {
  const WIDE: XmlLimits = {
    depth: 200_000,
    elements: 200_000,
    attributes: 5000,
    namespaces: 5000,
    name: 300,
    attributeValue: 1e7,
  };

  it('depth takes no stack', () => {
    const depth = 100_000;
    const tree = scan(`${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`, WIDE);
    expect(elements(tree, root(tree))).toHaveLength(1);
  });

  it('refuses depth at the first element too many', () => {
    expect(limitOf(() => scan('<a>'.repeat(100_000), DEFAULT_XML_LIMITS))).toEqual({
      limit: 'depth',
      allowed: 64,
      offset: 192,
    });
  });

  it('takes many names that fall into one slot', () => {
    const names = Array.from({ length: 3000 }, (_, i) => `<a${String(i).padStart(4, '0').split('').join('b')}xza/>`);
    const tree = scan(`<a>${names.join('')}</a>`, WIDE);
    expect(elements(tree, root(tree))).toHaveLength(3000);
  });
});
