/** A key that nobody reads: most often a spelling of one that is read. */
export function unknownKey(key: string, known: readonly string[]): string {
  const guess = closest(key, known);
  const name = JSON.stringify(key);
  return guess === undefined ? `unknown key ${name}` : `unknown key ${name}; did you mean ${JSON.stringify(guess)}?`;
}

/** The known word that a mistaken one is most like, if it is like any. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const short = plain(word);
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(short, plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(1, Math.floor(short.length / 3)) ? best.candidate : undefined;
}

/** camelCase, snake_case and kebab-case of a word are the same mistake. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, '').slice(0, 40);
}

/** Edits between two words, two letters in the wrong order counted as one (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 0; i <= a.length; i++) {
    for (let j = i === 0 ? 1 : 0; j <= b.length; j++) {
      const row = rows[i] as number[];
      if (j === 0) row[j] = i;
      else if (i === 0) row[j] = j;
      else {
        const substitution = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
        const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
        row[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, substitution, swapped ? at(i - 2, j - 2) + 1 : Infinity);
      }
    }
  }
  return at(a.length, b.length);
}
