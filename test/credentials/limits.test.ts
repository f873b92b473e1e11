import fc from 'fast-check';
import { createGate } from '../../src/credentials/gate.js';
import { createNonceWindow } from '../../src/credentials/nonces.js';
import { createThrottle } from '../../src/credentials/throttle.js';
import { clock, failureOf, START } from './fixtures.js';

describe('the nonce window', () => {
  test('remembers until the very millisecond, and not beyond', () => {
    const time = clock();
    const window = createNonceWindow(10, time);
    expect(window.remember('a', START + 100)).toBe(true);
    time.set(START + 100);
    expect(window.remember('a', START + 200)).toBe(false);
    time.set(START + 101);
    expect(window.remember('a', START + 200)).toBe(true);
  });

  test('full, it refuses what is new, still knows what is old, and finds room when that has ended', async () => {
    const time = clock();
    const window = createNonceWindow(2, time);
    window.remember('a', START + 5_000);
    window.remember('b', START + 9_000);
    expect((await failureOf(() => window.remember('c', START + 9_000))).details).toEqual({ capacity: 2 });
    expect(window.remember('a', START + 9_000)).toBe(false);
    expect(window.size).toBe(2);
    time.set(START + 5_001);
    expect(window.remember('c', START + 9_000)).toBe(true);
    expect(window.remember('b', START + 9_000)).toBe(false);
    expect(window.size).toBe(2);
  });

  test('is exact: what a perfect memory refuses it refuses, and never takes what that would not', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      wait: fc.integer({ min: 0, max: 3_000 }),
      life: fc.integer({ min: 0, max: 5_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const time = clock();
        const window = createNonceWindow(3, time);
        const perfect = new Map<string, number>();
        let now = START;
        for (const { key, wait, life } of steps) {
          now += wait;
          time.set(now);
          const known = (perfect.get(key) ?? Number.NEGATIVE_INFINITY) >= now;
          let taken: boolean;
          try {
            taken = window.remember(key, now + life);
          } catch {
            expect(window.size).toBe(3);
            continue;
          }
          expect(taken).toBe(!known);
          if (taken) perfect.set(key, now + life);
          expect(window.size).toBeLessThanOrEqual(3);
        }
      }),
    );
  });
});

