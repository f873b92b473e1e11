import type { Version } from '../../src/conversation/context.js';
import type { SuiteName } from '../../src/crypto/suites.js';
import type { Scenario } from './scenarios.js';

/** What a farm speaks. Either SOAP version is spoken at every service, so it is no option. */
export interface Dialect {
  /** Of WS-SecureConversation, and with it WS-Trust. */
  readonly versions: readonly Version[];
  readonly suite: SuiteName;
}

export interface FarmOptions extends Partial<Dialect> {
  /** Ports of the balancer; 0, the default, takes free ones. */
  readonly http?: number;
  readonly https?: number;
  /** A folder as test/pki makes it, made there if it does not exist. */
  readonly certificates?: string;
  /** Gateway processes; default 3. */
  readonly nodes?: number;
  /** Of each gateway process; default 1. */
  readonly workers?: number;
  /** Plain services behind them; default 2. */
  readonly upstreams?: number;
  /** Default: the 23 of the interoperability set. */
  readonly scenarios?: readonly Scenario[];
  /** Seconds from one SIGKILL to the next; 0, the default, kills none. */
  readonly killEvery?: number;
  /** Where each node's log goes; a temporary folder by default, removed at the end if all went well. */
  readonly logs?: string;
  /** Takes a line for each thing that happens. */
  readonly report?: (line: string) => void;
}

export const DEFAULT_DIALECT: Dialect = { versions: ['2005-02'], suite: 'Basic128' };
