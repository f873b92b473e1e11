import {
  AggregatorRegistry,
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';

const PREFIX = 'sct_gateway_';

/** Milliseconds to ten seconds, as operators' dashboards expect. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const FINE_SECONDS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25];
const BYTES = [1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 8_388_608];

interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
  /** How the gauges of several workers become one; default `sum`. */
  readonly aggregator?: 'first' | 'min' | 'max';
}

/**
 * Every metric, without the prefix `sct_gateway_`. No label holds a user, a context, a path or a message id: their
 * number would grow with the clients. `route` is the name of a service, or `other`.
 */
export const METRICS = {
  build_info: {
    type: 'gauge',
    help: 'Always 1; the labels say what runs.',
    labels: ['version', 'node'],
    aggregator: 'first',
  },
  requests_total: { type: 'counter', help: 'Requests answered.', labels: ['route', 'outcome', 'status'] },
  request_duration_seconds: {
    type: 'histogram',
    help: 'Time from the head of a request to the end of its answer.',
    labels: ['route'],
    buckets: SECONDS,
  },
  requests_in_flight: { type: 'gauge', help: 'Requests that are being answered.', labels: [] },
  request_bytes: { type: 'histogram', help: 'Octets of request bodies.', labels: [], buckets: BYTES },
  response_bytes: { type: 'histogram', help: 'Octets of response bodies.', labels: [], buckets: BYTES },
  requests_refused_total: { type: 'counter', help: 'Connections or heads refused before routing.', labels: ['reason'] },
  security_failures_total: { type: 'counter', help: 'Messages not proven.', labels: ['stage', 'code'] },
  tokens_issued_total: { type: 'counter', help: 'Security context tokens issued.', labels: ['method'] },
  tokens_renewed_total: { type: 'counter', help: 'Security context tokens renewed.', labels: [] },
  tokens_cancelled_total: { type: 'counter', help: 'Security context tokens cancelled.', labels: [] },
  token_failures_total: { type: 'counter', help: 'Token requests refused.', labels: ['method', 'code'] },
  context_cache_hits_total: { type: 'counter', help: 'Conversations found in the cache.', labels: [] },
  context_cache_misses_total: { type: 'counter', help: 'Conversations opened from their cookie.', labels: [] },
  context_cache_entries: { type: 'gauge', help: 'Conversations in the cache.', labels: [] },
  upstream_requests_total: {
    type: 'counter',
    help: 'Exchanges with upstreams.',
    labels: ['route', 'upstream', 'status'],
  },
  upstream_request_duration_seconds: {
    type: 'histogram',
    help: 'Time of an exchange with an upstream.',
    labels: ['route', 'upstream'],
    buckets: SECONDS,
  },
  upstream_up: {
    type: 'gauge',
    help: '1 while a target is used, 0 while it is taken out.',
    labels: ['route', 'upstream'],
    aggregator: 'min',
  },
  upstream_retries_total: {
    type: 'counter',
    help: 'Requests given to another target because a connection was refused before a byte was sent.',
    labels: [],
  },
  store_up: {
    type: 'gauge',
    help: '1 while the shared store answers, 0 while none is asked.',
    labels: [],
    aggregator: 'min',
  },
  store_seconds: {
    type: 'histogram',
    help: 'Time of an operation of the shared store, those without a reply included.',
    labels: ['op'],
    buckets: FINE_SECONDS,
  },
  store_failures_total: {
    type: 'counter',
    help: 'Operations of the shared store that were not done: away (not tried), timeout, connection, reply.',
    labels: ['op', 'reason'],
  },
  store_decisions_total: {
    type: 'counter',
    help: 'What became of messages that the shared store could not be asked about.',
    labels: ['route', 'decision'],
  },
  revocations_entries: { type: 'gauge', help: 'Ended conversations and tokens remembered.', labels: [] },
  revocations_age_seconds: {
    type: 'gauge',
    help: 'Time since the revocations of other nodes were last read.',
    labels: [],
    aggregator: 'max',
  },
  xml_parse_seconds: { type: 'histogram', help: 'Time to scan a message.', labels: [], buckets: FINE_SECONDS },
  crypto_seconds: { type: 'histogram', help: 'Time in cryptography.', labels: ['op'], buckets: FINE_SECONDS },
  tls_cert_not_after_seconds: {
    type: 'gauge',
    help: 'End of a certificate, seconds since the epoch.',
    labels: ['cert'],
    aggregator: 'min',
  },
  farm_key_not_after_seconds: {
    type: 'gauge',
    help: 'End of a farm key that has one, seconds since the epoch; then it opens no more and may be retired.',
    labels: ['kid'],
    aggregator: 'min',
  },
  farm_keys: {
    type: 'gauge',
    help: 'Workers whose key ring has this key, by what it does: 1 for each.',
    labels: ['kid', 'state'],
  },
  config_reloads_total: { type: 'counter', help: 'Reloads of the configuration.', labels: ['result'] },
  config_last_reload_successful: {
    type: 'gauge',
    help: '1 if the last reload was taken.',
    labels: [],
    aggregator: 'min',
  },
  config_last_reload_timestamp_seconds: {
    type: 'gauge',
    help: 'Time of the last reload that was taken.',
    labels: [],
    aggregator: 'min',
  },
} as const satisfies Record<string, MetricRow>;

