import { createReplayWindow } from '../../src/conversation/replay.js';
import { createRevocations } from '../../src/conversation/revocation.js';
import { createWindow } from '../../src/conversation/window.js';
import { GatewayError } from '../../src/errors.js';
import { codeOf } from '../crypto/code-of.js';

const clock = (now = 1_000_000) => {
  const runtime = { time: now, now: () => runtime.time };
  return runtime;
};
const full = () => new GatewayError('http.overloaded', 'full');

describe('a window', () => {
  test('remembers up to and with its time, and not after', () => {
    const runtime = clock();
    const window = createWindow(10, runtime, full);
    expect(window.remember('a', runtime.time + 100)).toBe(true);
    expect(window.remember('a', runtime.time + 100)).toBe(false);
    runtime.time += 100;
    expect(window.has('a')).toBe(true);
    expect(window.remember('a', runtime.time + 100)).toBe(false);
    runtime.time += 1;
    expect(window.has('a')).toBe(false);
    expect(window.remember('a', runtime.time + 100)).toBe(true);
    expect(window.size).toBe(1);
  });

  test('never forgets what is not over: it refuses what is new', () => {
    const runtime = clock();
    const window = createWindow(3, runtime, full);
    for (const key of ['a', 'b', 'c']) window.remember(key, runtime.time + 10_000);
    expect(codeOf(() => window.remember('d', runtime.time + 10_000))).toBe('http.overloaded');
    for (const key of ['a', 'b', 'c']) expect(window.remember(key, runtime.time + 10_000)).toBe(false);
    expect(window.has('d')).toBe(false);
  });

  test('has room again as soon as something is over, wherever it stands', () => {
    const runtime = clock();
    const window = createWindow(3, runtime, full);
    window.remember('long', runtime.time + 100_000);
    window.remember('short', runtime.time + 1_000);
    window.remember('long too', runtime.time + 100_000);
    runtime.time += 2_000;
    expect(window.remember('new', runtime.time + 1_000)).toBe(true);
    expect(window.has('long') && window.has('long too')).toBe(true);
  });

  test('does not search a full window for each that is refused', () => {
    const runtime = clock();
    const window = createWindow(2, runtime, full);
    window.remember('long', runtime.time + 100_000);
    window.remember('short', runtime.time + 10);
    expect(codeOf(() => window.remember('x', runtime.time + 10))).toBe('http.overloaded');
    runtime.time += 500;
    expect(codeOf(() => window.remember('x', runtime.time + 10))).toBe('http.overloaded');
    runtime.time += 500;
    expect(window.remember('x', runtime.time + 10)).toBe(true);
  });

  test('does not grow where entries end as fast as they come', () => {
    const runtime = clock();
    const window = createWindow(1_000_000, runtime, full);
    for (let i = 0; i < 10_000; i++) {
      runtime.time += 10;
      window.remember(`${i}`, runtime.time + 100);
    }
    expect(window.size).toBeLessThan(20);
  });
});

describe('the replay window', () => {
  const message = {
    context: 'urn:uuid:1',
    signature: Buffer.from('abc'),
    messageId: undefined,
    unsignedBody: undefined,
  };
  const verdict = (others: Partial<Record<keyof typeof message, unknown>>) => {
    const runtime = clock();
    const replay = createReplayWindow(10, runtime);
    replay.requireNew(message, runtime.time + 1000);
    return codeOf(() => replay.requireNew({ ...message, ...others } as typeof message, runtime.time + 1000));
  };

  test('refuses the same message', () => expect(verdict({})).toBe('wss.replay'));

  test.each<readonly [string, Partial<Record<keyof typeof message, unknown>>]>([
    ['another conversation', { context: 'urn:uuid:2' }],
    ['another signature', { signature: Buffer.from('abd') }],
    ['a longer signature', { signature: Buffer.from('abcd') }],
    ['a MessageID', { messageId: 'm' }],
    ['a Body of its own', { unsignedBody: '<Body/>' }],
    ['an octet that went from the signature to the Body', { signature: Buffer.from('ab'), unsignedBody: 'c' }],
  ])('takes %s for another', (_, others) => expect(verdict(others)).toBe('none'));

  test('refuses with 503 what it has no room for', () => {
    const runtime = clock();
    const replay = createReplayWindow(1, runtime);
    replay.requireNew(message, runtime.time + 1000);
    expect(codeOf(() => replay.requireNew({ ...message, context: 'other' }, runtime.time + 1000))).toBe(
      'http.overloaded',
    );
  });
});

describe('cancelled conversations', () => {
  test('stay cancelled until their end, and no other is', () => {
    const runtime = clock();
    const revocations = createRevocations(2, runtime);
    revocations.revoke('a', runtime.time + 1000);
    revocations.revoke('a', runtime.time + 1000);
    expect([revocations.isRevoked('a'), revocations.isRevoked('b'), revocations.size]).toEqual([true, false, 1]);
    runtime.time += 1001;
    expect(revocations.isRevoked('a')).toBe(false);
  });

  test('are not forgotten for want of room', () => {
    const runtime = clock();
    const revocations = createRevocations(1, runtime);
    revocations.revoke('a', runtime.time + 1000);
    expect(codeOf(() => revocations.revoke('b', runtime.time + 1000))).toBe('http.overloaded');
    expect(revocations.isRevoked('a')).toBe(true);
  });
});
