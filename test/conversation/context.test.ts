import { inspect } from 'node:util';
import { open, seal } from '../../src/conversation/cookie.js';
import { octets, RING, TYPICAL, with_ } from './fixtures.js';

test.each([
  ['made', async () => with_({})],
  ['opened', async () => open(RING, await seal(RING, TYPICAL), TYPICAL)],
  ['in something', async () => ({ request: { context: with_({}) } })],
])('a context that was %s prints without its key', async (_, make) => {
  const value = await make();
  const key = octets(3, 32);
  for (const text of [inspect(value, { depth: 9, showHidden: true }), JSON.stringify(value), String(value)]) {
    for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
      expect(text).not.toContain(key.toString(encoding).slice(0, 10));
    }
    expect(text).not.toContain([...key.subarray(0, 4)].join(','));
  }
  expect(inspect(value, { depth: 9 })).toContain('key: [secret]');
  expect(JSON.stringify(value)).toContain('"key":"[secret]"');
});

test('a context cannot be changed', () => {
  expect(Object.isFrozen(TYPICAL)).toBe(true);
  expect(() => Object.assign(TYPICAL, { expires: 0 })).toThrow(TypeError);
});

test('a context made from another one keeps its key and hides the new one', () => {
  expect(with_({}).key).toBe(TYPICAL.key);
  const renewed = with_({ key: octets(8, 32), instance: 'urn:uuid:i' });
  expect(renewed.key.equals(octets(8, 32))).toBe(true);
  expect(inspect(renewed)).toContain('key: [secret]');
});