describe('the throttle', () => {
  const limits = { userFailures: 2, addressFailures: 3, refill: 1_000 };
  const codeOf = async (work: () => void): Promise<string> => {
    try {
      work();
      return 'none';
    } catch {
      return (await failureOf(work)).code;
    }
  };

  test('forgives one failure each refill, and no more than there were', async () => {
    const time = clock();
    const throttle = createThrottle(limits, time);
    const check = () => codeOf(() => throttle.check('u', 'a'));
    throttle.failed('u', 'a');
    expect(await check()).toBe('none');
    throttle.failed('u', 'b');
    expect(await check()).toBe('auth.throttled');
    time.set(START + 999);
    expect(await check()).toBe('auth.throttled');
    time.set(START + 1_000);
    expect(await check()).toBe('none');
    throttle.failed('u', 'c');
    expect(await check()).toBe('auth.throttled');
    time.set(START + 1_000_000);
    throttle.failed('u', 'd');
    expect(await check()).toBe('none');
    throttle.failed('u', 'e');
    expect(await check()).toBe('auth.throttled');
  });

  test('a clock that goes back forgives nothing', async () => {
    const time = clock();
    const throttle = createThrottle(limits, time);
    throttle.failed('u', 'a');
    throttle.failed('u', 'a');
    time.set(START - 3_600_000);
    expect(await codeOf(() => throttle.check('u', 'b'))).toBe('auth.throttled');
  });

  test.each([
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['192.0.2.1', '::ffff:192.0.2.1', true],
    ['192.0.2.1', '::FFFF:192.0.2.1', true],
    ['2001:db8::1', '2001:db8::ffff:ffff:ffff:ffff', true],
    ['2001:db8::1', '2001:0DB8:0:0:1::', true],
    ['2001:db8::1', '2001:db8:0:1::1', false],
    ['2001:db8::1', '2001:db8::192.0.2.1', true],
    ['fe80::1%eth0', 'fe80::2%eth1', true],
    ['::1', '::', true],
    ['1:2:3:4::', '1:2:3:4:5:6:7:8', true],
    ['1:2:3::', '1:2:3:0:1::', true],
    ['1:2:3::', '1:2:3:1::', false],
  ])('%s and %s are one network: %s', async (one, other, same) => {
    const throttle = createThrottle(limits, clock());
    for (const user of ['a', 'b', 'c']) throttle.failed(user, one);
    expect(await codeOf(() => throttle.check('new', other))).toBe(same ? 'auth.throttled' : 'none');
  });

  test('a user is no address, and forgiving the user does not forgive the address', async () => {
    const throttle = createThrottle(limits, clock());
    for (let i = 0; i < 3; i++) throttle.failed('192.0.2.9', '192.0.2.1');
    expect(await codeOf(() => throttle.check('x', '192.0.2.9'))).toBe('none');
    throttle.succeeded('192.0.2.9');
    expect(await codeOf(() => throttle.check('192.0.2.9', 'other'))).toBe('none');
    expect(await codeOf(() => throttle.check('192.0.2.9', '192.0.2.1'))).toBe('auth.throttled');
  });

  test('watches only so many', async () => {
    const throttle = createThrottle({ ...limits, entries: 4 }, clock());
    throttle.failed('u', 'a');
    throttle.failed('u', 'a');
    for (let i = 0; i < 10; i++) throttle.failed(`u${i}`, `10.0.0.${i}`);
    expect(await codeOf(() => throttle.check('u', 'b'))).toBe('none');
  });
});

describe('the gate', () => {
  const later = <T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } => {
    let resolve: (value: T) => void = () => {};
    let reject: (error: Error) => void = () => {};
    const promise = new Promise<T>((yes, no) => {
      resolve = yes;
      reject = no;
    });
    return { promise, resolve, reject };
  };
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test('lets so many in, keeps the others in their order, and refuses those beyond', async () => {
    const gate = createGate(2, 2);
    const started: string[] = [];
    const work = ['a', 'b', 'c', 'd'].map((name) => ({ name, ...later<string>() }));
    const runs = work.map(({ name, promise }) =>
      gate.run(() => {
        started.push(name);
        return promise;
      }),
    );
    await settle();
    expect(started).toEqual(['a', 'b']);
    const beyond = await failureOf(() => gate.run(async () => 'e'));
    expect([beyond.code, beyond.details]).toEqual(['auth.unavailable', { concurrency: 2, queue: 2 }]);
    work[1]?.resolve('B');
    await settle();
    expect(started).toEqual(['a', 'b', 'c']);
    work[0]?.reject(new Error('no'));
    await expect(runs[0]).rejects.toThrow('no');
    await settle();
    expect(started).toEqual(['a', 'b', 'c', 'd']);
    work[2]?.resolve('C');
    work[3]?.resolve('D');
    expect(await Promise.all(runs.slice(1))).toEqual(['B', 'C', 'D']);
  });

  test('one that comes while a place is handed on does not overtake', async () => {
    const gate = createGate(1, 5);
    const order: string[] = [];
    const first = later<void>();
    const a = gate.run(() => first.promise);
    const b = gate.run(async () => void order.push('b'));
    const c = a.then(() => gate.run(async () => void order.push('c')));
    first.resolve();
    await Promise.all([a, b, c]);
    expect(order).toEqual(['b', 'c']);
  });

  test('work that throws at once gives its place back', async () => {
    const gate = createGate(1, 0);
    for (let i = 0; i < 3; i++) {
      await expect(
        gate.run(() => {
          throw new Error('at once');
        }),
      ).rejects.toThrow('at once');
    }
    expect(await gate.run(async () => 1)).toBe(1);
  });
});
