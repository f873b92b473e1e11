import { createTargets, type Target, type Targets } from '../../src/forward/targets.js';
import { createMetrics, type Metrics } from '../../src/observe/metrics.js';
import { type FakeUpstream, fakeUpstream, logLines, type PolicyParts, policy, until } from '../http/harness.js';

const ending: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

interface Subject extends Targets {
  at(now: number): void;
  readonly lines: Record<string, unknown>[];
  readonly metrics: Metrics;
  picks(times: number): string[];
}

const A = 'http://127.0.0.1:1';
const B = 'http://127.0.0.1:2';
const C = 'http://127.0.0.1:3';

function subject(parts: PolicyParts): Subject {
  let now = 1_000_000;
  const { lines, log } = logLines();
  const metrics = createMetrics({ process: false });
  const runtime = { now: () => now };
  const targets = createTargets(policy(parts), { timeouts: { connect: 500 }, runtime, log, metrics });
  // a test may have closed them
  ending.push(() => targets.close().catch(() => {}));
  return {
    ...targets,
    lines,
    metrics,
    at: (next) => {
      now = 1_000_000 + next;
    },
    picks: (times) => Array.from({ length: times }, () => targets.pick()?.name ?? 'none'),
  };
}

function picked(target: Target | undefined): Target {
  if (target === undefined) throw new Error('no target');
  return target;
}

describe('balance', () => {
  test('round robin takes each in turn', () => {
    expect(subject({ targets: [A, B, C] }).picks(6)).toEqual([A, B, C, A, B, C]);
  });

  test('least requests takes the one with the fewest, and each in turn among equals', () => {
    const { pick, picks } = subject({ targets: [A, B, C], balance: 'least_requests' });
    expect(picks(3)).toEqual([A, B, C]);
    picked(pick()).inFlight = 5;
    picked(pick()).inFlight = 2;
    expect(picks(3)).toEqual([C, C, C]);
    picked(pick()).inFlight = 3;
    expect(picks(3)).toEqual([B, B, B]);
  });

  test.each(['round_robin', 'least_requests'] as const)('%s can leave one out', (balance) => {
    const { pick } = subject({ targets: [A, B], balance });
    const first = picked(pick());
    for (let i = 0; i < 4; i++) expect(pick(first)?.name).not.toBe(first.name);
    expect(subject({ targets: [A] }).pick(first)?.name).toBe(A);
  });

  test('of no target there is none', () => {
    expect(subject({ targets: [] }).picks(1)).toEqual(['none']);
    const { pick } = subject({ targets: [A] });
    expect(pick(picked(pick()))).toBeUndefined();
  });
});

describe('passive ejection', () => {
  const health = { passive: { maxFails: 3, failDuration: 10_000 } };
  const failTimes = (targets: Targets, name: string, times: number): void => {
    for (let i = 0; i < times; ) {
      const target = picked(targets.pick());
      if (target.name !== name) continue;
      targets.failed(target);
      i++;
    }
  };

  test('after so many failures in the window a target is out for as long, then back', async () => {
    const targets = subject({ targets: [A, B], health });
    failTimes(targets, A, 2);
    expect(targets.picks(4).filter((name) => name === A)).toHaveLength(2);
    failTimes(targets, A, 1);
    expect(targets.picks(4)).toEqual([B, B, B, B]);
    expect(targets.statuses()).toEqual([
      { service: 'orders', target: A, up: false },
      { service: 'orders', target: B, up: true },
    ]);
    expect(await targets.metrics.text()).toContain(`sct_gateway_upstream_up{route="orders",upstream="${A}"} 0`);
    targets.at(9_999);
    expect(targets.picks(2)).toEqual([B, B]);
    targets.at(10_000);
    expect(new Set(targets.picks(2))).toEqual(new Set([A, B]));
    expect(await targets.metrics.text()).toContain(`sct_gateway_upstream_up{route="orders",upstream="${A}"} 1`);
    expect(targets.lines.map(({ event, upstream, reason }) => [event, upstream, reason])).toEqual([
      ['upstream.down', A, 'failed exchanges'],
      ['upstream.up', A, 'fail duration is over'],
    ]);
  });

  test('failures that lie apart do not add up', () => {
    const targets = subject({ targets: [A, B], health });
    for (const at of [0, 6_000, 12_000, 18_000, 24_000]) {
      targets.at(at);
      failTimes(targets, A, 1);
    }
    expect(new Set(targets.picks(2))).toEqual(new Set([A, B]));
    expect(targets.lines).toEqual([]);
  });

  test('never leaves a service without a target', () => {
    const targets = subject({ targets: [A, B], health });
    failTimes(targets, A, 3);
    failTimes(targets, B, 3);
    expect(targets.statuses().map(({ up }) => up)).toEqual([false, false]);
    expect(new Set(targets.picks(2))).toEqual(new Set([A, B]));
  });

  test('is off where maxFails is 0', () => {
    const targets = subject({ targets: [A, B], health: { passive: { maxFails: 0, failDuration: 10_000 } } });
    failTimes(targets, A, 50);
    expect(targets.lines).toEqual([]);
    expect(new Set(targets.picks(2))).toEqual(new Set([A, B]));
  });
});

describe('active checks', () => {
  const active = { path: '/health', interval: 15, timeout: 100, passes: 2, fails: 2, expectStatus: 200 };
  const health = { active, passive: { maxFails: 1, failDuration: 3_600_000 } };
  let status: number;
  let upstream: FakeUpstream;

  beforeEach(async () => {
    status = 200;
    upstream = await fakeUpstream((_, response) => {
      if (status === 0) return;
      response.writeHead(status);
      response.end();
    });
    ending.push(upstream.close);
  });

  test.each([
    ['another status', 503],
    ['a redirect', 302],
    ['no answer in time', 0],
  ])('%s takes a target out, good answers bring it back', async (_, bad) => {
    const targets = subject({ targets: [upstream.url], health });
    status = bad;
    await until(() => targets.picks(1)[0] === 'none');
    expect(targets.statuses()[0]?.up).toBe(false);
    status = 200;
    await until(() => targets.picks(1)[0] === upstream.url);
    expect(targets.lines.map(({ event, reason }) => [event, reason])).toEqual([
      ['upstream.down', 'health check'],
      ['upstream.up', 'health check'],
    ]);
    expect(upstream.requests[0]).toMatchObject({ method: 'GET', url: '/health' });
  });

  test('a single bad answer takes nothing out', async () => {
    const targets = subject({ targets: [upstream.url], health: { ...health, active: { ...active, fails: 3 } } });
    await until(() => upstream.requests.length > 1);
    status = 500;
    const asked = upstream.requests.length;
    await until(() => upstream.requests.length > asked);
    status = 200;
    await until(() => upstream.requests.length > asked + 4);
    expect(targets.lines).toEqual([]);
  });

  test('one that is down never gets a message, even as the last', async () => {
    const targets = subject({ targets: [A], health });
    await until(() => targets.picks(1)[0] === 'none');
    expect(await targets.metrics.text()).toContain(`upstream_up{route="orders",upstream="${A}"} 0`);
  });

  test('end with the targets, which take their gauges along', async () => {
    const targets = subject({ targets: [upstream.url], health });
    await until(() => upstream.requests.length > 0);
    await targets.close();
    const asked = upstream.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(upstream.requests).toHaveLength(asked);
    expect(await targets.metrics.text()).not.toContain('upstream_up{');
  });
});
