import type { Conversation } from './cache.js';
import type { OuterToken, SecurityContext } from './context.js';

/** Where the state of conversations is whose tokens do not carry it: such a token is its Identifier, and after a renewal its Instance. */
export interface KeptState {
  /** @param until milliseconds since the epoch; the state is found until then @throws GatewayError `http.overloaded`, `store.unavailable` */
  keep(context: SecurityContext, until: number): Promise<void>;
  /** @throws GatewayError `store.unavailable`, and what opening a cookie throws */
  find(outer: OuterToken): Conversation | undefined | Promise<Conversation | undefined>;
  /** Of a conversation that has been cancelled; what is left of it ends by itself. */
  forget(context: SecurityContext): Promise<void>;
}
