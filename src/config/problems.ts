import { GatewayError } from '../errors.js';

/** Keys and indexes from the top of a file to a value. */
export type Path = readonly (string | number)[];

/** One thing that is wrong, where it stands. Lines and columns begin with 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `bootstrap[0].users.file`; empty for the file itself. */
  readonly path: string;
  readonly message: string;
}

/** `file:line:column: path: message`, which editors and terminals turn into a link. */
export function formatProblem({ file, line, column, path, message }: Problem): string {
  return `${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
}

export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const name = /^[\w-]+$/.test(step) ? step : JSON.stringify(step);
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

/**
 * All that is wrong with a configuration, as one error.
 *
 * @param read what a watcher should look at until it is right
 * @returns GatewayError `config.invalid`; details.problems is the list, in the order of files, lines and columns
 */
export function invalidConfig(
  problems: readonly Problem[],
  read: ReadonlyMap<string, string> = new Map(),
): GatewayError {
  const files = [...new Set(problems.map(({ file }) => file))];
  const sorted = problems.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
  const count = sorted.length === 1 ? '1 problem' : `${sorted.length} problems`;
  return new GatewayError('config.invalid', `the configuration has ${count}\n${sorted.map(formatProblem).join('\n')}`, {
    problems: sorted,
    files: read,
  });
}
