import type { Revocations } from './revocation.js';
import type { RevocationRule } from './revocation-rules.js';

/** What was ended before its time. The text travels between nodes, of which some may be older than others. */
export interface Ending {
  readonly text: string;
  /** @throws GatewayError `http.overloaded` */
  apply(revocations: Revocations): void;
}

/** A whole conversation. @param until milliseconds since the epoch, as are all times here */
export function conversationEnded(identifier: string, until: number): Ending {
  return ending({ kind: 'conversation', identifier, until });
}

/** One token, by its renewal; it is good until `from`. */
export function tokenRenewed(identifier: string, instance: string | undefined, from: number, until: number): Ending {
  return ending({ kind: 'token', identifier, ...(instance === undefined ? {} : { instance }), from, until });
}

/** All that a rule names. */
export function ruleMade(rule: RevocationRule): Ending {
  return ending({ kind: 'rule', ...rule });
}

/** @returns undefined for what no version of this writes */
export function parseEnding(text: string): Ending | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const members = value as Readonly<Record<string, unknown>>;
  const { kind } = members;
  const fits = typeof kind === 'string' && SHAPES.get(kind)?.(members) === true;
  return fits ? { text, apply: APPLY[members.kind as Entry['kind']](members as never) } : undefined;
}

type Entry =
  | { readonly kind: 'conversation'; readonly identifier: string; readonly until: number }
  | {
      readonly kind: 'token';
      readonly identifier: string;
      readonly instance?: string;
      readonly from: number;
      readonly until: number;
    }
  | ({ readonly kind: 'rule' } & RevocationRule);

type Kind<K extends Entry['kind']> = Extract<Entry, { kind: K }>;

const APPLY: { readonly [K in Entry['kind']]: (entry: Kind<K>) => (revocations: Revocations) => void } = {
  conversation:
    ({ identifier, until }) =>
    (revocations) =>
      revocations.revoke(identifier, until),
  token:
    ({ identifier, instance, from, until }) =>
    (revocations) =>
      revocations.supersede(identifier, instance, from, until),
  rule:
    ({ kind: _, ...rule }) =>
    (revocations) =>
      revocations.rule(rule),
};

const isText = (value: unknown): boolean => typeof value === 'string';
const isTime = (value: unknown): boolean => Number.isSafeInteger(value);
const isMissingOr =
  (fits: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || fits(value);

type Shape = (entry: Readonly<Record<string, unknown>>) => boolean;

const SHAPES: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['conversation', ({ identifier, until }) => isText(identifier) && isTime(until)],
  [
    'token',
    ({ identifier, instance, from, until }) =>
      isText(identifier) && isMissingOr(isText)(instance) && isTime(from) && isTime(until),
  ],
  [
    'rule',
    ({ session, user, service, before, kid, until }) =>
      [session, user, service, kid].every(isMissingOr(isText)) &&
      isMissingOr(isTime)(before) &&
      isTime(until) &&
      // A rule that names nothing would end everything.
      [session, user, before, kid].some((member) => member !== undefined),
  ],
]);

function ending(entry: Entry): Ending {
  return { text: JSON.stringify(entry), apply: APPLY[entry.kind](entry as never) };
}
