import { X509Certificate } from 'node:crypto';
import type { Config } from '../config/types.js';
import type { KeyRing } from '../conversation/key-ring.js';
import { reportRing } from '../conversation/ring-report.js';
import type { Metrics } from '../observe/metrics.js';
import type { Runtime } from '../runtime.js';
import { packageVersion } from './version.js';

/** What the metrics say of the process and its configuration, besides what the traffic tells. */
export interface ConfigGauges {
  loaded(config: Config): void;
  refused(): void;
}

export function createConfigGauges(metrics: Metrics, runtime: Pick<Runtime, 'now'>): ConfigGauges {
  let certificates: ReadonlyMap<string, number> = new Map();
  let farmKeys: ReadonlyMap<string, number> = new Map();
  let ring: KeyRing | undefined;
  // at the time of the scrape: a staged key becomes active without a reload
  metrics.readEach('farm_keys', () =>
    ring === undefined ? [] : reportRing(ring, runtime.now()).keys.map(({ kid, state }) => [{ kid, state }, 1]),
  );
  metrics.set('build_info', { version: packageVersion(), node: process.version }, 1);
  return {
    loaded(config) {
      metrics.set('config_last_reload_successful', {}, 1);
      metrics.set('config_last_reload_timestamp_seconds', {}, runtime.now() / 1000);
      const next = ends(config);
      for (const cert of certificates.keys())
        if (!next.has(cert)) metrics.remove('tls_cert_not_after_seconds', { cert });
      for (const [cert, end] of next) metrics.set('tls_cert_not_after_seconds', { cert }, end);
      certificates = next;
      ring = config.keyRing;
      for (const kid of farmKeys.keys())
        if (ring.get(kid)?.endsAt === undefined) metrics.remove('farm_key_not_after_seconds', { kid });
      farmKeys = new Map(ring.keys.flatMap(({ kid, endsAt }) => (endsAt === undefined ? [] : [[kid, endsAt / 1000]])));
      for (const [kid, end] of farmKeys) metrics.set('farm_key_not_after_seconds', { kid }, end);
    },
    refused() {
      metrics.set('config_last_reload_successful', {}, 0);
    },
  };
}

/** The end of every certificate that we show, in seconds since the epoch; two of one name count as the one that ends first. */
function ends({ listeners, certificates }: Config): ReadonlyMap<string, number> {
  const shown = [
    ...listeners.flatMap(({ tls }) => (tls === undefined ? [] : [new X509Certificate(tls.certificate)])),
    ...certificates.map(({ certificate }) => certificate),
  ];
  const found = new Map<string, number>();
  for (const { subject, validTo } of shown) {
    const name = subject.replaceAll('\n', ', ');
    const end = Date.parse(validTo) / 1000;
    found.set(name, Math.min(end, found.get(name) ?? end));
  }
  return found;
}
