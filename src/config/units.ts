import { z } from 'zod';

/** Durations (`300s`, `1h30m`) become milliseconds, sizes (`1MiB`) octets. Both need a unit: a bare number says nothing. */

const DURATION_UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;
const DURATION = /^(?=\d)(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$/;

const SIZE_UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
const SIZE = /^(\d{1,9})(B|KiB|MiB|GiB)$/;

export function parseDuration(text: string): number | undefined {
  const parts = DURATION.exec(text)?.slice(1);
  return parts?.reduce((sum, part, index) => sum + Number(part ?? 0) * (DURATION_UNITS[index]?.[1] ?? 0), 0);
}

export function parseSize(text: string): number | undefined {
  const [, count, unit] = SIZE.exec(text) ?? [];
  return unit === undefined ? undefined : Number(count) * SIZE_UNITS[unit as keyof typeof SIZE_UNITS];
}

export function formatDuration(ms: number): string {
  let rest = ms;
  let text = '';
  for (const [unit, size] of DURATION_UNITS) {
    if (rest >= size) text += `${Math.floor(rest / size)}${unit}`;
    rest %= size;
  }
  return text === '' ? '0s' : text;
}

export function formatSize(octets: number): string {
  const [unit, size] = Object.entries(SIZE_UNITS).findLast(([, size]) => octets >= size && octets % size === 0) ?? [
    'B',
    1,
  ];
  return `${octets / size}${unit}`;
}

interface Bounds {
  readonly min: string;
  readonly max: string;
}

/** A quantity written with its unit, between two bounds written the same way. */
function quantity(
  title: string,
  pattern: RegExp,
  parse: (text: string) => number | undefined,
  bounds: Bounds,
  sample: string,
) {
  const wrong = `must be a ${title} such as ${sample}`;
  const [min, max] = [parse(bounds.min) ?? Number.NaN, parse(bounds.max) ?? Number.NaN];
  return z
    .string({ error: (issue) => (issue.input === undefined ? 'is required' : wrong) })
    .regex(pattern, { error: wrong, abort: true })
    .refine(
      (text) => {
        const value = parse(text) ?? Number.NaN;
        return value >= min && value <= max;
      },
      { error: `must be between ${bounds.min} and ${bounds.max}`, abort: true },
    )
    .transform((text) => parse(text) ?? Number.NaN)
    .meta({ title });
}

export function duration(bounds: Bounds) {
  return quantity('duration', DURATION, parseDuration, bounds, '500ms, 30s or 1h30m');
}

export function size(bounds: Bounds) {
  return quantity('size', SIZE, parseSize, bounds, '512B, 64KiB or 1MiB');
}
