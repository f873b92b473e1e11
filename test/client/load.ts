import { type CallOptions, type Conversation, type ConversationOptions, openConversation } from './conversation.js';
import { parseElement } from './dom-document.js';
import type { Element } from './element.js';

export interface LoadOptions {
  readonly conversation: ConversationOptions;
  /** How many are opened, before anything is measured but themselves. */
  readonly conversations: number;
  /** In all, spread evenly over the conversations. */
  readonly requests: number;
  /** Requests under way at once. */
  readonly concurrency: number;
  readonly body: string;
  readonly call: CallOptions;
  /** Where request number `n` goes, e.g. another node each time. */
  readonly url?: (n: number) => string;
}

/** Milliseconds. */
export interface Latencies {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface LoadResult {
  readonly opened: { readonly count: number; readonly latencies: Latencies };
  readonly answered: number;
  /** By HTTP status and fault code, or by the rule that an answer broke. */
  readonly failures: ReadonlyMap<string, number>;
  readonly seconds: number;
  readonly perSecond: number;
  readonly latencies: Latencies;
}

/** Opens conversations, then calls through them at a fixed concurrency; every answer is proven by the options' judge. */
export async function loadConversations(options: LoadOptions): Promise<LoadResult> {
  const opening: number[] = [];
  const conversations: Conversation[] = [];
  await inParallel(options.conversations, options.concurrency, async () => {
    const from = performance.now();
    conversations.push(await openConversation({ judge: 'fast', ...options.conversation }));
    opening.push(performance.now() - from);
  });
  const content = parseElement(options.body);
  const failures = new Map<string, number>();
  const taken: number[] = [];
  const start = performance.now();
  await inParallel(options.requests, options.concurrency, async (n) => {
    const from = performance.now();
    const failure = await failureOf(conversations[n % conversations.length]!, content, options, n);
    if (failure === undefined) taken.push(performance.now() - from);
    else failures.set(failure, (failures.get(failure) ?? 0) + 1);
  });
  const seconds = (performance.now() - start) / 1000;
  return {
    opened: { count: conversations.length, latencies: latenciesOf(opening) },
    answered: taken.length,
    failures,
    seconds,
    perSecond: taken.length / seconds,
    latencies: latenciesOf(taken),
  };
}

async function failureOf(
  conversation: Conversation,
  content: Element,
  { call, url }: LoadOptions,
  n: number,
): Promise<string | undefined> {
  try {
    const reply = await conversation.call(content, url === undefined ? call : { ...call, url: url(n) });
    if (reply.fault === undefined && reply.secured) return undefined;
    return `${reply.status} ${reply.fault?.subcode ?? reply.fault?.code ?? 'no body'}`;
  } catch (error) {
    return error instanceof Error ? error.message.slice(0, 120) : String(error);
  }
}

async function inParallel(count: number, concurrency: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, lane));
}

function latenciesOf(taken: readonly number[]): Latencies {
  const sorted = [...taken].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const mean = sorted.reduce((sum, one) => sum + one, 0) / Math.max(1, sorted.length);
  return { mean, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0 };
}
