import { readFileSync } from 'node:fs';
import type { Conversation } from '../client/conversation.js';
import type { ChaosFarm } from './farm.js';
import type { Place } from './places.js';

/** A process that was killed with requests in its hands: what began before `until` and ended after `from` may be lost. */
export interface Killing {
  /** Of the node; absent for a service, whose requests any node has in its hands. */
  readonly node?: string;
  readonly from: number;
  readonly until: number;
}

export interface Scene {
  readonly farm: ChaosFarm;
  readonly conversations: readonly Conversation[];
  readonly killings: Killing[];
  /** Resolves with whether every conversation has been answered by every node since. */
  knownEverywhere(): Promise<boolean>;
  /** For things that hold or do not; the last lines say which did not. */
  check(what: string, holds: boolean): void;
}

/** Longer than the balancer's check interval. */
export const NOTICED = 1_500;
/** Clients that renew at once: each proves a password. */
const RENEWING = 4;

export async function renewAll(conversations: readonly Conversation[]): Promise<void> {
  const waiting = [...conversations];
  const lane = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await next.renew();
  };
  await Promise.all(Array.from({ length: RENEWING }, lane));
}

interface Line {
  readonly event?: string;
  readonly time?: string;
}

/** What the node that runs there has logged. */
export function events({ node }: Place): Line[] {
  return readFileSync(node.log, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);
}
