import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import { type Environment, interpolate, OPEN } from './interpolate.js';
import { nestsTooDeeply } from './nesting.js';
import { formatPath, type Path, type Problem } from './problems.js';

/** A YAML file as plain values that know where they stood. */
export interface SourceFile {
  readonly name: string;
  readonly value: unknown;
  /** Points at a value; where there is none, at the key of the map that should hold it. */
  problem(path: Path, message: string): Problem;
  /** Points at the key itself. */
  keyProblem(path: Path, message: string): Problem;
}

type Report = (offset: number, message: string) => void;

/** A plain `port: ${PORT}` is the number that it would be if it stood there. */
const TYPED = /^(?:true|false|-?(?:0|[1-9]\d{0,14}))$/;

const UNQUOTED = `"${OPEN}" opens a map inside { } and [ ]: write the map in lines of its own, or put quotes around a text`;

/**
 * Reads a file of YAML 1.2 without anchors, aliases and tags: what a key says stands where the key is.
 *
 * @param problems gets everything that is wrong
 * @returns undefined if the text is not such YAML
 */
export function readDocument(
  name: string,
  text: string,
  environment: Environment,
  problems: Problem[],
): SourceFile | undefined {
  if (nestsTooDeeply(text)) {
    problems.push({ file: name, line: 1, column: 1, path: '', message: 'is nested too deeply' });
    return undefined;
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
  const place = (offset: number, path: Path, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file: name, line: Math.max(line, 1), column: Math.max(col, 1), path: formatPath(path), message };
  };
  const found: Problem[] = [];
  const report: Report = (offset, message) => {
    found.push(place(offset, [], message));
  };
  for (const { pos, code, message } of [...document.errors, ...document.warnings]) {
    const variable = text.startsWith(OPEN, pos[0] - 1);
    report(pos[0], variable ? UNQUOTED : code === 'DUPLICATE_KEY' ? 'this key stands here a second time' : message);
    // what follows is said of a text that nobody meant
    if (variable) break;
  }
  if (found.length === 0) refuseShorthand(document, report);
  if (found.length === 0) putVariables(document, environment, report);
  problems.push(...found);
  if (found.length > 0) return undefined;
  return {
    name,
    value: document.toJS(),
    problem: (path, message) => place(valueOffset(document, path) ?? nearestKeyOffset(document, path), path, message),
    keyProblem: (path, message) => place(keyOffset(document, path) ?? 0, path, message),
  };
}

function refuseShorthand(document: Document, report: Report): void {
  visit(document, {
    Alias: (_, node) => report(start(node), `aliases are not supported: write out what *${node.source} stands for`),
    Pair: (_, { key }) => {
      if (isScalar(key) && key.value === '<<') report(start(key), 'merge keys are not supported: write the keys out');
      else if (!isScalar(key) || typeof key.value !== 'string') report(start(key), 'a key must be a string');
      // JavaScript's own; a record would drop it without a word.
      else if (key.value === '__proto__') report(start(key), 'a key must not be "__proto__"');
    },
    Value: (_, node) => {
      if (node.anchor !== undefined) report(start(node), `anchors are not supported: &${node.anchor}`);
      if (node.tag !== undefined) report(start(node), `tags are not supported: ${node.tag}`);
    },
  });
}

function putVariables(document: Document, environment: Environment, report: Report): void {
  visit(document, {
    Scalar: (position, node) => {
      if (position === 'key' || typeof node.value !== 'string') return;
      const { text, problems } = interpolate(node.value, environment);
      for (const problem of problems) report(start(node), problem);
      node.value = node.type === 'PLAIN' && text !== node.value && TYPED.test(text) ? JSON.parse(text) : text;
    },
  });
}

function start(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

function valueOffset(document: Document, path: Path): number | undefined {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  // A key without a value has an empty scalar behind it, on whatever line comes next.
  if (isScalar(node) && node.value === null && node.source === '') return undefined;
  return isNode(node) ? start(node) : undefined;
}

function keyOffset(document: Document, path: Path): number | undefined {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isSeq(parent)) return valueOffset(document, path);
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === last) : undefined;
  return pair === undefined ? undefined : start(pair.key);
}

function nearestKeyOffset(document: Document, path: Path): number {
  if (path.length === 0) return 0;
  return keyOffset(document, path) ?? nearestKeyOffset(document, path.slice(0, -1));
}
