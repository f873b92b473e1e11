import { setTimeout as wait } from 'node:timers/promises';
import type { Conversation } from '../client/conversation.js';
import { PING_ACTION, pingRequest } from '../upstream/index.js';
import { HtmlAnswer } from './transport.js';

/** One message of one conversation, and what became of it. Times are of `performance.now()`. */
export interface Sent {
  /** Stands in the message: the services tell by it how often they were asked. */
  readonly text: string;
  readonly conversation: number;
  readonly began: number;
  readonly ended: number;
  /** Absent: answered as it should be, and the answer proven. */
  readonly failure?: string;
  /** The node that answered, as the balancer says. */
  readonly node: string;
}

export interface Traffic {
  readonly sent: readonly Sent[];
  /**
   * Resolves when every conversation has been answered on a message that began after now (by each of `nodes`, if any are
   * named), or with those that were not in `limit` ms.
   */
  allAnswered(limit: number, nodes?: readonly string[]): Promise<readonly number[]>;
  /** Ends it, and waits for what is under way. */
  stop(): Promise<void>;
}

/**
 * Keeps conversations busy: a message every `interval` ms, each of the next conversation that waits for no answer.
 * No message is sent twice, whatever became of it.
 */
export function startTraffic(conversations: readonly Conversation[], interval: number): Traffic {
  const sent: Sent[] = [];
  const busy = new Set<number>();
  const underWay = new Set<Promise<void>>();
  const ending = new AbortController();
  let number = 0;
  let turn = 0;

  const send = async (conversation: number): Promise<void> => {
    const text = `message ${++number}`;
    const began = performance.now();
    const outcome = await ask(conversations[conversation]!, text);
    sent.push({ text, conversation, began, ended: performance.now(), ...outcome });
  };
  const next = (): number | undefined => {
    for (let tries = 0; tries < conversations.length; tries++) {
      const conversation = turn++ % conversations.length;
      if (!busy.has(conversation)) return conversation;
    }
    return undefined;
  };
  const pace = async (): Promise<void> => {
    for (let due = performance.now(); !ending.signal.aborted; due += interval) {
      await wait(Math.max(0, due - performance.now()));
      // behind by more than a second: a machine that stood still owes nothing
      if (performance.now() - due > 1_000) due = performance.now();
      const conversation = next();
      if (conversation === undefined) continue;
      busy.add(conversation);
      const promise = send(conversation).finally(() => {
        busy.delete(conversation);
        underWay.delete(promise);
      });
      underWay.add(promise);
    }
  };
  const pacing = pace();

  return {
    sent,
    allAnswered: async (limit, nodes) => {
      const [from, first] = [performance.now(), sent.length];
      const wanted = (conversation: number): string[] => (nodes ?? ['']).map((node) => `${conversation} ${node}`);
      for (;;) {
        const answered = new Set(
          sent
            .slice(first)
            .filter(({ began, failure }) => began >= from && failure === undefined)
            .map(({ conversation, node }) => `${conversation} ${nodes === undefined ? '' : node}`),
        );
        const missing = [...conversations.keys()].filter((each) => !wanted(each).every((one) => answered.has(one)));
        if (missing.length === 0 || performance.now() - from > limit) return missing;
        await wait(100);
      }
    },
    stop: async () => {
      ending.abort();
      await pacing;
      await Promise.all(underWay);
    },
  };
}

async function ask(conversation: Conversation, text: string): Promise<Pick<Sent, 'node' | 'failure'>> {
  try {
    const reply = await conversation.call(pingRequest(text), { action: PING_ACTION });
    const node = String(reply.headers['x-served-by'] ?? '');
    const good = reply.status === 200 && reply.secured && reply.body.includes(`<text>CXF : ${text}</text>`);
    return good
      ? { node }
      : { node, failure: `${reply.status} ${reply.fault?.subcode ?? ''} ${reply.fault?.reason ?? ''}` };
  } catch (error) {
    return { node: error instanceof HtmlAnswer ? error.node : '', failure: (error as Error).message.slice(0, 160) };
  }
}
