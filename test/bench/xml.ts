import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DOMParser } from '@xmldom/xmldom';
import { XmlC14NMode, XmlDocument } from 'libxml2-wasm';
import { ExclusiveCanonicalization } from 'xml-crypto';
import { type CanonicalOptions, canonicalize } from '../../src/xml/canonical.js';
import { root } from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';
import type { Node, Tree } from '../../src/xml/tree.js';
import { outer } from '../../src/xml/write.js';

/**
 * `npm run build:test && node build/test/bench/xml.js`: what the scanner and the canonicalizer cost, next to the
 * libraries that check them in the tests, and whether the worst documents that the limits admit cost time in proportion
 * to their size (security.md P6).
 */

const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const EXCLUSIVE: CanonicalOptions = { method: 'exclusive' };
const ROUNDS = 15;
/** CPU time of a round, in microseconds. */
const ROUND = 20_000;

interface Row {
  readonly name: string;
  readonly call: () => unknown;
}

/** CPU microseconds a call, the least of the rounds in turn: what slows the machine for a while slows them all. */
function measure(rows: readonly Row[]): number[] {
  const least = rows.map(() => Number.POSITIVE_INFINITY);
  const batches = rows.map(() => 1);
  for (let round = 0; round < ROUNDS; round++) {
    rows.forEach(({ call }, row) => {
      let calls = 0;
      let spent = 0;
      const begin = process.cpuUsage();
      while (spent < ROUND) {
        for (let i = 0; i < batches[row]!; i++) call();
        calls += batches[row]!;
        const { user, system } = process.cpuUsage(begin);
        spent = user + system;
      }
      least[row] = Math.min(least[row]!, spent / calls);
      batches[row] = Math.max(1, Math.floor(calls / 10));
    });
  }
  return least;
}

/** What a signature of a message refers to: the first elements that have a wsu:Id. */
function referenced(tree: Tree, count: number): Node[] {
  const nodes: Node[] = [];
  for (let i = 0; i < tree.attributeCount && nodes.length < count; i++) {
    if (tree.attributeLocal[i] === 'Id' && tree.attributeNamespace[i] === WSU) nodes.push(tree.attributeOwner[i]!);
  }
  return nodes;
}

function messageRows(octets: Buffer): Row[] {
  const text = octets.toString();
  const tree = scan(octets, DEFAULT_XML_LIMITS);
  const six = referenced(tree, 6);
  const dom = new DOMParser().parseFromString(text, 'text/xml').documentElement;
  const document = XmlDocument.fromBuffer(octets);
  return [
    { name: 'scan', call: () => scan(octets, DEFAULT_XML_LIMITS) },
    { name: 'xmldom', call: () => new DOMParser().parseFromString(text, 'text/xml') },
    { name: 'libxml2-wasm', call: () => XmlDocument.fromBuffer(octets).dispose() },
    { name: 'six references', call: () => six.map((node) => canonicalize(tree, node, EXCLUSIVE)) },
    { name: 'all, exclusive', call: () => canonicalize(tree, root(tree), EXCLUSIVE) },
    { name: 'all, inclusive', call: () => canonicalize(tree, root(tree), { method: 'inclusive' }) },
    { name: 'xml-crypto', call: () => new ExclusiveCanonicalization().process(dom, {}) },
    {
      name: 'libxml2-wasm',
      call: () => document.root.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 }),
    },
    { name: 'all, as written', call: () => outer(tree, root(tree)) },
  ];
}

/** Documents whose cost would grow faster than they do, were it not for what each name says. */
const WORST: readonly (readonly [name: string, document: (size: number) => string])[] = [
  ['empty elements', (size) => `<a>${'<b/>'.repeat(size * 16)}</a>`],
  ['references', (size) => `<a>${'&lt;'.repeat(size * 64)}</a>`],
  [
    'names that are all different',
    (size) => `<a>${Array.from({ length: size * 16 }, (_, i) => `<b${i}/>`).join('')}</a>`,
  ],
  [
    'attributes in reverse',
    (size) => `<a>${`<b${Array.from({ length: 64 }, (_, i) => ` a${99 - i}=""`).join('')}/>`.repeat(size)}</a>`,
  ],
  [
    'long namespace names, alike',
    (size) => {
      const names = Array.from({ length: 32 }, (_, i) => `xmlns:p${i}="urn:${'x'.repeat(150)}${99 - i}"`).join(' ');
      return `<a ${names}>${`<b ${Array.from({ length: 32 }, (_, i) => `p${i}:a=""`).join(' ')}/>`.repeat(size)}</a>`;
    },
  ],
  ['declarations that come and go', (size) => `<a>${'<p:b xmlns:p="urn:p"/>'.repeat(Math.min(size * 8, 1000))}</a>`],
  [
    'prefixes in scope',
    (size) => {
      const names = Array.from({ length: 60 }, (_, i) => `xmlns:p${i}="urn:${i}"`).join(' ');
      return `<a ${names}>${'<b/>'.repeat(size * 16)}</a>`;
    },
  ],
];

function print(cells: readonly (string | number)[]): void {
  const [name = '', ...numbers] = cells;
  process.stdout.write(`${String(name).padEnd(32)}${numbers.map((cell) => String(cell).padStart(12)).join('')}\n`);
}

function benchMessages(): void {
  const recording = fileURLToPath(new URL('../../../test/xml/recordings/request-dom-2005-02.xml', import.meta.url));
  const octets = readFileSync(recording);
  const row = '<item number="1"><name>Widget, large</name><price currency="EUR">12.50</price></item>\n';
  const large = Buffer.from(octets.toString().replace('</soap:Body>', `${row.repeat(950)}</soap:Body>`));
  for (const message of [octets, large]) {
    print([`${(message.length / 1024).toFixed(1)} KiB`, 'µs', '× scan']);
    const rows = messageRows(message);
    const times = measure(rows);
    rows.forEach(({ name }, i) => {
      print([name, times[i]!.toFixed(1), (times[i]! / times[0]!).toFixed(2)]);
    });
    print(['']);
  }
}

function benchWorst(): void {
  const wide = { ...DEFAULT_XML_LIMITS, elements: 200_000 };
  print(['ns an octet, at two sizes', 'scan', 'scan', 'exclusive', 'exclusive', 'PrefixList', 'PrefixList']);
  for (const [name, document] of WORST) {
    const cost: number[][] = [100, 800].map((size) => {
      const octets = Buffer.from(document(size));
      const tree = scan(octets, wide);
      const prefixList = Array.from({ length: 16 }, (_, i) => `p${i}`);
      const rows: Row[] = [
        { name, call: () => scan(octets, wide) },
        { name, call: () => canonicalize(tree, root(tree), EXCLUSIVE) },
        { name, call: () => canonicalize(tree, root(tree), { method: 'exclusive', prefixList }) },
      ];
      return measure(rows).map((time) => (time * 1000) / octets.length);
    });
    print([name, ...[0, 1, 2].flatMap((i) => cost.map((each) => each[i]!.toFixed(2)))]);
  }
}

benchMessages();
benchWorst();
