import fc from 'fast-check';
import { closest, unknownKey } from '../../src/config/spelling.js';
import { duration, formatDuration, formatSize, parseDuration, parseSize, size } from '../../src/config/units.js';

describe('durations', () => {
  test.each([
    ['0s', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['7d', 604_800_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['90m', 5_400_000],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each([
    '',
    '30',
    '30 s',
    '1.5h',
    '-1s',
    '1s1h',
    '1s1s',
    's',
    '1S',
    '1y',
    '1m1ms1s',
    '1e3s',
    '٣s',
    '9999999999s',
    ' 1s',
  ])('%j is none', (text) => expect(parseDuration(text)).toBeUndefined());

  test('what is written is read again', () => {
    fc.assert(fc.property(fc.nat({ max: 10 ** 12 }), (ms) => expect(parseDuration(formatDuration(ms))).toBe(ms)));
  });

  test.each([
    ['1s', { success: true, data: 1_000 }],
    ['1m', { success: true, data: 60_000 }],
    ['999ms', { success: false, message: 'must be between 1s and 1m' }],
    ['61s', { success: false, message: 'must be between 1s and 1m' }],
    ['60', { success: false, message: 'must be a duration such as 500ms, 30s or 1h30m' }],
    [60, { success: false, message: 'must be a duration such as 500ms, 30s or 1h30m' }],
    [undefined, { success: false, message: 'is required' }],
  ])('between bounds: %j', (value, expected) => {
    const result = duration({ min: '1s', max: '1m' }).safeParse(value);
    const { success } = result;
    expect(success ? { success, data: result.data } : { success, message: result.error.issues[0]?.message }).toEqual(
      expected,
    );
  });
});

describe('sizes', () => {
  test.each([
    ['0B', 0],
    ['512B', 512],
    ['64KiB', 65_536],
    ['1MiB', 1_048_576],
    ['2GiB', 2_147_483_648],
  ])('%s', (text, octets) => expect(parseSize(text)).toBe(octets));

  test.each(['', '1', '1 MiB', '1MB', '1mib', '1.5MiB', '-1B', '1KiB1B', '1k', 'MiB', '9999999999B'])(
    '%j is none',
    (text) => expect(parseSize(text)).toBeUndefined(),
  );

  test('what is written is read again', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999_999 }), (octets) => expect(parseSize(formatSize(octets))).toBe(octets)),
    );
  });

  test('a bare number is refused', () => {
    const result = size({ min: '1B', max: '1KiB' }).safeParse(512);
    expect(result.error?.issues[0]?.message).toBe('must be a size such as 512B, 64KiB or 1MiB');
  });
});

describe('spelling', () => {
  const known = ['workers', 'timeouts', 'renewUntil', 'algorithmSuite', 'tls'];
  test.each([
    ['worker', 'workers'],
    ['wrokers', 'workers'],
    ['WORKERS', 'workers'],
    ['renew_until', 'renewUntil'],
    ['renew-untill', 'renewUntil'],
    ['algoritmsuite', 'algorithmSuite'],
  ])('%s → %s', (word, guess) => expect(closest(word, known)).toBe(guess));

  test.each(['banana', 'x', '', 'w'.repeat(10_000)])('%.12s is like none of them', (word) =>
    expect(closest(word, known)).toBeUndefined(),
  );

  test('a key is quoted as JSON', () => {
    expect(unknownKey('a"\n', known)).toBe('unknown key "a\\"\\n"');
  });
});
