import { z } from 'zod';
import { SUITES } from '../crypto/suites.js';
import { gatewaySchema } from './gateway-schema.js';
import { serviceSchema } from './service-schema.js';

/** What is generated from the schemas: files for editors, and the reference of every key. */
export interface GeneratedFile {
  /** In the folder policies/. */
  readonly name: string;
  readonly text: string;
}

type JsonSchema = z.core.JSONSchema.JSONSchema;

const FILES = [
  {
    title: 'gateway.yaml',
    schema: gatewaySchema,
    name: 'gateway.schema.json',
    about: "What is the node's: listeners, keys, limits. Given to `run` and `check` by `--config`.",
  },
  {
    title: "A service's policy",
    schema: serviceSchema,
    name: 'service.schema.json',
    about: 'One file a service, found by `policies` in gateway.yaml.',
  },
] as const;

export function generatedFiles(): readonly GeneratedFile[] {
  const schemas = FILES.map((file) => ({ ...file, json: jsonSchema(file.schema, file.title) }));
  return [
    ...schemas.map(({ name, json }) => ({ name, text: `${JSON.stringify(json, undefined, 2)}\n` })),
    { name: 'REFERENCE.md', text: [INTRODUCTION, ...schemas.map(chapter)].join('\n') },
  ];
}

/** What may be written, before defaults and conversions. */
function jsonSchema(schema: z.ZodType, title: string): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return { ...($schema === undefined ? {} : { $schema }), title, ...rest };
}

const INTRODUCTION = `# Every key of the configuration

Generated from the schemas by \`npm run docs\`. \`sct-gateway check --config FILE\` says everything that is wrong with a
configuration, with file, line and column; \`*.schema.json\` beside this page tell editors the same while you type.

YAML 1.2 without anchors, aliases, merge keys and tags. Unknown keys are errors. In every value but a secret, an
environment variable can stand as \`\${NAME}\`; it must be set, and \`$\${\` is a plain \`\${\`. Between \`{ }\` and \`[ ]\`
YAML wants quotes around it, which make it a text: a number from the environment stands in a map of lines. Files are
relative to the file that names them.

| Type | Written as |
|---|---|
| address | \`10.0.0.5:6379\`, \`redis.example:6379\`, \`[fd00::5]:6379\`: a host and a port |
| algorithm suite | ${Object.keys(SUITES)
  .map((name) => `\`${name}\``)
  .join(', ')} |
| action | a wsa:Action: a URI |
| CIDR block | \`10.0.0.0/8\`, \`fd00::/8\`, or one address |
| duration | \`500ms\`, \`30s\`, \`1h30m\`, \`7d\`; always with a unit |
| file | a path, relative to the file it stands in |
| key ring | as a secret, or \`{ fromFolder: FOLDER }\`: each file there, but those whose name begins with a dot, holds a JSON Web Key or a set of them |
| header name | an HTTP header that neither HTTP nor the gateway sets itself |
| origin | \`http://10.0.0.11:8080\`, \`https://farm.example\`; no path |
| path | as in a request line, from \`/\` on, without a query |
| qualified name | \`"{namespace}local"\` |
| secret | \`{ fromFile: FILE }\`, which not everyone may read, or \`{ fromEnv: NAME }\`; never inline |
| size | \`512B\`, \`64KiB\`, \`1MiB\`; always with a unit |
| template | text with placeholders |
| URL | \`https://api.example.com/orders\` |
`;

interface MapEntry {
  readonly path: string;
  readonly schema: JsonSchema;
}

function chapter({ title, about, json }: { title: string; about: string; json: JsonSchema }): string {
  return [`## ${title}`, '', about, '', ...mapsOf({ path: '', schema: json }).flatMap(section)].join('\n');
}

function section({ path, schema }: MapEntry): string[] {
  const heading = path === '' ? [] : [`### \`${path}\``, '', ...(schema.description ? [schema.description, ''] : [])];
  const rows = Object.entries(schema.properties ?? {}).map(([key, value]) => row(key, value, schema.required ?? []));
  return [...heading, '| Key | Type | Default | Meaning |', '|---|---|---|---|', ...rows, ''];
}

function row(key: string, value: JsonSchema | boolean, required: readonly string[]): string {
  const schema = asSchema(value);
  const cells = [
    `\`${key}\``,
    typeOf(schema),
    required.includes(key) ? '**required**' : defaultOf(schema),
    schema.description ?? '',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

/** This map, then those in it, in the order of the schema. */
function mapsOf({ path, schema }: MapEntry): MapEntry[] {
  const inner = Object.entries(schema.properties ?? {}).flatMap(([key, value]) =>
    mapIn(path === '' ? key : `${path}.${key}`, asSchema(value)),
  );
  return [{ path, schema }, ...inner.flatMap(mapsOf)];
}

/** Told of in the introduction. */
const TYPES_OF_THEIR_OWN: ReadonlySet<unknown> = new Set(['secret', 'key ring']);

/** The map that a value is, is a list of, or may be. */
function mapIn(path: string, schema: JsonSchema): MapEntry[] {
  if (TYPES_OF_THEIR_OWN.has(schema.title)) return [];
  if (schema.properties !== undefined) return [{ path, schema }];
  if (schema.items !== undefined && !Array.isArray(schema.items)) return mapIn(`${path}[]`, asSchema(schema.items));
  const { description } = schema;
  return (schema.anyOf ?? []).flatMap((branch) =>
    mapIn(path, { ...asSchema(branch), ...(description === undefined ? {} : { description }) }),
  );
}

function typeOf(schema: JsonSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map((branch) => typeOf(asSchema(branch))).join(' or ');
  if (schema.title !== undefined) return schema.title;
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.items !== undefined && !Array.isArray(schema.items)) return `list of: ${typeOf(asSchema(schema.items))}`;
  if (schema.properties !== undefined) return 'map';
  if (schema.type === 'object') {
    return `map from ${typeOf(asSchema(schema.propertyNames ?? {}))} to ${typeOf(asSchema(schema.additionalProperties ?? {}))}`;
  }
  if (schema.type === 'integer') return `number, ${schema.minimum} to ${schema.maximum}`;
  return schema.type === 'boolean' ? '`true`, `false`' : 'text';
}

function defaultOf({ default: value, properties, anyOf }: JsonSchema): string {
  if (value === undefined) return '';
  if (JSON.stringify(value) === '{}' && (properties ?? anyOf) !== undefined) return 'as below';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function asSchema(value: JsonSchema | boolean): JsonSchema {
  return typeof value === 'boolean' ? {} : value;
}
