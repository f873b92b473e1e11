import { createMetrics, type Metrics } from '../observe/metrics.js';
import type { Runtime } from '../runtime.js';

/** The primary's own metrics, which are added to those of its workers. */
export interface ReloadMetrics extends Pick<Metrics, 'contentType' | 'json'> {
  taken(): void;
  refused(): void;
}

/** What workers cannot tell: a configuration that is refused here never comes to them. */
export function createReloadMetrics(runtime: Pick<Runtime, 'now'>): ReloadMetrics {
  const metrics = createMetrics({ process: false });
  const taken = (): void => {
    metrics.set('config_last_reload_successful', {}, 1);
    metrics.set('config_last_reload_timestamp_seconds', {}, runtime.now() / 1000);
  };
  taken();
  return {
    contentType: metrics.contentType,
    json: metrics.json,
    taken,
    refused() {
      metrics.count('config_reloads_total', { result: 'failure' });
      metrics.set('config_last_reload_successful', {}, 0);
    },
  };
}
