import fc from 'fast-check';

/** What a generated document may hold. */
export interface Ingredients {
  readonly prefixes: readonly string[];
  readonly namespaces: readonly string[];
  readonly characters: readonly string[];
  /** Whether white space may stand in an end tag. */
  readonly looseEnds: boolean;
}

/** All but `&` in namespace names, which neither oracle escapes. */
export const EVERYTHING: Ingredients = {
  prefixes: ['', 'a', 'b', 'B', 'SOAP-ENV', 'ns1', '_x', 'é'],
  namespaces: [
    '',
    'urn:a',
    'urn:b',
    'urn:A',
    'http://example.org/?a=1;b=2',
    'http://schemas.xmlsoap.org/soap/envelope/',
  ],
  characters: [
    'a',
    'Z',
    '0',
    ' ',
    '<',
    '>',
    '&',
    '"',
    "'",
    '\t',
    '\n',
    '\r',
    ']',
    '-',
    'é',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\ufffd',
    '😀',
    '\u{10fffd}',
  ],
  looseEnds: true,
};

/** Without what xmldom and xml-crypto are known to get wrong (`canonical.test.ts`, known faults). */
export const TAME: Ingredients = {
  prefixes: ['', 'a', 'b', 'ns1', '_x'],
  namespaces: ['', 'urn:a', 'urn:b', 'http://schemas.xmlsoap.org/soap/envelope/'],
  characters: ['a', 'Z', '0', ' ', '<', '>', '&', '"', "'", '\t', '\n', ']', 'é', '\ufffd', '😀'],
  looseEnds: false,
};

/** In ASCII, mostly without references. */
export const QUIET: Ingredients = {
  prefixes: ['', 'a', 'b', 'B'],
  namespaces: ['', 'urn:a', 'urn:b'],
  characters: ['a', ' ', '\n', '>'],
  looseEnds: true,
};

export interface ElementModel {
  readonly prefix: string;
  readonly namespace: string;
  readonly local: string;
  readonly declarations: readonly (readonly [prefix: string, namespace: string])[];
  readonly attributes: readonly (readonly [prefix: string, namespace: string, local: string, value: string])[];
  readonly children: readonly Child[];
}

export type Child =
  | { readonly kind: 'element'; readonly element: ElementModel }
  | { readonly kind: 'text' | 'cdata' | 'comment'; readonly value: string };

/** Elements up to four deep; the declarations that they need come with the writing. */
export function elementModel(ingredients: Ingredients): fc.Arbitrary<ElementModel> {
  const { prefixes, namespaces, characters } = ingredients;
  const prefix = fc.constantFrom(...prefixes);
  const namespace = fc.constantFrom(...namespaces);
  const local = fc.constantFrom('a', 'b', 'Id', 'Z', ...(characters.includes('\u2028') ? ['e\u0301x'] : []));
  const value = fc.array(fc.constantFrom(...characters), { maxLength: 6 }).map((all) => all.join(''));
  const plain = fc
    .array(fc.constantFrom('a', ' ', '\n', ...characters.filter((each) => each === 'é')), { maxLength: 4 })
    .map((all) => all.join(''));
  const attribute = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(prefix, namespace, local, value) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constant('xml'), fc.constant('xml'), fc.constantFrom('lang', 'space', 'foo'), value),
    },
  );
  const tie = fc.letrec<{ element: ElementModel; child: Child }>((self) => ({
    element: fc.record({
      prefix,
      namespace,
      local,
      declarations: fc.array(fc.tuple(prefix, namespace), { maxLength: 3 }),
      attributes: fc.array(attribute, { maxLength: 4 }),
      children: fc.array(self('child'), { maxLength: 3, size: 'max' }),
    }),
    child: fc.oneof(
      { maxDepth: 8, depthSize: 'max' },
      fc.record({ kind: fc.constantFrom('text' as const), value }),
      fc.record({ kind: fc.constant('cdata' as const), value: value.map((text) => text.replaceAll(']]>', ']>')) }),
      fc.record({ kind: fc.constant('comment' as const), value: plain }),
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('element' as const), element: self('element') }) },
    ),
  }));
  return tie.element;
}

/** A document written in one of many ways that XML allows, taken from `seed`. */
export function document(ingredients: Ingredients): fc.Arbitrary<string> {
  return fc
    .tuple(elementModel(ingredients), fc.nat())
    .map(([model, seed]) => writeDocument(model, seed, ingredients.looseEnds));
}

type Choose = (ways: number) => number;

