import { jest } from '@jest/globals';
import { ConversationCache } from '../../src/conversation/cache.js';
import { type OuterToken, requireBinding, type SecurityContext } from '../../src/conversation/context.js';
import { open, seal } from '../../src/conversation/cookie.js';
import { deriveKey } from '../../src/crypto/psha1.js';
import { GatewayError } from '../../src/errors.js';
import { codeOf } from '../crypto/code-of.js';
import { atOnce } from './at-once.js';
import { NOW, octets, RING, TYPICAL, with_ } from './fixtures.js';

/** A cache over cookies `c0`, `c1`, …, which stand for contexts that are given. */
function cacheOf(contexts: Readonly<Record<string, SecurityContext>>, sizes = { entries: 4, derivedKeys: 3 }) {
  const clock = { now: NOW };
  const opener = jest.fn((cookie: string, outer: OuterToken) => {
    const context = contexts[cookie];
    if (context === undefined) throw new GatewayError('token.open', 'no');
    requireBinding(context, outer);
    return context;
  });
  return { cache: new ConversationCache(opener, sizes, () => clock.now), opener, clock };
}
const numbered = (n: number) => with_({ identifier: `urn:uuid:${n}` });
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`c${i}`, numbered(i)]));

describe('resolve', () => {
  test('opens a cookie once', () => {
    const { cache, opener } = cacheOf({ c0: TYPICAL });
    const first = atOnce(cache.resolve('c0', TYPICAL));
    expect(first.context).toBe(TYPICAL);
    expect(atOnce(cache.resolve('c0', TYPICAL))).toBe(first);
    expect(opener).toHaveBeenCalledTimes(1);
  });

  test('compares the outer token on a hit too', () => {
    const { cache } = cacheOf({ c0: TYPICAL });
    atOnce(cache.resolve('c0', TYPICAL));
    const outers: Partial<OuterToken>[] = [
      { identifier: 'urn:uuid:other' },
      { instance: 'urn:uuid:i' },
      { service: 'other' },
      { version: '1.3' },
    ];
    for (const changes of outers) {
      expect(codeOf(() => atOnce(cache.resolve('c0', { ...TYPICAL, ...changes })))).toBe('token.binding');
    }
    expect(codeOf(() => atOnce(cache.resolve('c0', TYPICAL)))).toBe('none');
  });

  test('keeps nothing of a cookie that does not open or does not fit its token', () => {
    const { cache, opener } = cacheOf({ c0: TYPICAL });
    for (let i = 0; i < 3; i++) {
      expect(codeOf(() => atOnce(cache.resolve('bad', TYPICAL)))).toBe('token.open');
      expect(codeOf(() => atOnce(cache.resolve('c0', { ...TYPICAL, service: 'x' })))).toBe('token.binding');
    }
    expect(opener).toHaveBeenCalledTimes(6);
    expect(cache.size).toBe(0);
  });

  test('goes by the exact text: another cookie of the same context is opened by itself', () => {
    const { cache, opener } = cacheOf({ c0: TYPICAL, c1: TYPICAL });
    expect(atOnce(cache.resolve('c0', TYPICAL))).not.toBe(atOnce(cache.resolve('c1', TYPICAL)));
    expect(opener).toHaveBeenCalledTimes(2);
  });

  test('ends with the context', () => {
    const { cache, opener, clock } = cacheOf({ c0: TYPICAL });
    atOnce(cache.resolve('c0', TYPICAL));
    clock.now = TYPICAL.expires - 1;
    atOnce(cache.resolve('c0', TYPICAL));
    expect(opener).toHaveBeenCalledTimes(1);
    clock.now = TYPICAL.expires;
    expect(atOnce(cache.resolve('c0', TYPICAL)).context).toBe(TYPICAL);
    expect(cache.size).toBe(0);
    atOnce(cache.resolve('c0', TYPICAL));
    expect(opener).toHaveBeenCalledTimes(2);
    expect(cache.size).toBe(0);
  });

  test('waits for a cookie that opens later, and keeps one conversation of it', async () => {
    const opener = jest.fn(async () => TYPICAL);
    const cache = new ConversationCache(opener, { entries: 4, derivedKeys: 3 }, () => NOW);
    const both = [cache.resolve('c0', TYPICAL), cache.resolve('c0', TYPICAL)];
    expect(both.map((resolved) => resolved instanceof Promise)).toEqual([true, true]);
    const [first, second] = await Promise.all(both);
    expect(second).toBe(first);
    expect(atOnce(cache.resolve('c0', TYPICAL))).toBe(first);
    expect(codeOf(() => atOnce(cache.resolve('c0', { ...TYPICAL, service: 'x' })))).toBe('token.binding');
    expect([opener.mock.calls.length, cache.size]).toEqual([2, 1]);
  });

  test('keeps nothing of a cookie whose opening fails later', async () => {
    const cache = new ConversationCache(
      () => Promise.reject(new GatewayError('token.open', 'no')),
      { entries: 4, derivedKeys: 3 },
      () => NOW,
    );
    await expect(cache.resolve('c0', TYPICAL)).rejects.toMatchObject({ code: 'token.open' });
    expect(cache.size).toBe(0);
  });

  test('with real cookies', async () => {
    const cache = new ConversationCache(
      (cookie, outer) => open(RING, cookie, outer),
      { entries: 10, derivedKeys: 4 },
      () => NOW,
    );
    const cookie = await seal(RING, TYPICAL);
    expect(atOnce(cache.resolve(cookie, TYPICAL)).context).toEqual(TYPICAL);
    expect(atOnce(cache.resolve(`${cookie}`.split('').join(''), TYPICAL))).toBe(atOnce(cache.resolve(cookie, TYPICAL)));
    expect(codeOf(() => atOnce(cache.resolve(`${cookie} `, TYPICAL)))).toBe('token.format');
    expect(cache.size).toBe(1);
  });
});

