import fc from 'fast-check';
import { libxml2Form } from '../xml/oracles.js';
import { domDocument, parseElement } from './dom-document.js';
import { type Content, declare, type Element, element, NO_SCOPE, type Prefixed, withAttribute } from './element.js';
import { canonicalize, serialize } from './serialize.js';

const NAMES: readonly Prefixed[] = [
  { prefix: '', namespace: '' },
  { prefix: '', namespace: 'urn:default' },
  { prefix: 'a', namespace: 'urn:a' },
  { prefix: 'a', namespace: 'urn:other' },
  { prefix: 'b', namespace: 'urn:b' },
  { prefix: 'B', namespace: 'urn:b' },
];
const name = fc.constantFrom(...NAMES);
const prefixed = fc.constantFrom(...NAMES.filter(({ prefix }) => prefix !== ''));
// U+2028 and U+0085 become line feeds in xmldom; libxml2 alone judges those.
const text = fc.stringMatching(/^[ -~\t\n\r\u00e9\u20ac]{0,12}$/);

/** Documents as this client builds them: declarations where `declare` puts them. */
const tree: fc.Arbitrary<Element> = fc.letrec<{ node: Element }>((tie) => ({
  node: fc
    .record({
      name,
      local: fc.constantFrom('x', 'y', 'Zz'),
      plain: fc.dictionary(fc.constantFrom('p', 'q', 'R'), text, { maxKeys: 3 }),
      attribute: fc.option(fc.tuple(prefixed, text)),
      children: fc.array(fc.oneof({ depthSize: 'small' }, text, tie('node')), { maxLength: 4 }),
    })
    .map(({ name: own, local, plain, attribute, children }) => {
      const made = element(own, local, plain, merged(children));
      // An element cannot use one prefix for two namespaces.
      const free =
        attribute !== null && (attribute[0].prefix !== own.prefix || attribute[0].namespace === own.namespace);
      return free ? withAttribute(made, attribute[0], 'id', attribute[1]) : made;
    }),
})).node;

/** Two texts in a row would be read back as one, an empty one as none. */
function merged(children: readonly Content[]): Content[] {
  return children.filter(
    (child, i) => child !== '' && !(typeof child === 'string' && typeof children[i - 1] === 'string'),
  );
}

describe('what the client signs', () => {
  test('is what libxml2 and xml-crypto canonicalize of what it writes', () => {
    fc.assert(
      fc.property(tree, (made) => {
        declare(made, NO_SCOPE);
        const written = serialize(made);
        const mine = canonicalize(made, NO_SCOPE);
        expect(mine).toBe(libxml2Form(written, { method: 'exclusive' }));
        const document = domDocument(written);
        if (!/[\r\t\n]/.test(JSON.stringify(made).replace(/\\[rtn]/g, '\n'))) {
          expect(document.canonicalize(document.root, [])).toBe(mine);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('heeds a PrefixList, of prefixes that stand further out too', () => {
    const inner = element({ prefix: 'a', namespace: 'urn:a' }, 'inner', {}, ['x']);
    const outer = element({ prefix: 'b', namespace: 'urn:b' }, 'outer', {}, [inner]);
    outer.declarations.push({ prefix: 'c', namespace: 'urn:c' });
    declare(outer, NO_SCOPE);
    const scope = new Map([
      ['b', 'urn:b'],
      ['c', 'urn:c'],
    ]);
    const document = domDocument(serialize(outer));
    const node = document.elements(document.root)[0]!;
    for (const list of [[], ['b'], ['c', 'b'], ['a'], ['absent'], ['b', 'absent']]) {
      expect(canonicalize(inner, scope, list)).toBe(document.canonicalize(node, list));
    }
    expect(canonicalize(inner, scope, ['c'])).toBe('<a:inner xmlns:a="urn:a" xmlns:c="urn:c">x</a:inner>');
  });

  test('orders attributes by namespace, then name, and escapes what must be', () => {
    const made = parseElement(
      '<x z="1" b:a="2" a:b="&#9;&#10;&#13;&quot;&lt;&amp;" xmlns:b="urn:1" xmlns:a="urn:2">&gt;&#13;</x>',
    );
    expect(canonicalize(made, NO_SCOPE)).toBe(
      '<x xmlns:a="urn:2" xmlns:b="urn:1" z="1" b:a="2" a:b="&#x9;&#xA;&#xD;&quot;&lt;&amp;">&gt;&#xD;</x>',
    );
  });

  test('an element that left its place says what it leaned on', () => {
    const document = domDocument('<o:a xmlns:o="urn:o" xmlns="urn:d" xmlns:unused="urn:u"><b o:c="1"><o:d/></b></o:a>');
    expect(serialize(document.copy(document.elements(document.root)[0]!))).toBe(
      '<b xmlns="urn:d" xmlns:o="urn:o" o:c="1"><o:d/></b>',
    );
  });
});
