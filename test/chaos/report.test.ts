import { isGood, judge, table } from './report.js';
import type { Sent } from './traffic.js';

const sent = (text: string, more: Partial<Sent> = {}): Sent => ({
  text,
  conversation: 0,
  began: 100,
  ended: 110,
  node: 'gateway-1',
  ...more,
});
const killing = { node: 'gateway-1', from: 105, until: 120 };
const outcome = (more: Partial<Parameters<typeof judge>[1]>) =>
  judge('a fault', { sent: [sent('1')], killings: [], asked: ['1'], lost: 0, seconds: 1, ...more });

describe('what a fault did to the traffic', () => {
  test('answered once: good', () => {
    expect(isGood(outcome({}))).toBe(true);
  });

  test.each<[string, Partial<Parameters<typeof judge>[1]>]>([
    ['nothing was sent', { sent: [], asked: [] }],
    ['a request failed though nothing was killed', { sent: [sent('1', { failure: '503' })] }],
    ['it failed on another node', { sent: [sent('1', { failure: '502', node: 'gateway-2' })], killings: [killing] }],
    ['it failed before the kill', { sent: [sent('1', { failure: '502', ended: 104 })], killings: [killing] }],
    ['it began after the kill', { sent: [sent('1', { failure: '502', began: 121, ended: 130 })], killings: [killing] }],
    ['a service was asked twice', { asked: ['1', '1'] }],
    [
      'a service was asked twice for what failed',
      { sent: [sent('1', { failure: '502' })], killings: [killing], asked: ['1', '1'] },
    ],
    ['a conversation did not go on', { lost: 1 }],
  ])('%s: bad', (_, more) => {
    expect(isGood(outcome(more))).toBe(false);
  });

  test.each(['gateway-1', ''])('in the hands of the process that was killed, told by "%s": not its fault', (node) => {
    const one = outcome({ sent: [sent('1', { failure: 'gone', node }), sent('2')], killings: [killing] });
    expect([isGood(one), one.inFlight, one.failed]).toEqual([true, 1, []]);
  });

  test('a killed service may be in the hands of any node', () => {
    const { node: _, ...service } = killing;
    expect(isGood(outcome({ sent: [sent('1', { failure: '502', node: 'gateway-3' })], killings: [service] }))).toBe(
      true,
    );
  });

  test('stands in a table', () => {
    const [titles, , row] = table([outcome({ asked: ['1', '1', '1'] })]).split('\n');
    expect(titles).toMatch(
      /^# \| fault +\| sent \| failed, in flight \| failed \| duplicated \| conversations lost \| seconds \|$/,
    );
    expect(row?.split('|').map((cell) => cell.trim())).toEqual(['#', 'a fault', '1', '0', '0', '2', '0', '1', '']);
  });
});
