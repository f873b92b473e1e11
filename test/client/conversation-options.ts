import type { Runtime } from '../../src/runtime.js';
import type { Judge } from './answer.js';
import type { Transport } from './http.js';
import type { Overrides } from './overrides.js';
import type { Party } from './party.js';
import type { Shape } from './shape.js';
import type { TokenRequestOptions } from './token-request.js';

export interface ConversationOptions {
  readonly shape: Shape;
  /** Where requests are posted, and unless `to` says otherwise wsa:To. */
  readonly url: string;
  readonly to?: string;
  readonly transport: Transport;
  readonly username?: { readonly name: string; readonly password: string };
  /** The X.509 client. */
  readonly client?: Party;
  /** Whose certificate symmetric and asymmetric bootstraps encrypt for. */
  readonly service?: Party;
  readonly judge?: Judge;
  readonly runtime?: Runtime;
  readonly request?: Omit<TokenRequestOptions, 'appliesTo'>;
  /** Departures of the Issue request from an honest one. */
  readonly overrides?: Overrides;
}

export interface CallOptions {
  readonly action: string;
  /** wsa:Action that the answer must have; absent: any. */
  readonly replyAction?: string;
  /** Another node. */
  readonly url?: string;
  readonly judge?: Judge;
  readonly overrides?: Overrides;
}
