import { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { createRevocationRules, type RevocationRule, type SealedContext } from './revocation-rules.js';
import { createWindow } from './window.js';

/** Conversations that were cancelled or revoked, for as long as any token of theirs could be good (security.md T3). */
export interface Revocations {
  readonly size: number;
  /**
   * @param until milliseconds since the epoch: the end of the whole conversation
   * @throws GatewayError `http.overloaded` where there is no room to remember it
   */
  revoke(identifier: string, until: number): void;
  isRevoked(identifier: string): boolean;
  /**
   * A token was renewed: its old key is good for an overlap, and then no more (WCF's KeyRolloverInterval).
   *
   * @param from end of the overlap, milliseconds since the epoch
   * @param until end of the old token
   */
  supersede(identifier: string, instance: string | undefined, from: number, until: number): void;
  isSuperseded(identifier: string, instance: string | undefined): boolean;
  /** What an operator revoked by a rule. @throws GatewayError `http.overloaded` */
  rule(rule: RevocationRule): void;
  isRuledOut(conversation: SealedContext): boolean;
}

/** @param onRule told of each new rule, whichever node or command it comes from */
export function createRevocations(
  capacity: number,
  runtime: Pick<Runtime, 'now'>,
  onRule: (rule: RevocationRule) => void = () => undefined,
): Revocations {
  const full = () => new GatewayError('http.overloaded', 'no room to remember another ended token', { capacity });
  const window = createWindow(capacity, runtime, full);
  const superseded = createWindow(capacity, runtime, full);
  const overlapping = createWindow(capacity, runtime, full);
  const rules = createRevocationRules(runtime, full);
  return {
    get size() {
      return window.size;
    },
    revoke: (identifier, until) => void window.remember(identifier, until),
    isRevoked: (identifier) => window.has(identifier),
    supersede: (identifier, instance, from, until) => {
      const key = tokenKey(identifier, instance);
      // A second renewal of one token does not lengthen its overlap.
      if (from < until && superseded.remember(key, until)) overlapping.remember(key, from);
    },
    isSuperseded: (identifier, instance) => {
      const key = tokenKey(identifier, instance);
      return superseded.has(key) && !overlapping.has(key);
    },
    rule: (rule) => {
      if (rules.add(rule)) onRule(rule);
    },
    isRuledOut: rules.refuses,
  };
}

/** An Identifier is a URI: it holds no white space. */
function tokenKey(identifier: string, instance: string | undefined): string {
  return `${identifier} ${instance ?? ''}`;
}
