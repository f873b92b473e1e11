import { X509Certificate } from 'node:crypto';
import type { Config } from '../config/types.js';
import type { Metrics } from '../observe/metrics.js';
import { packageVersion } from './version.js';

/** What the metrics say of the process and its configuration, besides what the traffic tells. */
export interface ConfigGauges {
  loaded(config: Config, now: number): void;
  refused(): void;
}

export function createConfigGauges(metrics: Metrics): ConfigGauges {
  let certificates: ReadonlyMap<string, number> = new Map();
  metrics.set('build_info', { version: packageVersion(), node: process.version }, 1);
  return {
    loaded(config, now) {
      metrics.set('config_last_reload_successful', {}, 1);
      metrics.set('config_last_reload_timestamp_seconds', {}, now / 1000);
      const next = ends(config);
      for (const cert of certificates.keys())
        if (!next.has(cert)) metrics.remove('tls_cert_not_after_seconds', { cert });
      for (const [cert, end] of next) metrics.set('tls_cert_not_after_seconds', { cert }, end);
      certificates = next;
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
