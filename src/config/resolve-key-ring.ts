import { joinKeyRing, type KeyRing, type KeyText } from '../conversation/key-ring.js';
import type { KeyRingSource } from './blocks.js';
import { attempt, type Resolving, readSecret } from './resolving.js';

/** The farm's ring, from wherever it is. */
export function resolveKeyRing(source: KeyRingSource, resolving: Resolving): KeyRing | undefined {
  const name = keyRingPlace(source, resolving);
  const texts = source.fromFolder === undefined ? readText(source, name, resolving) : readFolder(name, resolving);
  if (texts === undefined) return undefined;
  return attempt(resolving, ['farmKeys'], name, () => joinKeyRing(texts, name, resolving.clock));
}

/** What the place of a ring is called: a path, or a variable. */
function keyRingPlace(
  { fromFile, fromFolder, fromEnv }: KeyRingSource,
  { files, file }: Pick<Resolving, 'files' | 'file'>,
): string {
  const path = fromFile ?? fromFolder;
  return path === undefined ? `environment variable ${fromEnv}` : files.resolve(file, path);
}

function readText(source: KeyRingSource, name: string, resolving: Resolving): readonly KeyText[] | undefined {
  const text = readSecret(resolving, ['farmKeys'], source);
  return text === undefined ? undefined : [{ text, source: name }];
}

function readFolder(name: string, resolving: Resolving): readonly KeyText[] | undefined {
  return attempt(resolving, ['farmKeys', 'fromFolder'], name, () =>
    resolving.files.secretFolder(name).map(({ file, text }) => ({ text, source: file })),
  );
}
