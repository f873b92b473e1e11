import { type Store, storeKey } from '../store/store.js';

/** What all nodes of the farm remember together: a message, a nonce. */
export interface FarmMemory {
  /**
   * Remembers a key, in one step with the question whether any node has.
   *
   * @param kind keeps keys of different kinds apart
   * @param ttl milliseconds; longer than the key could count on the node whose clock is the slowest
   * @returns false if it was remembered already
   * @throws GatewayError `store.unavailable`
   */
  remember(kind: 'message' | 'nonce', key: string, ttl: number): Promise<boolean>;
}

export function createFarmMemory(store: Pick<Store, 'add'>): FarmMemory {
  return { remember: (kind, key, ttl) => store.add(storeKey(kind, key), ttl) };
}
