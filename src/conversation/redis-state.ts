import { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { type Store, storeKey } from '../store/store.js';
import type { Conversation, ConversationCache } from './cache.js';
import type { OuterToken, SecurityContext } from './context.js';
import type { KeptState } from './kept-state.js';

export interface RedisStateOptions {
  /** @throws GatewayError `store.unavailable` where there is none */
  store(): Pick<Store, 'put' | 'get' | 'remove'>;
  /** Seals a context under the farm's key: the store sees no more than a client would. */
  seal(context: SecurityContext): Promise<string>;
  /** Opens what was sealed, and keeps it: a second message of the conversation does not ask the store. */
  readonly conversations: Pick<ConversationCache, 'resolve'>;
  readonly runtime: Pick<Runtime, 'now'>;
}

/**
 * State in the store that the nodes share: the cookie that another token would carry, under a key that tells nothing. Redis drops it when
 * its time is over; a forged one does not open, and one in the place of another is not bound to its token.
 */
export function createRedisState({ store, seal, conversations, runtime }: RedisStateOptions): KeptState {
  const asked = new Map<string, Promise<Conversation | undefined>>();
  const find = async (key: string, outer: OuterToken): Promise<Conversation | undefined> => {
    const sealed = await store().get(key);
    return sealed === undefined ? undefined : conversations.resolve(sealed, outer);
  };
  return {
    keep: async (context, until) => store().put(keyOf(context), await seal(context), until - runtime.now()),
    find: (outer) => {
      const key = keyOf(outer);
      // Messages that come at once ask once; all that a token can say otherwise is in the question.
      const question = `${key} ${outer.version}`;
      const known = asked.get(question);
      if (known !== undefined) return known;
      const answer = find(key, outer).finally(() => asked.delete(question));
      asked.set(question, answer);
      return answer;
    },
    forget: async (context) => {
      try {
        await store().remove(keyOf(context));
      } catch (error) {
        // It is revoked, and its time comes.
        if (!(error instanceof GatewayError)) throw error;
      }
    },
  };
}

function keyOf({ service, identifier, instance }: OuterToken | SecurityContext): string {
  return storeKey('state', service, identifier, instance ?? '');
}
