import { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { type Conversation, type ConversationCache, instanceKey } from './cache.js';
import type { KeptState } from './kept-state.js';

/** Entries looked at for each new one: more than one, so that the front never falls behind. */
const STEP = 2;
/** A full memory is not searched through more often than this. Milliseconds. */
const SWEEP_INTERVAL = 1000;

/**
 * State in this process (WCF's own way without cookies): it ends with the process, and no other knows it. Bounded: where there is no
 * room no token is issued, because to forget another would end a conversation.
 */
export function createMemoryState(
  capacity: number,
  conversations: Pick<ConversationCache, 'conversationOf'>,
  runtime: Pick<Runtime, 'now'>,
): KeptState & { readonly size: number } {
  const entries = new Map<string, { readonly conversation: Conversation; readonly until: number }>();
  let swept = Number.NEGATIVE_INFINITY;
  const drop = (now: number, most: number): void => {
    let looked = 0;
    for (const [key, { until }] of entries) {
      if (looked++ >= most) return;
      if (until < now) entries.delete(key);
    }
  };
  return {
    get size() {
      return entries.size;
    },
    async keep(context, until) {
      const now = runtime.now();
      drop(now, STEP);
      if (entries.size >= capacity && now - swept >= SWEEP_INTERVAL) {
        swept = now;
        drop(now, Number.POSITIVE_INFINITY);
      }
      if (entries.size >= capacity) {
        throw new GatewayError('http.overloaded', 'no room for another conversation', { capacity });
      }
      const conversation = conversations.conversationOf(context);
      entries.set(instanceKey(context.identifier, context.instance), { conversation, until });
    },
    find: ({ identifier, instance }) => {
      const entry = entries.get(instanceKey(identifier, instance));
      return entry !== undefined && entry.until >= runtime.now() ? entry.conversation : undefined;
    },
    async forget({ identifier, instance }) {
      entries.delete(instanceKey(identifier, instance));
    },
  };
}
