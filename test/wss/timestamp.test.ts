import { requireFresh } from '../../src/wss/timestamp.js';
import { codeOf } from '../crypto/code-of.js';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const policy = { ttl: 300_000, skew: 60_000, required: true } as const;
const written = (offset: number) => new Date(NOW + offset * 1000).toISOString();
const fresh = (created: string, expires?: string, now = NOW) =>
  requireFresh({ node: 0, id: undefined, created, expires }, policy, now);

describe('accepted until', () => {
  test.each<readonly [string, string, string | undefined, number]>([
    ['its end and the skew', written(-10), written(100), 100 + 60],
    ['our ttl and the skew, where it says more', written(-10), written(86_400), -10 + 300 + 60],
    ['our ttl and the skew, where it says nothing', written(-10), undefined, -10 + 300 + 60],
    ['a little more, where its clock is ahead', written(60), written(120), 120 + 60],
    ['the skew, where it has just expired', written(-59), written(-59), -59 + 60],
  ])('%s', (_, created, expires, until) => {
    expect(fresh(created, expires)).toBe(NOW + until * 1000);
  });

  test.each([
    '2026-11-25T12:00:00Z',
    '2026-11-25T12:00:00.1Z',
    '2026-11-25T12:00:00.1234567Z',
    '2026-11-25T12:00:00.123456789Z',
    '2026-11-25T13:00:00+01:00',
    '2026-11-25T06:30:00.5-05:30',
  ])('the spelling %s', (created) => {
    const until = fresh(created);
    expect(until - NOW - 360_000).toBeGreaterThanOrEqual(0);
    expect(until - NOW - 360_000).toBeLessThan(1000);
  });
});

describe('refused', () => {
  test.each<readonly [string, string, string | undefined]>([
    ['expired by our ttl', written(-360), written(86_400)],
    ['expired by its own word', written(-120), written(-60)],
    ['in the future', new Date(NOW + 60_001).toISOString(), written(120)],
    ['in the far future', '9999-12-31T23:59:59Z', undefined],
    ['before its beginning', written(0), written(-1)],
    ['without a zone', '2026-11-25T12:00:00', undefined],
    ['a date', '2026-11-25', undefined],
    ['with a space', '2026-11-25 12:00:00Z', undefined],
    ['in small letters', '2026-11-25t12:00:00z', undefined],
    ['a leap second', '2026-11-25T11:59:60Z', undefined],
    ['the thirteenth month', '2026-13-25T12:00:00Z', undefined],
    ['hour 25', '2026-11-25T25:00:00Z', undefined],
    ['a zone that is none', '2026-11-25T12:00:00+99:00', undefined],
    ['a year of five digits', '12026-11-25T12:00:00Z', undefined],
    ['a negative year', '-2026-11-25T12:00:00Z', undefined],
    ['a fraction without digits', '2026-11-25T12:00:00.Z', undefined],
    ['ten digits of a fraction', '2026-11-25T12:00:00.1234567890Z', undefined],
    ['a number', `${NOW}`, undefined],
    ['nothing', '', undefined],
    ['white space within', '2026-11-25T12:00:00Z 2026', undefined],
    ['an end that is no instant', written(0), 'never'],
    ['an end that is empty', written(0), ''],
  ])('%s', (_, created, expires) => {
    expect(codeOf(() => fresh(created, expires))).toBe('wss.timestamp');
  });

  test('at the very moment, and not before', () => {
    expect(fresh(written(0), undefined, NOW + 359_999)).toBe(NOW + 360_000);
    expect(codeOf(() => fresh(written(0), undefined, NOW + 360_000))).toBe('wss.timestamp');
    expect(fresh(written(60), undefined)).toBe(NOW + 420_000);
  });

  test('with the times in the details, for the log', () => {
    expect(() => fresh(written(-400))).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({ created: written(-400), age_ms: 400_000, ttl: 300_000 }),
      }),
    );
  });
});
