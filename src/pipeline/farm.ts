import type { ServicePolicy } from '../config/types.js';
import type { Ending } from '../conversation/revocation-entry.js';
import { GatewayError } from '../errors.js';
import type { Metrics } from '../observe/metrics.js';
import type { PipelineOptions } from './context.js';
import { finite, MAX_AGE, type Shared } from './shared.js';

/** What the nodes of a farm ask of each other by way of the store, and what becomes of a message while that is away. */

/** @throws GatewayError `store.unavailable` where no store is configured */
export function requireShared<Part>(part: Part | undefined): Part {
  if (part === undefined) throw new GatewayError('store.unavailable', 'no shared store is configured');
  return part;
}

/** Where revocations might have been missed, `closed` services serve nothing. @throws GatewayError `store.unavailable` */
export function requireNews({ journal }: Shared, service: ServicePolicy, metrics: Metrics): void {
  if (service.whenStoreIsAway === 'open' || journal === undefined || journal.age <= MAX_AGE) return;
  metrics.count('store_decisions_total', { route: service.name, decision: 'closed' });
  throw new GatewayError('store.unavailable', 'the revocations of other nodes are not known', {
    age_ms: Math.round(finite(journal.age)),
  });
}

/**
 * What the store answers, or while it is away what the service's policy says.
 *
 * @param open what an open service goes on with
 * @throws GatewayError `store.unavailable` for a closed one
 */
export async function askShared<Answer>(
  service: ServicePolicy,
  metrics: Metrics,
  ask: () => Promise<Answer>,
  open: Answer,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'store.unavailable') throw error;
    metrics.count('store_decisions_total', { route: service.name, decision: service.whenStoreIsAway });
    if (service.whenStoreIsAway === 'closed') throw error;
    return open;
  }
}

/**
 * Remembers what must be new on every node, where the service wants that.
 *
 * @param until milliseconds since the epoch, on a clock that may be as wrong as the service allows
 * @returns false if a node has seen it
 * @throws GatewayError `store.unavailable` for a closed service
 */
export async function rememberOnFarm(
  { state, runtime, metrics }: Pick<PipelineOptions, 'state' | 'runtime' | 'metrics'>,
  service: ServicePolicy,
  kind: 'message' | 'nonce',
  key: string,
  until: number,
): Promise<boolean> {
  if (service.replay !== 'farm') return true;
  const ttl = until - runtime.now() + service.timestamp.skew;
  return askShared(service, metrics, async () => requireShared(state.shared.memory).remember(kind, key, ttl), true);
}

/**
 * Ends a conversation or a token before its time, here and on every node.
 *
 * @param away what is done where the other nodes cannot be told now; they are later in any case
 * @throws GatewayError `store.unavailable`; `http.overloaded` where there is no room to remember it
 */
export async function endOnFarm(
  { state, metrics }: Pick<PipelineOptions, 'state' | 'metrics'>,
  service: ServicePolicy,
  ending: Ending,
  away: ServicePolicy['whenStoreIsAway'] = service.whenStoreIsAway,
): Promise<void> {
  const { journal } = state.shared;
  if (journal === undefined) return ending.apply(state.revocations);
  await askShared({ ...service, whenStoreIsAway: away }, metrics, () => journal.publish(ending), undefined);
}
