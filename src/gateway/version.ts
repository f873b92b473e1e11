import { existsSync, readFileSync } from 'node:fs';

const NAME = 'sct-gateway';

/** The version in the package's package.json: the nearest above this file, however deep the compiler put it. */
export function packageVersion(): string {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const file = new URL('package.json', folder);
    const described: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    if (isPackage(described) && described.name === NAME) return described.version;
    if (folder.pathname === '/') return 'unknown';
  }
}

function isPackage(value: unknown): value is { readonly name: string; readonly version: string } {
  return typeof value === 'object' && value !== null && 'name' in value && 'version' in value;
}
