import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createMetrics, METRICS } from '../../src/observe/metrics.js';

const read = (name: string): string =>
  readFileSync(new URL(`../../deploy/observe/${name}`, import.meta.url).pathname, 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string };
}
interface Panel {
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const rules = (parse(read('alerts.yaml')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(read('dashboard.json')) as { panels: Panel[] };

const expressions: readonly (readonly [where: string, expression: string, shown: string])[] = [
  ...rules.map(({ alert, expr, annotations }) => [alert, expr, annotations.summary] as const),
  ...panels.flatMap(({ title, targets }) => targets.map((each) => [title, each.expr, each.legendFormat] as const)),
];

/** Of a scrape's own, and of Prometheus. */
const SCRAPED: ReadonlySet<string> = new Set(['instance', 'job', 'le']);

/** Metrics of an expression, with the labels that a row of the table gives each. */
function metricsOf(
  expression: string,
): { readonly name: string; readonly row: (typeof METRICS)[keyof typeof METRICS] }[] {
  const names = [...expression.matchAll(/\bsct_gateway_(\w+)/g)].map(([, name = '']) => name);
  return names.map((name) => {
    const plain = name.replace(/_(bucket|sum|count)$/, '');
    const row = Object.entries(METRICS).find(([key]) => key === name || key === plain)?.[1];
    if (row === undefined) throw new Error(`sct_gateway_${name} is no metric of the gateway`);
    const suffixed = name !== plain && !(name in METRICS);
    expect([name, suffixed]).toEqual([name, row.type === 'histogram']);
    return { name, row };
  });
}

/** Labels that an expression groups by or selects. */
function labelsOf(expression: string): string[] {
  const grouped = [...expression.matchAll(/\b(?:by|on|without|ignoring|group_left) ?\(([^)]*)\)/g)];
  const selected = [...expression.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)];
  return [...grouped, ...selected]
    .flatMap(([, names = '']) => names.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

describe('alerts and dashboard', () => {
  test.each(expressions)('%s asks for metrics and labels that exist: %s', (_, expression, shown) => {
    const rows = metricsOf(expression).map(({ row }) => row);
    const known = new Set<string>([...SCRAPED, ...rows.flatMap(({ labels }) => [...labels])]);
    expect(labelsOf(expression).filter((label) => !known.has(label))).toEqual([]);
    const told = [...shown.matchAll(/\{\{ ?(?:\$labels\.)?(\w+) ?\}\}/g)].map(([, label = '']) => label);
    expect(told.filter((label) => !known.has(label))).toEqual([]);
  });

  test.each(expressions)('%s counts what only grows by its rate: %s', (_, expression) => {
    for (const [counter] of expression.matchAll(/\b\w+_total\b/g)) {
      expect(expression).toMatch(new RegExp(`(rate|increase)\\(${counter}`));
    }
    expect([...expression].filter((character) => character === '(')).toHaveLength(
      [...expression].filter((character) => character === ')').length,
    );
  });

  test('metrics of the process have the names that Node gives them', async () => {
    const text = await createMetrics().text();
    const names = expressions.flatMap(([, expression]) => expression.match(/\b(?:nodejs|process)_\w+/g) ?? []);
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(text).toContain(`# TYPE ${name} `);
  });

  test('every metric of the gateway is shown or watched', () => {
    const all = expressions.map(([, expression]) => expression).join('\n');
    // sizes of bodies are for who asks about them
    const left = new Set(['request_bytes', 'response_bytes', 'revocations_entries']);
    const missing = Object.keys(METRICS).filter((name) => !left.has(name) && !all.includes(`sct_gateway_${name}`));
    expect(missing).toEqual([]);
  });

  test('names are there once, and panels do not lie on each other', () => {
    for (const names of [rules.map(({ alert }) => alert), panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)]) {
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