describe('nothing grows', () => {
  test('beyond the number of entries; the least recently used one goes', () => {
    const { cache, opener } = cacheOf(many(1000));
    atOnce(cache.resolve('c0', numbered(0)));
    for (let i = 1; i < 1000; i++) {
      atOnce(cache.resolve(`c${i}`, numbered(i)));
      atOnce(cache.resolve('c0', numbered(0)));
    }
    expect(cache.size).toBe(4);
    expect(opener).toHaveBeenCalledTimes(1000);
    const kept = Array.from({ length: 1000 }, (_, i) => i).filter(
      (i) => cache.byIdentifier(`urn:uuid:${i}`) !== undefined,
    );
    expect(kept).toEqual([0, 997, 998, 999]);
  });
});

describe('retain', () => {
  test('forgets what is not accepted any more, by Identifier too', () => {
    const { cache, opener } = cacheOf(many(3));
    for (let i = 0; i < 3; i++) atOnce(cache.resolve(`c${i}`, numbered(i)));
    cache.retain((cookie) => cookie === 'c1');
    expect(cache.size).toBe(1);
    expect([0, 1, 2].map((i) => cache.byIdentifier(`urn:uuid:${i}`) !== undefined)).toEqual([false, true, false]);
    atOnce(cache.resolve('c0', numbered(0)));
    expect(opener).toHaveBeenCalledTimes(4);
  });

  test('keeps nothing whose opening began before it', async () => {
    let opened: (context: SecurityContext) => void = () => undefined;
    const opener = () => new Promise<SecurityContext>((resolve) => (opened = resolve));
    const cache = new ConversationCache(opener, { entries: 4, derivedKeys: 3 }, () => NOW);
    const resolving = cache.resolve('c0', TYPICAL);
    cache.retain(() => false);
    opened(TYPICAL);
    expect((await resolving).context).toBe(TYPICAL);
    expect(cache.size).toBe(0);
  });
});

