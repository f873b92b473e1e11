import { setTimeout as sleep } from 'node:timers/promises';
import { storeKey } from '../../src/store/store.js';
import { closeAll, type OpenedStore, open, openUp, policy, refusalOf, TIMEOUT } from './opened.js';
import { type RedisServer, startRedis, tellRedis, until } from './redis-server.js';

/** A busy machine may need so much more than the timeout. Milliseconds. */
const SLACK = 150;

let redis: RedisServer;
let opened: OpenedStore;
const store = () => opened.store;

beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(async () => {
  opened = await openUp(policy(redis.port));
  await tellRedis(redis.port, 'FLUSHALL');
});
afterEach(closeAll);
afterAll(() => redis.remove());

describe('what it does', () => {
  test('a key is new once, until its time is over', async () => {
    expect(await store().add('message', 500)).toBe(true);
    expect(await store().add('message', 500)).toBe(false);
    expect(await store().add('another', 500)).toBe(true);
    await sleep(600);
    expect(await store().add('message', 500)).toBe(true);
  });

  test('of many that come at once one is first', async () => {
    const second = await openUp(policy(redis.port));
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? store() : second.store).add('message', 1000)),
    );
    expect(answers.filter((isNew) => isNew)).toHaveLength(1);
  });

  test('what is put is got, and gone when its time is over or it is removed', async () => {
    await store().put('state', 'sealed', 500);
    expect(await store().get('state')).toBe('sealed');
    await sleep(600);
    expect(await store().get('state')).toBeUndefined();
    await store().put('state', 'sealed', 0.2);
    await store().put('other', 'sealed', 1000);
    await store().remove('other');
    expect(await store().get('other')).toBeUndefined();
  });

  test('the journal is read in pages from a position, and what is too old is dropped', async () => {
    for (let index = 0; index < 1005; index++) await store().append('journal', `entry ${index}`, 60_000);
    const first = await store().read('journal', '');
    expect(first.entries).toHaveLength(1000);
    expect(first).toMatchObject({ more: true });
    const second = await store().read('journal', first.position);
    expect(second.entries).toEqual(['entry 1000', 'entry 1001', 'entry 1002', 'entry 1003', 'entry 1004']);
    expect(second.more).toBe(false);
    expect(await store().read('journal', second.position)).toEqual({
      entries: [],
      position: second.position,
      more: false,
    });
    // The journal's first entries were written a day ago: Redis drops whole nodes of a hundred.
    await tellRedis(redis.port, 'DEL', 'test:old');
    for (let index = 1; index <= 200; index++)
      await tellRedis(redis.port, 'XADD', 'test:old', `${index}-0`, 'e', 'old');
    await store().append('old', 'new', 1000);
    const { entries } = await store().read('old', '');
    expect(entries.length).toBeLessThan(200);
    expect(entries.at(-1)).toBe('new');
  });

  test('every key has the prefix, and tells nothing of what it is made of', async () => {
    await store().add(storeKey('message', 'urn:uuid:secret'), 1000);
    const keys = (await tellRedis(redis.port, 'KEYS', '*')) as string[];
    expect(keys.filter((key) => !key.startsWith('test:'))).toEqual([]);
    expect(keys.join()).not.toContain('secret');
    expect(storeKey('x', 'ab', 'c')).not.toBe(storeKey('x', 'a', 'bc'));
  });
});

describe('while it is away', () => {
  test('frozen: three wait for the timeout, then none waits, and it is back without a restart', async () => {
    await store().put('state', 'sealed', 60_000);
    redis.freeze();
    try {
      for (let index = 0; index < 3; index++) {
        const { code, details, ms } = await refusalOf(store().get('state'));
        expect([code, details]).toEqual(['store.unavailable', { operation: 'get', refusal: 'timeout' }]);
        expect(ms).toBeLessThan(TIMEOUT + SLACK);
      }
      expect(store().up).toBe(false);
      const begun = performance.now();
      for (let index = 0; index < 1000; index++) {
        expect((await refusalOf(store().add('m', 1))).details).toEqual({ operation: 'add', refusal: 'away' });
      }
      expect(performance.now() - begun).toBeLessThan(1000 * TIMEOUT * 0.1);
      // Long enough that the connection is given up for a new one.
      await sleep(3500);
    } finally {
      redis.thaw();
    }
    await until('the store is back', () => store().up, 3000);
    expect(await store().get('state')).toBe('sealed');
    expect(opened.lines.map(({ event }) => event)).toEqual(['store.up', 'store.down', 'store.up']);
  });

  test('frozen for a moment: a command that came too late is not sent again', async () => {
    redis.freeze();
    const late = refusalOf(store().append('journal', 'once', 1000));
    expect((await late).details).toMatchObject({ refusal: 'timeout' });
    redis.thaw();
    await sleep(200);
    expect((await store().read('journal', '')).entries).toEqual(['once']);
  });

  test('killed and started: refused at once meanwhile, nothing is held back and done later', async () => {
    const before = store().interruptions;
    await redis.kill();
    try {
      await sleep(50);
      const refusals = await Promise.all(
        Array.from({ length: 50 }, () => refusalOf(store().append('journal', 'x', 1))),
      );
      expect(refusals.every(({ code, ms }) => code === 'store.unavailable' && ms < TIMEOUT + SLACK)).toBe(true);
      await sleep(400);
      expect(store().up).toBe(false);
    } finally {
      await redis.start();
    }
    await until('the store is back', () => store().up, 4000);
    expect((await store().read('journal', '')).entries).toEqual([]);
    expect(store().interruptions).toBeGreaterThan(before);
  });

  test('never there: every operation fails at once, and it is taken when it comes', async () => {
    await redis.kill();
    const { store: reached, lines } = open(policy(redis.port));
    expect((await refusalOf(reached.add('m', 1000))).details).toEqual({ operation: 'add', refusal: 'away' });
    await sleep(1500);
    await redis.start();
    await until('the store is there', () => reached.up);
    expect(await reached.add('m', 1000)).toBe(true);
    expect(lines.map(({ event }) => event)).toEqual(['store.down', 'store.up']);
  });
});

describe('its memory is full', () => {
  test('what needs room is refused by name, what needs none is served, nothing is evicted', async () => {
    await store().put('state', 'sealed', 60_000);
    await tellRedis(redis.port, 'CONFIG', 'SET', 'maxmemory', '1');
    try {
      for (let index = 0; index < 5; index++) {
        expect((await refusalOf(store().add(`m${index}`, 1000))).details).toEqual({
          operation: 'add',
          refusal: 'reply',
          reply: 'OOM',
        });
      }
      expect(store().up).toBe(true);
      expect(await store().get('state')).toBe('sealed');
      expect(opened.lines.filter(({ event }) => event === 'store.refused')).toMatchObject([{ reply: 'OOM' }]);
    } finally {
      await tellRedis(redis.port, 'CONFIG', 'SET', 'maxmemory', '0');
    }
    expect(await store().add('m0', 1000)).toBe(true);
  });

  test('a policy that evicts is told of', async () => {
    await tellRedis(redis.port, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    const evicting = await openUp(policy(redis.port));
    await until('it is told', () => evicting.lines.some(({ event }) => event === 'store.evicts'));
    await tellRedis(redis.port, 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    expect(opened.lines.map(({ event }) => event)).toEqual(['store.up']);
  });
});
