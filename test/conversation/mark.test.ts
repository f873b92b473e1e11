import { isMarked, markId } from '../../src/conversation/mark.js';
import { systemRuntime } from '../../src/runtime.js';
import { octets } from './fixtures.js';

const KEY = octets(3, 32);
const fixed = { randomBytes: (n: number) => octets(0, n) };

test('the form of the mark is fixed: every node and every release must know it', () => {
  expect(markId(KEY, fixed)).toBe('TS-00070e151c232a31383f464d545b6269-6c9c6c6dbc07c1bf');
});

test('is an NCName, is unique, and is known to whoever has the key', () => {
  const ids = Array.from({ length: 50 }, () => markId(KEY, systemRuntime));
  expect(new Set(ids).size).toBe(50);
  for (const id of ids) {
    expect(id).toMatch(/^TS-[0-9a-f]{32}-[0-9a-f]{16}$/);
    expect(isMarked(Buffer.from(KEY), id)).toBe(true);
  }
});

test('is not known under the key of another conversation or of another instance', () => {
  const id = markId(KEY, systemRuntime);
  expect(isMarked(octets(4, 32), id)).toBe(false);
  expect(isMarked(KEY.subarray(0, 31), id)).toBe(false);
});

test('any changed character unmarks it', () => {
  const id = markId(KEY, systemRuntime);
  for (let i = 0; i < id.length; i++) {
    const changed = id.slice(0, i) + (id[i] === '0' ? '1' : '0') + id.slice(i + 1);
    expect(isMarked(KEY, changed)).toBe(false);
  }
});

test.each([
  '',
  '_0',
  'Timestamp-8a1c4b0e-1a1b-4a86-9d0c-3f0f1a1a0a01',
  'TS-3F2A9C1D5E7B8A4F6D0E1C2B3A495867',
  'TS-00070e151c232a31383f464d545b6269',
  'TS-00070e151c232a31383f464d545b6269-',
  'uuid-709ab608-2004-44d5-b392-f3c5bf7c67fb-1',
])('the Id of a client is not marked: %j', (id) => {
  expect(isMarked(KEY, id)).toBe(false);
});

test('another spelling of a mark is none', () => {
  const id = markId(KEY, systemRuntime);
  for (const spelled of [id.toUpperCase(), ` ${id}`, `${id}\n`, `${id}0`, `x${id}`])
    expect(isMarked(KEY, spelled)).toBe(false);
});
