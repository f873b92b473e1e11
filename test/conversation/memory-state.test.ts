import { ConversationCache } from '../../src/conversation/cache.js';
import { createMemoryState } from '../../src/conversation/memory-state.js';
import { NOW, TYPICAL, with_ } from './fixtures.js';

const OUTER = { identifier: TYPICAL.identifier, service: TYPICAL.service, version: TYPICAL.version };

function memory(capacity: number) {
  const clock = { time: NOW, now: () => clock.time };
  const cache = new ConversationCache(
    () => {
      throw new Error('no cookie is opened');
    },
    { entries: 10, derivedKeys: 2 },
    clock.now,
  );
  return { clock, cache, state: createMemoryState(capacity, cache, clock) };
}

test('a context is found by its Identifier and Instance until its time is over, and by nothing else', async () => {
  const { state, clock } = memory(10);
  await state.keep(TYPICAL, NOW + 1000);
  const found = await state.find(OUTER);
  expect(found?.context).toBe(TYPICAL);
  expect(found?.kid).toBeUndefined();
  expect(state.find({ ...OUTER, instance: 'urn:uuid:1' })).toBeUndefined();
  expect(state.find({ ...OUTER, identifier: 'urn:uuid:1' })).toBeUndefined();
  clock.time = NOW + 1000;
  expect(state.find(OUTER)).toBeDefined();
  clock.time = NOW + 1001;
  expect(state.find(OUTER)).toBeUndefined();
});

test('a renewed token stands beside the one before; each is forgotten alone', async () => {
  const { state } = memory(10);
  const renewed = with_({ instance: 'urn:uuid:1' });
  await state.keep(TYPICAL, NOW + 1000);
  await state.keep(renewed, NOW + 1000);
  await state.forget(TYPICAL);
  expect(state.find(OUTER)).toBeUndefined();
  expect((await state.find({ ...OUTER, instance: 'urn:uuid:1' }))?.context).toBe(renewed);
});

test('where there is no room none is ended for another: the new one is refused, until one has ended by itself', async () => {
  const { state, clock } = memory(2);
  const context = (number: number) => with_({ identifier: `urn:uuid:${number}` });
  await state.keep(context(1), NOW + 5000);
  await state.keep(context(2), NOW + 1000);
  await expect(state.keep(context(3), NOW + 5000)).rejects.toMatchObject({ code: 'http.overloaded' });
  expect(state.find({ ...OUTER, identifier: 'urn:uuid:1' })).toBeDefined();
  clock.time = NOW + 1001;
  await state.keep(context(3), NOW + 5000);
  expect(state.size).toBe(2);
  expect(state.find({ ...OUTER, identifier: 'urn:uuid:3' })).toBeDefined();
});

test('failed proofs are counted by Identifier, whatever keeps the state', async () => {
  const { state, cache } = memory(2);
  await state.keep(TYPICAL, NOW + 1000);
  (await state.find(OUTER))?.recordFailure();
  expect(cache.conversationOf(TYPICAL).failures).toBe(1);
});
