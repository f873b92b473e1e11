import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** One import of one file. */
export interface Import {
  /** Of the importing file, from src/ on. */
  readonly file: string;
  /** A file from src/ on with the ending .ts, or the name of a package. */
  readonly target: string;
  readonly local: boolean;
  /** Gone after compilation. */
  readonly typeOnly: boolean;
}

export const files: readonly string[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => file.endsWith('.ts'));

export function sourceOf(file: string): string {
  return readFileSync(join(SRC, file), 'utf8');
}

/** Source without comments. */
export function codeOf(file: string): string {
  return sourceOf(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm, '');
}

const STATEMENT = /^(?:import|export)\s(type\s)?[^;'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;

export const imports: readonly Import[] = files.flatMap((file) =>
  [...codeOf(file).matchAll(STATEMENT)].map(([, type, from, bare, dynamic]) => {
    const name = from ?? bare ?? dynamic ?? '';
    const local = name.startsWith('.');
    const target = local
      ? relative(SRC, join(SRC, dirname(file), name))
          .split(sep)
          .join('/')
          .replace(/\.js$/, '.ts')
      : name;
    return { file, target, local, typeOnly: type !== undefined };
  }),
);

/** The folder below src/ that a file is in; a file of src/ itself is a room of its own. */
export function roomOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file;
}
