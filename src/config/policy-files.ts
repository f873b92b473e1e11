import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Unusable } from './files.js';

const YAML = /\.ya?ml$/;

/**
 * The files that one entry of `policies` means, in the order of their names.
 *
 * @param place the entry, resolved
 * @param except gateway.yaml, which may lie in the same folder
 * @throws Unusable if it means none
 */
export function listPolicies(place: string, except: string): readonly string[] {
  const [folder, matches] = reading(place);
  const names =
    folder === undefined
      ? [place]
      : list(folder)
          .filter(matches)
          .map((name) => join(folder, name));
  const files = names.filter((name) => resolve(name) !== resolve(except)).sort();
  if (files.length === 0) throw new Unusable('holds no policy (*.yaml)');
  return files;
}

/** The folder whose names decide what an entry of `policies` means. */
export function policyFolder(place: string): string | undefined {
  return reading(place)[0];
}

function reading(place: string): [folder: string | undefined, matches: (name: string) => boolean] {
  if (basename(place).includes('*')) {
    const parts = basename(place)
      .split('*')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const pattern = new RegExp(`^${parts.join('.*')}$`);
    return [dirname(place), (name) => pattern.test(name) && !name.startsWith('.')];
  }
  // Kubernetes mounts a ConfigMap as links into a folder whose name begins with a dot.
  return [isFolder(place) ? place : undefined, (name) => YAML.test(name) && !name.startsWith('.')];
}

function isFolder(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    throw new Unusable('cannot be read');
  }
}
