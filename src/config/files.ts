import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { secret } from '../crypto/secret.js';
import { systemCode } from '../errors.js';
import type { SecretSource } from './blocks.js';
import { type Environment, readVariable } from './interpolate.js';

/** Thrown by a reader; the text becomes a problem at the key that named the file. Holds no part of the file. */
export class Unusable extends Error {}

/** Reads what the configuration names. Paths in a file are relative to that file. */
export interface Files {
  /** Every file read so far, as paths that any process can open. */
  readonly read: readonly string[];
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
}

const READABLE_BY_ALL = 0o004;
const MAX_FILE = 16 * 1024 * 1024;

export function openFiles(environment: Environment): Files {
  const read = new Set<string>();
  const octets = (file: string): Buffer => {
    read.add(resolve(file));
    return attempt(() => {
      if (!statSync(file).isFile()) throw new Unusable('is not a file');
      if (statSync(file).size > MAX_FILE) throw new Unusable('is larger than 16 MiB');
      return readFileSync(file);
    });
  };
  const text = (file: string): string => octets(file).toString('utf8');
  const secretText = (file: string): string => {
    const content = text(file);
    const mode = statSync(file).mode & 0o777;
    if (process.platform !== 'win32' && (mode & READABLE_BY_ALL) !== 0) {
      throw new Unusable(`can be read by everyone (mode ${mode.toString(8).padStart(4, '0')}): chmod o-rwx`);
    }
    return content.replace(/\r?\n$/, '');
  };
  return {
    get read() {
      return [...read];
    },
    resolve: resolveFrom,
    text,
    octets,
    secretText,
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
