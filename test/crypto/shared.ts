import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = process.env.SHARED ?? fileURLToPath(new URL('../../../shared/', import.meta.url));

/** A folder of vectors made by others, or undefined where they are not at hand. */
export function sharedFolder(path: string): string | undefined {
  const folder = `${ROOT.replace(/\/$/, '')}/${path}`;
  return existsSync(folder) ? folder : undefined;
}

export function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
