import type { RingReport } from '../conversation/ring-report.js';

const HEAD = ['KID', 'ALGORITHM', 'STATE', 'SEALS FROM', 'ENDS'] as const;

/** The keys of a ring, a line each, and the fingerprint. */
export function ringTable({ keys, fingerprint }: RingReport): string {
  const rows = keys.map(({ kid, alg, state, sealsFrom, endsAt }) => [kid, alg, state, short(sealsFrom), short(endsAt)]);
  const widths = HEAD.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const lines = [HEAD, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, `fingerprint ${fingerprint}`].join('\n');
}

/** Keys have whole seconds. */
function short(time: string | undefined): string {
  return time?.replace('.000Z', 'Z') ?? '-';
}
