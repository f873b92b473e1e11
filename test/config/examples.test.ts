import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.js';
import { generatedFiles } from '../../src/config/reference.js';
import { generateKeyRing } from '../../src/conversation/key-ring.js';
import { hashPassword } from '../../src/credentials/hash.js';
import { systemRuntime } from '../../src/runtime.js';
import { pki } from '../pki/index.js';
import { type Folder, folder } from './folder.js';

const POLICIES = fileURLToPath(new URL('../../policies/', import.meta.url));
const read = (name: string): string => readFileSync(join(POLICIES, name), 'utf8');

let made: Folder;
afterEach(() => made?.remove());

async function examples(): Promise<Folder> {
  const yaml = readdirSync(POLICIES).filter((name) => name.endsWith('.yaml'));
  made = folder(Object.fromEntries(yaml.map((name) => [name, read(name)])));
  mkdirSync(join(made.path, 'keys'));
  const { service, tls } = await pki();
  const keys = {
    'farm-keys.json': generateKeyRing(systemRuntime),
    'users.htpasswd': `alice:${await hashPassword('ecilA', systemRuntime)}:sales\n`,
    'tls.pem': tls.certificate,
    'tls.key': tls.privateKey,
    'service.pem': service.certificate,
    'service.key': service.privateKey,
  };
  for (const [name, text] of Object.entries(keys)) made.write(`keys/${name}`, text);
  return made;
}

test('the examples are sound once their keys are there, and nothing in them is insecure', async () => {
  const { file } = await examples();
  const config = loadConfig(file, { environment: {} });
  expect(config.services.map(({ name }) => name)).toContain('orders');
  expect(config.warnings).toEqual([]);
});

test('each example names its schema for editors', () => {
  for (const name of readdirSync(POLICIES).filter((name) => name.endsWith('.yaml'))) {
    const schema = name === 'gateway.yaml' ? 'gateway.schema.json' : 'service.schema.json';
    expect(read(name).split('\n')[0]).toBe(`# yaml-language-server: $schema=${schema}`);
  }
});

describe('what is generated is what is committed: `npm run docs`', () => {
  test.each(generatedFiles().map(({ name, text }) => [name, text]))('%s', (name, text) => {
    expect(read(name ?? '')).toBe(text);
  });
});

describe('the reference', () => {
  const reference = read('REFERENCE.md');

  test('says what every key means', () => {
    const rows = reference.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
  });

  test('knows every type that it names', () => {
    const schemas = generatedFiles().filter(({ name }) => name.endsWith('.json'));
    const named = schemas.flatMap(({ text }) => {
      const { title, ...rest } = JSON.parse(text) as { title: string };
      expect(title).not.toBe('');
      return [...JSON.stringify(rest).matchAll(/"title":"([^"]+)"/g)].map(([, type]) => type ?? '');
    });
    expect([...new Set(named)].filter((type) => !reference.includes(`\n| ${type} |`))).toEqual([]);
  });
});

/** As much of JSON Schema as the generated ones use: a key that an editor would mark must not stand in an example. */
function strangers(value: unknown, schema: Schema, path = ''): string[] {
  const branches = schema.anyOf ?? [schema];
  if (Array.isArray(value)) {
    const items = branches.find((branch) => branch.items)?.items;
    return items === undefined ? [path] : value.flatMap((item, index) => strangers(item, items, `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  const map = branches.find((branch) => branch.properties !== undefined || branch.additionalProperties);
  return Object.entries(value).flatMap(([key, inner]) => {
    const known = map?.properties?.[key] ?? (map?.additionalProperties || undefined);
    return known === undefined ? [`${path}.${key}`] : strangers(inner, known, `${path}.${key}`);
  });
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

test.each([
  ['gateway.yaml', 'gateway.schema.json'],
  ['orders.yaml', 'service.schema.json'],
])('the schema knows every key of %s', (example, schema) => {
  const json = JSON.parse(read(schema)) as Schema;
  expect(strangers(parse(read(example)), json)).toEqual([]);
  expect(strangers({ ...parse(read(example)), nonsense: 1 }, json)).toEqual(['.nonsense']);
});
