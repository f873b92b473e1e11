import { createMetrics, METRICS, mergeMetrics } from '../../src/observe/metrics.js';

/** The Prometheus text format: a HELP and a TYPE line for each metric, then its samples. */
const SAMPLE = /^[a-zA-Z_:][\w:]*(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*\})? (?:[-+.eE\d]+|NaN|[+-]Inf)$/;

const create = () => createMetrics({ process: false });

test('every metric of the table stands in the text, described', async () => {
  const text = await create().text();
  for (const [name, row] of Object.entries(METRICS)) {
    expect(text).toContain(`# HELP sct_gateway_${name} ${row.help}\n`);
    expect(text).toContain(`# TYPE sct_gateway_${name} ${row.type}\n`);
  }
});

test('the text is in the format of Prometheus, whatever stands in a label', async () => {
  const metrics = create();
  metrics.count('requests_total', { route: 'a"b\\c\nd', outcome: '}', status: 'é' });
  metrics.observe('request_duration_seconds', { route: 'orders' }, 0.003);
  metrics.set('upstream_up', { route: 'orders', upstream: 'http://a:1' }, 1);
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines.filter((line) => !SAMPLE.test(line))).toEqual([]);
  expect(lines).toContain('sct_gateway_requests_total{route="a\\"b\\\\c\\nd",outcome="}",status="é"} 1');
  expect(metrics.contentType).toMatch(/^text\/plain; version=0\.0\.4/);
});

test('counters add up, also by more than one', async () => {
  const metrics = create();
  metrics.count('upstream_retries_total', {});
  metrics.count('upstream_retries_total', {}, 4);
  expect(await metrics.text()).toContain('\nsct_gateway_upstream_retries_total 5\n');
});

test.each([
  [0.004, 'le="0.005"'],
  [0.005, 'le="0.005"'],
  [0.0051, 'le="0.01"'],
  [9, 'le="10"'],
  [11, 'le="+Inf"'],
])('a request of %d s falls in the bucket %s', async (seconds, first) => {
  const metrics = create();
  metrics.observe('request_duration_seconds', { route: 'orders' }, seconds);
  const buckets = (await metrics.text())
    .split('\n')
    .filter((line) => line.startsWith('sct_gateway_request_duration_seconds_bucket'));
  expect(buckets.find((line) => line.endsWith(' 1'))).toContain(first);
});

test('a gauge can be read at the time of the scrape', async () => {
  const metrics = create();
  let value = 3;
  metrics.read('requests_in_flight', () => value);
  expect(await metrics.text()).toContain('\nsct_gateway_requests_in_flight 3\n');
  value = 4;
  expect(await metrics.text()).toContain('\nsct_gateway_requests_in_flight 4\n');
});

test('a series that is removed is gone', async () => {
  const metrics = create();
  metrics.set('upstream_up', { route: 'orders', upstream: 'http://a' }, 1);
  metrics.set('upstream_up', { route: 'orders', upstream: 'http://b' }, 0);
  metrics.remove('upstream_up', { route: 'orders', upstream: 'http://a' });
  const text = await metrics.text();
  expect(text).not.toContain('http://a');
  expect(text).toContain('sct_gateway_upstream_up{route="orders",upstream="http://b"} 0\n');
});

test('two registries know nothing of each other', async () => {
  const [one, other] = [create(), create()];
  one.count('upstream_retries_total', {});
  expect(await other.text()).toContain('\nsct_gateway_upstream_retries_total 0\n');
});

test('Node’s own metrics come with it, unless they are not wanted', async () => {
  expect(await createMetrics().text()).toContain('nodejs_eventloop_lag_seconds');
  expect(await create().text()).not.toContain('nodejs_');
});

describe('cardinality', () => {
  /** What grows with clients or messages may be no label. */
  const GROWING =
    /user|name|client|address|ip|path|url|action|context|session|identifier|instance|message|request|id$|subject|group/;

  test.each(Object.entries(METRICS))('the labels of %s are few', (_, row) => {
    expect(row.labels.filter((label) => label !== 'kid' && GROWING.test(label))).toEqual([]);
    expect(row.labels.length).toBeLessThanOrEqual(3);
  });

  test.each(Object.entries(METRICS))('%s is named as Prometheus asks', (name, row) => {
    expect(name).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    expect(name.endsWith('_total')).toBe(row.type === 'counter');
    if (row.type === 'histogram') expect(name).toMatch(/_(?:seconds|bytes)$/);
    expect(row.help).toMatch(/\.$/);
  });
});

describe('several workers', () => {
  const overIpc = (value: unknown) => JSON.parse(JSON.stringify(value));

  test('become one text: counters and histograms add up, gauges as their row says', async () => {
    const workers = [create(), create(), create()];
    for (const [index, metrics] of workers.entries()) {
      metrics.count('requests_total', { route: 'orders', outcome: 'ok', status: '200' }, index + 1);
      metrics.observe('request_duration_seconds', { route: 'orders' }, 0.2);
      metrics.set('build_info', { version: '1', node: 'v20' }, 1);
      metrics.set('upstream_up', { route: 'orders', upstream: 'http://a' }, index === 1 ? 0 : 1);
      metrics.set('context_cache_entries', {}, 10);
      metrics.read('requests_in_flight', () => 2);
      metrics.set('config_last_reload_timestamp_seconds', {}, 100 + index);
    }
    const text = await mergeMetrics(overIpc(await Promise.all(workers.map((metrics) => metrics.json()))));
    const samples = text.split('\n');
    expect(samples).toEqual(
      expect.arrayContaining([
        'sct_gateway_requests_total{route="orders",outcome="ok",status="200"} 6',
        'sct_gateway_request_duration_seconds_count{route="orders"} 3',
        'sct_gateway_request_duration_seconds_bucket{le="0.25",route="orders"} 3',
        'sct_gateway_build_info{version="1",node="v20"} 1',
        'sct_gateway_upstream_up{route="orders",upstream="http://a"} 0',
        'sct_gateway_context_cache_entries 30',
        'sct_gateway_requests_in_flight 6',
        'sct_gateway_config_last_reload_timestamp_seconds 100',
      ]),
    );
    expect(samples.filter((line) => line !== '' && !line.startsWith('#') && !SAMPLE.test(line))).toEqual([]);
  });

  test('none is an empty text', async () => {
    expect((await mergeMetrics([])).trim()).toBe('');
  });

  test('Node’s own metrics can be added up too', async () => {
    const workers = [createMetrics(), createMetrics()];
    const text = await mergeMetrics(overIpc(await Promise.all(workers.map((metrics) => metrics.json()))));
    expect(text).toContain('process_cpu_seconds_total');
  });
});
