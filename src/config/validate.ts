import type { z } from 'zod';
import type { SourceFile } from './document.js';
import type { Path, Problem } from './problems.js';

type Issue = z.core.$ZodIssue;

export interface Validated<Value> {
  readonly value: Value;
  /** Nothing is missing from `value` because it was mistaken. */
  readonly complete: boolean;
  /** Reports what the schema cannot see; silent where the schema has already complained. */
  report(path: Path, message: string): void;
}

/**
 * Holds a file to its schema. A file with mistakes is still handed on, without the keys that are mistaken, as long as it
 * is whole without them: so one run finds the misspelt key and the key file that nobody may read.
 *
 * @param problems gets everything that is wrong
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  source: SourceFile,
  problems: Problem[],
): Validated<z.output<Schema>> | undefined {
  const mistaken: Path[] = [];
  const result = schema.safeParse(source.value, { error: describe });
  if (!result.success) {
    for (const issue of result.error.issues.flatMap((issue) => expand(issue))) {
      const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
      const messages = issue.message.split('\n');
      for (const [index, key] of keys.entries()) {
        const path = [...steps(issue.path), key];
        problems.push(source.keyProblem(path, messages[index] ?? 'unknown key'));
        mistaken.push(path);
      }
      if (keys.length > 0) continue;
      const place = issue.code === 'invalid_key' ? source.keyProblem : source.problem;
      problems.push(place(steps(issue.path), issue.message));
      mistaken.push(steps(issue.path));
    }
  }
  const value = result.success ? result.data : withoutMistakes(schema, source.value, mistaken);
  if (value === undefined) return undefined;
  return {
    value,
    complete: result.success,
    report: (path, message) => {
      if (mistaken.some((other) => within(path, other) || within(other, path))) return;
      problems.push(source.problem(path, message));
    },
  };
}

function within(inner: Path, outer: Path): boolean {
  return outer.every((step, index) => inner[index] === step);
}

function withoutMistakes<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  mistaken: readonly Path[],
): z.output<Schema> | undefined {
  if (mistaken.some((path) => typeof path.at(-1) !== 'string')) return undefined;
  const copy: unknown = structuredClone(value);
  for (const path of mistaken) {
    const parent = path
      .slice(0, -1)
      .reduce<unknown>((node, step) => (isRecord(node) ? node[String(step)] : undefined), copy);
    if (isRecord(parent)) delete parent[String(path.at(-1))];
  }
  const result = schema.safeParse(copy);
  return result.success ? result.data : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Of a union only the branch that the value was meant for; the union's own message if it fits none. */
function expand(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const branch = issue.errors.find(
    ([first]) => first !== undefined && (first.path.length > 0 || first.code === 'unrecognized_keys'),
  );
  if (branch === undefined) return [issue];
  return branch.flatMap((inner) => expand({ ...inner, path: [...issue.path, ...inner.path] }));
}

function steps(path: readonly PropertyKey[]): Path {
  return path.map((step) => (typeof step === 'number' ? step : String(step)));
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

const UNITS: Readonly<Record<string, readonly [verb: string, one: string, many: string]>> = {
  string: ['have', 'character', 'characters'],
  array: ['hold', 'entry', 'entries'],
};

function bounded(bound: string, amount: number | bigint, origin: string): string {
  const [verb, one, many] = UNITS[origin] ?? ['be', '', ''];
  return `must ${verb} ${bound} ${amount} ${Number(amount) === 1 ? one : many}`.trimEnd();
}

/** What a schema does not say in words of its own. */
function describe(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined && issue.code !== 'unrecognized_keys') return 'is required';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return bounded('at least', issue.minimum, issue.origin);
    case 'too_big':
      return bounded('at most', issue.maximum, issue.origin);
    case 'invalid_key':
      return issue.issues[0]?.message;
    default:
      return undefined;
  }
}