describe('byIdentifier', () => {
  test('finds a kept conversation by identifier and instance alone', () => {
    const renewed = with_({ instance: 'urn:uuid:i' });
    const { cache } = cacheOf({ c0: TYPICAL, c1: renewed });
    atOnce(cache.resolve('c0', TYPICAL));
    expect(cache.byIdentifier(TYPICAL.identifier)?.context).toBe(TYPICAL);
    expect(cache.byIdentifier(TYPICAL.identifier, 'urn:uuid:i')).toBeUndefined();
    atOnce(cache.resolve('c1', renewed));
    expect(cache.byIdentifier(TYPICAL.identifier)?.context).toBe(TYPICAL);
    expect(cache.byIdentifier(TYPICAL.identifier, 'urn:uuid:i')?.context).toBe(renewed);
    expect(cache.byIdentifier('urn:uuid:none')).toBeUndefined();
    expect(cache.byIdentifier('c0')).toBeUndefined();
  });

  test('does not find an expired one', () => {
    const { cache, clock } = cacheOf({ c0: TYPICAL });
    atOnce(cache.resolve('c0', TYPICAL));
    clock.now = TYPICAL.expires;
    expect(cache.byIdentifier(TYPICAL.identifier)).toBeUndefined();
  });

  test('still finds the second cookie of an instance when the first one goes', () => {
    const { cache } = cacheOf({ ...many(10), a: TYPICAL, b: TYPICAL }, { entries: 2, derivedKeys: 1 });
    atOnce(cache.resolve('a', TYPICAL));
    atOnce(cache.resolve('b', TYPICAL));
    atOnce(cache.resolve('c1', numbered(1)));
    expect(cache.byIdentifier(TYPICAL.identifier)?.context).toBe(TYPICAL);
    atOnce(cache.resolve('c2', numbered(2)));
    atOnce(cache.resolve('c3', numbered(3)));
    expect(cache.byIdentifier(TYPICAL.identifier)).toBeUndefined();
  });
});

test('delete forgets one instance', () => {
  const renewed = with_({ instance: 'urn:uuid:i' });
  const { cache, opener } = cacheOf({ c0: TYPICAL, c1: renewed });
  atOnce(cache.resolve('c0', TYPICAL));
  atOnce(cache.resolve('c1', renewed));
  cache.delete(TYPICAL.identifier);
  cache.delete('urn:uuid:none');
  expect(cache.size).toBe(1);
  atOnce(cache.resolve('c0', TYPICAL));
  atOnce(cache.resolve('c1', renewed));
  expect(opener).toHaveBeenCalledTimes(3);
});

describe('failures (C4)', () => {
  test('are counted for the identifier', () => {
    const { cache } = cacheOf({ c0: TYPICAL, c1: with_({ instance: 'urn:uuid:i' }), c2: numbered(2) });
    const conversation = atOnce(cache.resolve('c0', TYPICAL));
    expect(conversation.failures).toBe(0);
    for (let i = 1; i <= 20; i++) {
      conversation.recordFailure();
      expect(conversation.failures).toBe(i);
    }
    expect(atOnce(cache.resolve('c1', with_({ instance: 'urn:uuid:i' }))).failures).toBe(20);
    expect(atOnce(cache.resolve('c2', numbered(2))).failures).toBe(0);
  });

  test('outlive the entry that they were counted at', () => {
    const { cache } = cacheOf(many(16));
    for (let i = 0; i < 5; i++) atOnce(cache.resolve('c0', numbered(0))).recordFailure();
    for (let i = 1; i < 16; i++) atOnce(cache.resolve(`c${i}`, numbered(i)));
    expect(cache.byIdentifier('urn:uuid:0')).toBeUndefined();
    expect(atOnce(cache.resolve('c0', numbered(0))).failures).toBe(5);
    cache.delete('urn:uuid:0');
    expect(atOnce(cache.resolve('c0', numbered(0))).failures).toBe(5);
  });

  test('do not grow: 1024 conversations are counted, the oldest failure goes', () => {
    const { cache } = cacheOf(many(1100));
    for (let i = 0; i < 1100; i++) atOnce(cache.resolve(`c${i}`, numbered(i))).recordFailure();
    const counted = Array.from({ length: 1100 }, (_, i) => atOnce(cache.resolve(`c${i}`, numbered(i))).failures);
    expect(counted.filter((count) => count > 0)).toHaveLength(1024);
    expect(counted.slice(-1024)).toEqual(Array(1024).fill(1));
  });

  test('hold while the conversation goes on failing, whatever others do', () => {
    const { cache } = cacheOf(many(1100));
    const victim = atOnce(cache.resolve('c0', numbered(0)));
    for (let i = 1; i < 1100; i++) {
      victim.recordFailure();
      atOnce(cache.resolve(`c${i}`, numbered(i))).recordFailure();
    }
    expect(victim.failures).toBe(1099);
  });
});

