import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { secret } from '../crypto/secret.js';
import { systemCode } from '../errors.js';
import type { SecretSource } from './blocks.js';
import { digestOf, digestOfNames, isVisible } from './digest.js';
import { type Environment, readVariable } from './interpolate.js';

/** Thrown by a reader; the text becomes a problem at the key that named the file. Holds no part of the file. */
export class Unusable extends Error {}

/** Reads what the configuration names. Paths in a file are relative to that file. */
export interface Files {
  /** Every file and folder read so far, as paths that any process can open → the digest of what was there, as `watch` has it. */
  readonly read: ReadonlyMap<string, string>;
  resolve(from: string, name: string): string;
  /** @throws Unusable */
  text(file: string): string;
  /** @throws Unusable */
  octets(file: string): Buffer;
  /**
   * As `text`, for what only we may read: refuses a file that everyone can (mode & 004). One line end at its end is not
   * part of the secret.
   *
   * @throws Unusable
   */
  secretText(file: string): string;
  /** @throws Unusable */
  secret(from: string, source: SecretSource): string;
  /**
   * As `secretText`, of each file of a folder but those whose name begins with a dot.
   *
   * @throws Unusable, naming the file if it is one
   */
  secretFolder(folder: string): readonly { readonly file: string; readonly text: string }[];
  /** Says that what a folder holds matters, though it may not be there yet. */
  noteFolder(folder: string): void;
}

const READABLE_BY_ALL = 0o004;
const MAX_FILE = 16 * 1024 * 1024;
/** In a mounted secret every file is a link through this one, which Kubernetes turns when all of the new files are there. */
const TURNING = '..data';

export function openFiles(environment: Environment): Files {
  const read = new Map<string, string>();
  /** @param place where it is read, if that is not the path that others know it by */
  const octets = (file: string, place = file): Buffer => {
    // what cannot be read is looked for again
    read.set(resolve(file), '');
    return attempt(() => {
      if (!statSync(place).isFile()) throw new Unusable('is not a file');
      if (statSync(place).size > MAX_FILE) throw new Unusable('is larger than 16 MiB');
      const content = readFileSync(place);
      read.set(resolve(file), digestOf(content));
      return content;
    });
  };
  const text = (file: string): string => octets(file).toString('utf8');
  const secretText = (file: string, place = file): string => {
    const content = octets(file, place).toString('utf8');
    const mode = statSync(place).mode & 0o777;
    if (process.platform !== 'win32' && (mode & READABLE_BY_ALL) !== 0) {
      throw new Unusable(`can be read by everyone (mode ${mode.toString(8).padStart(4, '0')}): chmod o-rwx`);
    }
    return content.replace(/\r?\n$/, '');
  };
  const names = (folder: string): readonly string[] => {
    read.set(resolve(folder), '');
    return attempt(() => {
      const found = readdirSync(folder).filter(isVisible).sort();
      read.set(resolve(folder), digestOfNames(found));
      return found;
    });
  };
  return {
    read,
    resolve: resolveFrom,
    text,
    octets: (file) => octets(file),
    secretText: (file) => secretText(file),
    secretFolder: (folder) => {
      const found = names(folder);
      const place = attempt(() => (existsSync(join(folder, TURNING)) ? realpathSync(join(folder, TURNING)) : folder));
      return found.map((name) => {
        const file = join(folder, name);
        return { file, text: named(name, () => secretText(file, join(place, name))) };
      });
    },
    noteFolder: (folder) => {
      try {
        names(folder);
      } catch (error) {
        if (!(error instanceof Unusable)) throw error;
      }
    },
    secret: (from, source) => {
      if (source.fromEnv !== undefined) return variable(environment, source.fromEnv);
      return nonEmpty(secretText(resolveFrom(from, source.fromFile ?? '')));
    },
  };
}

/** Octets that print as `[secret]`. */
export function secretBytes(text: string): Buffer {
  return secret(Buffer.from(text, 'utf8'));
}

function resolveFrom(from: string, name: string): string {
  return isAbsolute(name) ? name : join(dirname(from), name);
}

function variable(environment: Environment, name: string): string {
  const value = readVariable(environment, name);
  if (value === undefined) throw new Unusable('is not set');
  return nonEmpty(value);
}

function nonEmpty(text: string): string {
  if (text === '') throw new Unusable('is empty');
  return text;
}

function named<Result>(name: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof Unusable ? new Unusable(`holds ${name}, which ${error.message}`) : error;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'cannot be read: permission denied',
  EISDIR: 'is not a file',
  ENOTDIR: 'does not exist',
};

function attempt<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof Unusable) throw error;
    const code = systemCode(error) ?? 'unknown error';
    throw new Unusable(REASONS[code] ?? `cannot be read: ${code}`);
  }
}
