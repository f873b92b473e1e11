import type { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { contextHash, type SecurityContext } from './context.js';

/** Refuses every token that has all of what it names; it names at least one. Times are milliseconds since the epoch. */
export interface RevocationRule {
  /** The conversation, as the log names it (`contextHash`). */
  readonly session?: string;
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
  /** @returns whether it is new and still means something @throws GatewayError the error for too many rules */
  add(rule: RevocationRule): boolean;
  refuses(conversation: SealedContext): boolean;
}

/** Rules of an operator, not of clients. */
const MAX_RULES = 10_000;

/** Rules by what is quickly found of a message; only those of the last group are all looked at. */
interface Index {
  readonly bySession: Groups;
  readonly byUser: Groups;
  readonly others: readonly RevocationRule[];
}

type Groups = ReadonlyMap<string, readonly RevocationRule[]>;

const NONE: readonly RevocationRule[] = [];

export function createRevocationRules(runtime: Pick<Runtime, 'now'>, full: () => GatewayError): RevocationRules {
  const byText = new Map<string, RevocationRule>();
  /** Made again when it is next asked: a node that starts reads all rules at once. */
  let index: Index | undefined;
  return {
    get size() {
      return byText.size;
    },
    add: (rule) => {
      const now = runtime.now();
      if (rule.until < now || byText.has(textOf(rule))) return false;
      if (byText.size >= MAX_RULES) dropEnded(byText, now);
      if (byText.size >= MAX_RULES) throw full();
      byText.set(textOf(rule), rule);
      index = undefined;
      return true;
    },
    refuses: (conversation) => {
      if (byText.size === 0) return false;
      const now = runtime.now();
      const { identifier, principal } = conversation.context;
      index ??= indexOf([...byText.values()]);
      const { bySession, byUser, others } = index;
      const ofSession = bySession.size === 0 ? NONE : (bySession.get(contextHash(identifier)) ?? NONE);
      return [ofSession, byUser.get(principal.name) ?? NONE, others].some((rules) =>
        rules.some((rule) => rule.until >= now && meets(rule, conversation)),
      );
    },
  };
}

function dropEnded(rules: Map<string, RevocationRule>, now: number): void {
  for (const [text, { until }] of rules) if (until < now) rules.delete(text);
}

function indexOf(rules: readonly RevocationRule[]): Index {
  const bySession = rules.filter(({ session }) => session !== undefined);
  const byUser = rules.filter(({ session, user }) => session === undefined && user !== undefined);
  return {
    bySession: group(bySession, ({ session = '' }) => session),
    byUser: group(byUser, ({ user = '' }) => user),
    others: rules.filter(({ session, user }) => session === undefined && user === undefined),
  };
}

function group(rules: readonly RevocationRule[], keyOf: (rule: RevocationRule) => string): Groups {
  const groups = new Map<string, RevocationRule[]>();
  for (const rule of rules) {
    const members = groups.get(keyOf(rule)) ?? [];
    members.push(rule);
    groups.set(keyOf(rule), members);
  }
  return groups;
}

function meets({ user, service, before, kid }: RevocationRule, conversation: SealedContext): boolean {
  const { context } = conversation;
  return (
    (user === undefined || user === context.principal.name) &&
    (service === undefined || service === context.service) &&
    (before === undefined || context.created < before) &&
    (kid === undefined || kid === conversation.kid)
  );
}

function textOf({ session, user, service, before, kid, until }: RevocationRule): string {
  return JSON.stringify([session, user, service, before, kid, until]);
}