export function writeDocument(model: ElementModel, seed: number, looseEnds: boolean): string {
  let state = seed;
  const choose: Choose = (ways) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 16) % ways;
  };
  const declaration = ['', '<?xml version="1.0"?>', "<?xml version='1.0' encoding='utf-8' standalone=\"yes\"?>\n"][
    choose(3)
  ];
  const written = writeElement(model, new Map([['', '']]), choose);
  return `${declaration}${looseEnds ? written : written.replaceAll(/(<\/[^ <>]+) >/g, '$1>')}`;
}

function writeElement(model: ElementModel, outer: ReadonlyMap<string, string>, choose: Choose): string {
  const own = new Map<string, string>();
  const scope = new Map(outer);
  const declare = (prefix: string, namespace: string) => {
    if (own.has(prefix) && own.get(prefix) !== namespace) return false;
    if (scope.get(prefix) === namespace && !own.has(prefix)) return true;
    own.set(prefix, namespace);
    scope.set(prefix, namespace);
    return true;
  };
  const prefix = model.namespace === '' ? '' : model.prefix;
  const reserved = new Map([[prefix, model.namespace]]);
  declare(prefix, model.namespace);
  for (const [other, namespace] of model.declarations) {
    if (reserved.has(other) || (other !== '' && namespace === '')) continue;
    if (!own.has(other)) {
      own.set(other, namespace);
      scope.set(other, namespace);
    }
  }
  const attributes = new Map<string, string>();
  for (const [other, namespace, local, value] of model.attributes) {
    const bare = namespace === '' || other === '';
    if (!bare && other !== 'xml' && (reserved.get(other) ?? namespace) !== namespace) continue;
    if (!bare && other !== 'xml' && !declare(other, namespace)) continue;
    if (!bare) reserved.set(other, namespace);
    const expanded = bare ? ` ${local}` : `${namespace} ${local}`;
    if (attributes.has(expanded)) continue;
    attributes.set(expanded, writeAttribute(bare ? local : `${other}:${local}`, value, choose));
  }
  const declarations = [...own].map(([other, namespace]) =>
    writeAttribute(other === '' ? 'xmlns' : `xmlns:${other}`, namespace, choose, true),
  );
  const name = prefix === '' ? model.local : `${prefix}:${model.local}`;
  const tag = `<${name}${shuffled([...declarations, ...attributes.values()], choose).join('')}`;
  const content = model.children.map((child) => writeChild(child, scope, choose)).join('');
  if (content === '' && choose(2) === 0) return `${tag}${choose(3) === 0 ? ' ' : ''}/>`;
  return `${tag}${choose(4) === 0 ? '\n' : ''}>${content}</${name}${choose(5) === 0 ? ' ' : ''}>`;
}

function writeChild(child: Child, scope: ReadonlyMap<string, string>, choose: Choose): string {
  if (child.kind === 'element') return writeElement(child.element, scope, choose);
  if (child.kind === 'comment') return `<!--${child.value}-->`;
  if (child.kind === 'cdata') return `<![CDATA[${child.value}]]>`;
  let text = '';
  for (const character of child.value) text += inText(character, choose);
  return text;
}

function inText(character: string, choose: Choose): string {
  if (character === '<') return ['&lt;', '&#60;', '&#x3C;'][choose(3)]!;
  if (character === '&') return ['&amp;', '&#38;', '&#x26;'][choose(3)]!;
  if (character === '\r') return ['&#13;', '&#xD;', '\r', '\r\n'][choose(4)]!;
  // Always a reference, lest it follow two brackets.
  if (character === '>') return choose(2) === 0 ? '&gt;' : 'x>';
  return choose(8) === 0 ? `&#x${character.codePointAt(0)!.toString(16)};` : character;
}

function writeAttribute(name: string, value: string, choose: Choose, plain = false): string {
  const quote = choose(3) === 0 ? "'" : '"';
  let written = '';
  for (const character of value) written += plain && character !== '&' ? character : inValue(character, quote, choose);
  const space = [' ', ' ', ' ', '\n  ', '\t'][choose(5)]!;
  const equals = ['=', '=', '=', ' = '][choose(4)]!;
  return `${space}${name}${equals}${quote}${written}${quote}`;
}

function inValue(character: string, quote: string, choose: Choose): string {
  if (character === '<') return ['&lt;', '&#60;'][choose(2)]!;
  if (character === '&') return ['&amp;', '&#38;'][choose(2)]!;
  if (character === quote) return quote === '"' ? '&quot;' : '&apos;';
  if (/\s/.test(character)) return choose(2) === 0 ? character : `&#${character.codePointAt(0)};`;
  return choose(8) === 0 ? `&#${character.codePointAt(0)};` : character;
}

function shuffled<T>(items: T[], choose: Choose): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = choose(i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}