type Rows = typeof METRICS;
export type MetricName = keyof Rows;
type Named<T extends MetricRow['type']> = { [N in MetricName]: Rows[N]['type'] extends T ? N : never }[MetricName];
export type LabelsOf<N extends MetricName> = Readonly<Record<Rows[N]['labels'][number], string>>;

export interface Metrics {
  count<N extends Named<'counter'>>(name: N, labels: LabelsOf<N>, by?: number): void;
  observe<N extends Named<'histogram'>>(name: N, labels: LabelsOf<N>, value: number): void;
  set<N extends Named<'gauge'>>(name: N, labels: LabelsOf<N>, value: number): void;
  /** Drops one series of a gauge (a target that left the configuration). */
  remove<N extends Named<'gauge'>>(name: N, labels: LabelsOf<N>): void;
  /** Reads a gauge without labels at the time of each scrape. */
  read(name: Named<'gauge'>, value: () => number): void;
  /** Reads all series of a gauge at the time of each scrape. */
  readEach<N extends Named<'gauge'>>(name: N, series: () => readonly (readonly [LabelsOf<N>, number])[]): void;
  /** The Prometheus text format. */
  text(): Promise<string>;
  /** For the process that adds up its workers. */
  json(): Promise<MetricObjectWithValues<MetricValue<string>>[]>;
  readonly contentType: string;
}

export interface MetricsOptions {
  /** Process and event-loop metrics of Node; default true. */
  readonly process?: boolean;
}

/** All metrics of the table, in a registry of their own. */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  const readers = new Map<string, () => number>();
  const seriesReaders = new Map<string, () => readonly (readonly [Record<string, string>, number])[]>();
  const rows: readonly (readonly [string, MetricRow])[] = Object.entries(METRICS);
  for (const [name, row] of rows) {
    const common = { name: PREFIX + name, help: row.help, labelNames: row.labels, registers: [registry] };
    if (row.type === 'counter') counters.set(name, new Counter(common));
    else if (row.type === 'histogram')
      histograms.set(name, new Histogram({ ...common, buckets: [...(row.buckets ?? SECONDS)] }));
    else {
      gauges.set(
        name,
        new Gauge({
          ...common,
          aggregator: row.aggregator ?? 'sum',
          collect() {
            const read = readers.get(name);
            if (read !== undefined) this.set(read());
            const readEach = seriesReaders.get(name);
            if (readEach === undefined) return;
            this.reset();
            for (const [labels, value] of readEach()) this.set(labels, value);
          },
        }),
      );
    }
  }
  if (options.process !== false) collectDefaultMetrics({ register: registry });
  return {
    count: (name, labels, by = 1) => counters.get(name)?.inc(labels, by),
    observe: (name, labels, value) => histograms.get(name)?.observe(labels, value),
    set: (name, labels, value) => gauges.get(name)?.set(labels, value),
    remove: (name, labels) => gauges.get(name)?.remove(labels),
    read: (name, value) => void readers.set(name, value),
    readEach: (name, series) => void seriesReaders.set(name, series),
    text: () => registry.metrics(),
    json: () => registry.getMetricsAsJSON(),
    contentType: registry.contentType,
  };
}

/** Adds up what several workers answered by {@link Metrics.json}, as text. */
export function mergeMetrics(workers: MetricObjectWithValues<MetricValue<string>>[][]): Promise<string> {
  return AggregatorRegistry.aggregate(workers).metrics();
}
