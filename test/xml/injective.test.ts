import fc from 'fast-check';
import { canonicalize } from '../../src/xml/canonical.js';
import { content, isElementNode, isTextNode, namespaceOf, root, text } from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';
import type { Node, Tree } from '../../src/xml/tree.js';
import { codeOf } from '../crypto/code-of.js';
import { document, EVERYTHING } from './documents.js';

/** All that an application can see of an element but comments: qualified names, namespaces, attributes, text. */
function seen(tree: Tree, node: Node): unknown {
  const { name, attributeFirst, attributeEnd } = tree.nodes[node]!;
  const attributes: string[] = [];
  for (let i = attributeFirst; i < attributeEnd; i++) {
    attributes.push(JSON.stringify([tree.attributeName[i]!.text, tree.attributeNamespace[i], tree.attributeValue[i]]));
  }
  const children: unknown[] = [];
  for (const child of content(tree, node)) {
    if (isElementNode(tree, child)) children.push(seen(tree, child));
    if (!isTextNode(tree, child) || text(tree, child) === '') continue;
    const last = children.at(-1);
    if (typeof last === 'string') children[children.length - 1] = last + text(tree, child);
    else children.push(text(tree, child));
  }
  return [name.text, namespaceOf(tree, node), attributes.sort(), children];
}

function read(written: string): { seen: string; form: string } | undefined {
  let tree: Tree;
  try {
    tree = scan(written, DEFAULT_XML_LIMITS);
  } catch {
    return undefined;
  }
  return {
    seen: JSON.stringify(seen(tree, root(tree))),
    form: canonicalize(tree, root(tree), { method: 'exclusive' }),
  };
}

const INSERTED = [
  '',
  'a',
  'b',
  ' ',
  '<',
  '>',
  '/',
  '"',
  "'",
  '=',
  '&',
  ';',
  ':',
  '<b>',
  '</b>',
  '<b/>',
  'xmlns',
  ' a="b"',
  '<!--x-->',
  '&lt;',
  '&#10;',
  '\n',
  '\r',
  '<![CDATA[',
  ']]>',
  '<?a b?>',
];

describe('two documents have one canonical form exactly if an application sees the same in both', () => {
  // security.md §0, 1: a canonicalizer that is not injective lets signed content be changed.
  it('whatever is changed in what was written', () => {
    let compared = 0;
    fc.assert(
      fc.property(
        document(EVERYTHING),
        fc.nat(),
        fc.nat({ max: 6 }),
        fc.constantFrom(...INSERTED),
        (written, place, removed, inserted) => {
          const at = place % written.length;
          const a = read(written);
          const b = read(written.slice(0, at) + inserted + written.slice(at + removed));
          if (a === undefined || b === undefined) return;
          compared++;
          expect(b.form === a.form).toBe(b.seen === a.seen);
        },
      ),
      { numRuns: 800 },
    );
    // The property would hold of nothing as well.
    expect(compared).toBeGreaterThan(40);
  });

  it('and a canonical form is its own canonical form', () => {
    fc.assert(
      fc.property(document(EVERYTHING), (written) => {
        const { form, seen: before } = read(written)!;
        const again = read(form)!;
        expect([again.form, again.seen]).toEqual([form, before]);
      }),
      { numRuns: 150 },
    );
  });

  it.each<[string, string, string]>([
    ['an attribute hidden in a namespace name', '<op xmlns=\'urn:x" limit="10\'/>', 'xml.namespace'],
    ['an attribute hidden behind xmlns', '<op xmlnsFoo="evil"/>', 'xml.namespace'],
    ['text that is a processing instruction', '<op><?x text?></op>', 'xml.processing-instruction'],
  ])('%s is refused', (_title, written, code) => {
    expect(codeOf(() => scan(written, DEFAULT_XML_LIMITS))).toBe(code);
  });
});