describe('derivedKey', () => {
  const parameters = { nonce: octets(5, 16), offset: 0, length: 32 };
  const conversationOf = () => atOnce(cacheOf({ c0: TYPICAL }).cache.resolve('c0', TYPICAL));

  test('is the derived key, and the same one the second time', () => {
    const conversation = conversationOf();
    const key = conversation.derivedKey(parameters);
    expect(key.equals(deriveKey(TYPICAL.key, parameters))).toBe(true);
    expect(conversation.derivedKey({ ...parameters, nonce: Buffer.from(parameters.nonce) })).toBe(key);
  });

  test('every parameter counts', () => {
    const conversation = conversationOf();
    const variants = [
      parameters,
      { ...parameters, length: 24 },
      { ...parameters, offset: 32 },
      { ...parameters, nonce: octets(6, 16) },
      { ...parameters, nonce: octets(5, 15) },
      { ...parameters, label: '' },
      { ...parameters, label: 'WS-SecureConversation' },
    ];
    for (let round = 0; round < 2; round++) {
      for (const variant of variants) {
        expect(conversation.derivedKey(variant).equals(deriveKey(TYPICAL.key, variant))).toBe(true);
      }
    }
  });

  test('a nonce that looks like a label is not taken for one', () => {
    const conversation = conversationOf();
    const plain = { nonce: Buffer.from('nonce=label'), offset: 0, length: 16 };
    const labelled = { nonce: Buffer.from('nonce'), label: 'label', offset: 0, length: 16 };
    expect(conversation.derivedKey(plain).equals(conversation.derivedKey(labelled))).toBe(false);
    expect(conversation.derivedKey(labelled).equals(deriveKey(TYPICAL.key, labelled))).toBe(true);
  });

  test('remembers the last used ones only', () => {
    const conversation = conversationOf();
    const nth = (n: number) => conversation.derivedKey({ ...parameters, nonce: octets(n, 16) });
    const first = nth(0);
    nth(1);
    nth(2);
    expect(nth(0)).toBe(first);
    nth(3);
    nth(4);
    expect(nth(0)).toBe(first);
    for (let n = 5; n < 8; n++) nth(n);
    const again = nth(0);
    expect(again).not.toBe(first);
    expect(again.equals(first)).toBe(true);
  });

  test('does not remember what is beyond the quotas of WCF, nor what fails', () => {
    const conversation = conversationOf();
    const long = { ...parameters, nonce: octets(1, 129) };
    expect(conversation.derivedKey(long)).not.toBe(conversation.derivedKey(long));
    const label = { ...parameters, label: 'x'.repeat(129) };
    expect(conversation.derivedKey(label)).not.toBe(conversation.derivedKey(label));
    expect(codeOf(() => conversation.derivedKey({ ...parameters, length: 0 }))).toBe('crypto.derive');
    expect(codeOf(() => conversation.derivedKey({ ...parameters, offset: 1e6 }))).toBe('crypto.derive');
  });

  test('prints as [secret]', () => {
    expect(JSON.stringify({ key: conversationOf().derivedKey(parameters) })).toBe('{"key":"[secret]"}');
  });
});
