import { scryptSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cpuTime } from './cpu.js';
import { summarize } from './profile.js';
import { compare, drive, quantile } from './rounds.js';
import { table } from './table.js';

describe('what the benchmark is made of', () => {
  test('quantiles lie between the two nearest', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([4, 1, 2, 3], 0.5)).toBe(2.5);
    expect(quantile([1, 2], 1)).toBe(2);
    expect(quantile([], 0.5)).toBeNaN();
  });

  test('drives as many calls as it is told, as many at once', async () => {
    let [called, now, most] = [0, 0, 0];
    await drive(10, 3, async () => {
      called++;
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
    });
    expect([called, most]).toEqual([10, 3]);
  });

  test('a call that fails ends the benchmark, after those in work', async () => {
    let ended = 0;
    const calls = drive(5, 2, async () => {
      if (ended++ === 0) throw new Error('refused');
    });
    await expect(calls).rejects.toThrow('refused');
    expect(ended).toBe(5);
  });

  // schedstat is Linux's
  const linux = existsSync('/proc/self/schedstat') ? [process.pid] : [];
  for (const pid of linux) {
    test("a process's CPU time is what the process itself counts", () => {
      const [before, own] = [cpuTime(pid), process.cpuUsage()];
      scryptSync('password', 'salt', 32, { N: 2 ** 14, r: 8, p: 8 });
      const { user, system } = process.cpuUsage(own);
      const measured = cpuTime(pid) - before;
      expect(Math.abs(measured - (user + system))).toBeLessThan(0.2 * (user + system) + 20_000);
    });

    test('rounds alternate, and those that warm up do not count', async () => {
      const order: string[] = [];
      const contestant = (name: string) => ({
        name,
        pid,
        calls: 2,
        prepare: async () => void order.push(`${name}0`),
        call: async () => void order.push(name),
      });
      const results = await compare([contestant('a'), contestant('b')], 2, 1, 1);
      const round = ['a0', 'a', 'a', 'b0', 'b', 'b'];
      expect(order).toEqual([...round, ...round, ...round]);
      expect(results.map(({ name, calls }) => [name, calls])).toEqual([
        ['a', 4],
        ['b', 4],
      ]);
      for (const { cpu, wall } of results) expect([cpu >= 0, wall > 0]).toEqual([true, true]);
    });
  }

  test('a profile is summed by room and by function, without idle time', () => {
    const frame = (id: number, functionName: string, url: string, lineNumber = -1) => ({
      id,
      callFrame: { functionName, url, lineNumber },
    });
    const profile = {
      nodes: [
        frame(1, '(idle)', ''),
        frame(2, '(garbage collector)', ''),
        frame(3, 'scan', 'file:///project/dist/xml/scan.js', 9),
        frame(4, 'pick', 'file:///project/dist/xml/scan.js', 19),
        frame(5, 'hash', 'node:internal/crypto/hash', 1),
        frame(6, 'get', 'file:///project/node_modules/lru-cache/dist/index.js', 1),
        frame(7, '', 'file:///project/dist/gateway.js', 2),
        frame(8, '(program)', ''),
        frame(9, 'end', 'node:_http_outgoing', 1),
      ],
      samples: [1, 2, 3, 4, 3, 5, 6, 7, 8, 9],
      timeDeltas: [1000, 10, 20, 5, 20, 10, 10, 10, 12, 3],
    };
    const { rooms, functions } = summarize([profile]);
    expect(Object.fromEntries(rooms.map(({ name, time }) => [name, time]))).toEqual({
      xml: 45,
      'native code and system calls': 12,
      gc: 10,
      'node crypto': 10,
      'node http': 3,
      'lru-cache': 10,
      gateway: 10,
    });
    expect(rooms[0]).toEqual({ name: 'xml', time: 45, share: 0.45 });
    expect(functions[0]).toEqual({ name: 'scan xml/scan.js:10', time: 40, share: 0.4 });
    expect(functions.map(({ name }) => name)).toContain('(anonymous) gateway.js:3');
  });

  test('a table is aligned, numbers to the right', () => {
    expect(
      table(
        ['what', 'µs'],
        [
          ['proxy', '80'],
          ['gateway', '320'],
        ],
      ),
    ).toBe(['| what    |  µs |', '|---------|----:|', '| proxy   |  80 |', '| gateway | 320 |'].join('\n'));
  });
});
