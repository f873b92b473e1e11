import type { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import type { SecurityContext } from './context.js';

/** Refuses every token that has all of what it names; it names at least one. Times are milliseconds since the epoch. */
export interface RevocationRule {
  /** Name of the principal. */
  readonly user?: string;
  readonly service?: string;
  /** Tokens issued, or renewed, before this. */
  readonly before?: number;
  /** Tokens sealed under this farm key. */
  readonly kid?: string;
  /** When the last of these tokens has ended. */
  readonly until: number;
}

/** A context, and the id of the farm key that sealed its token; of a token that holds nothing undefined. */
export interface SealedContext {
  readonly context: SecurityContext;
  readonly kid: string | undefined;
}

export interface RevocationRules {
  readonly size: number;
  /** @throws GatewayError the error for too many rules */
  add(rule: RevocationRule): void;
  refuses(conversation: SealedContext): boolean;
}

/** Rules of an operator, not of clients: each message is held against those for its user and those for no user in particular. */
const MAX_RULES = 10_000;

export function createRevocationRules(runtime: Pick<Runtime, 'now'>, full: () => GatewayError): RevocationRules {
  const byText = new Map<string, RevocationRule>();
  let byUser: ReadonlyMap<string | undefined, readonly RevocationRule[]> = new Map();
  return {
    get size() {
      return byText.size;
    },
    add: (rule) => {
      const now = runtime.now();
      if (rule.until < now || byText.has(textOf(rule))) return;
      for (const [text, { until }] of byText) if (until < now) byText.delete(text);
      if (byText.size >= MAX_RULES) throw full();
      byText.set(textOf(rule), rule);
      byUser = groupByUser(byText.values());
    },
    refuses: (conversation) => {
      if (byText.size === 0) return false;
      const now = runtime.now();
      const candidates = [...(byUser.get(conversation.context.principal.name) ?? []), ...(byUser.get(undefined) ?? [])];
      return candidates.some((rule) => rule.until >= now && meets(rule, conversation));
    },
  };
}

function meets({ service, before, kid }: RevocationRule, conversation: SealedContext): boolean {
  const { context } = conversation;
  return (
    (service === undefined || service === context.service) &&
    (before === undefined || context.created < before) &&
    (kid === undefined || kid === conversation.kid)
  );
}

function textOf({ user, service, before, kid, until }: RevocationRule): string {
  return JSON.stringify([user, service, before, kid, until]);
}

function groupByUser(rules: Iterable<RevocationRule>): ReadonlyMap<string | undefined, readonly RevocationRule[]> {
  const groups = new Map<string | undefined, RevocationRule[]>();
  for (const rule of rules) {
    const group = groups.get(rule.user);
    if (group === undefined) groups.set(rule.user, [rule]);
    else group.push(rule);
  }
  return groups;
}
