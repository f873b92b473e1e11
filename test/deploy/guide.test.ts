import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { ERRORS } from '../../src/errors.js';
import { EVENTS } from '../../src/observe/events.js';
import { METRICS } from '../../src/observe/metrics.js';

const place = (name: string): string => fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url));
const read = (name: string): string => readFileSync(place(name), 'utf8');
const guide = read('OPERATIONS.md');
const quoted = (pattern: RegExp): string[] => [...guide.matchAll(pattern)].map(([, word = '']) => word);

describe('the operations guide', () => {
  test('says what to do about every alert, and about none that is not there', () => {
    const { groups } = parse(read('observe/alerts.yaml')) as { groups: { rules: { alert: string }[] }[] };
    const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    expect([...new Set(quoted(/`(Gateway\w+)`/g))].sort()).toEqual(alerts.sort());
  });

  test('says what every line of the log means', () => {
    expect(Object.keys(EVENTS).filter((event) => event !== 'decision' && !guide.includes(`\`${event}\``))).toEqual([]);
  });

  test('names codes, events and metrics that exist', () => {
    const known = new Set<string>([...Object.keys(ERRORS), ...Object.keys(EVENTS)]);
    const named = quoted(/`((?:token|wss|store|upstream|config|security|process|worker|listener)\.[a-z-]+)`/g);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    expect(quoted(/sct_gateway_(\w+)/g).filter((name) => !(name in METRICS))).toEqual([]);
  });

  test('links to files that are there', () => {
    const links = quoted(/\]\((?!https?:)([^)#]+)\)/g);
    expect(links.length).toBeGreaterThan(8);
    expect(links.filter((link) => !existsSync(place(link)))).toEqual([]);
  });

  test("states the unit's exposure as the unit does", () => {
    const [, stated] = /says ([\d.]+) \(OK\)/.exec(read('systemd/sct-gateway.service')) ?? [];
    expect(guide).toContain(`is ${stated} (OK)`);
  });
});
