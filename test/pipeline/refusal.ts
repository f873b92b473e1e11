import { type Conversation, type Overrides, RefusedError, type Reply, type Shape } from '../client/index.js';
import { PING_ACTION, pingRequest } from '../upstream/index.js';
import { type FaultName, faultIn, statusOf } from './faults.js';
import type { Line, Node, Nodes } from './nodes.js';

/** How a message is refused: what the client sees, and what the log calls it. */
export interface Refusal {
  readonly fault: FaultName;
  /** Of src/errors.ts. */
  readonly code: string;
  /** The fault is secured: it is told to who has proven himself alone. */
  readonly secured?: boolean;
}

export function ping(
  conversation: Conversation,
  text: string,
  overrides: Overrides = {},
  node?: Node,
  service = new URL(conversation.options.url).pathname,
): Promise<Reply> {
  const to = node === undefined ? {} : { url: `${node.origin}${service}` };
  return conversation.call(pingRequest(text), { action: PING_ACTION, overrides, ...to });
}

/** The reply of a request for a token that was refused. */
export async function refusedReply(request: Promise<unknown>): Promise<Reply> {
  try {
    await request;
  } catch (error) {
    if (error instanceof RefusedError) return error.reply;
    throw error;
  }
  throw new Error('the request was granted');
}

/** @returns the failure's line in the log, for its details */
export async function expectRefused(
  nodes: Nodes,
  reply: Reply,
  { fault, code, secured = false }: Refusal,
  spoken: Pick<Shape, 'soap' | 'version' | 'addressing'>,
): Promise<Line | undefined> {
  const lines = await nodes.linesOf(reply);
  const access = lines.find(({ event }) => event === 'request');
  expect({ status: reply.status, fault: reply.fault, secured: reply.secured, code: access?.code }).toEqual({
    status: statusOf(fault),
    fault: faultIn(spoken, fault),
    secured,
    code,
  });
  expect(access).toMatchObject({ outcome: 'fault', status: statusOf(fault) });
  return lines.find(({ event }) => event === 'security.failed' || event === 'token.refused');
}

/** An honest message, proven by the answer of the service: on every node of the farm. */
export async function expectServed(nodes: Nodes, conversation: Conversation): Promise<void> {
  for (const node of [nodes.first, nodes.second]) {
    const reply = await ping(conversation, 'honest', {}, node);
    expect({ status: reply.status, fault: reply.fault, secured: reply.secured }).toEqual({
      status: 200,
      fault: undefined,
      secured: true,
    });
    expect(reply.body).toContain('CXF : honest<');
  }
}

/** Refused so, the service knows nothing of it, and the same conversation goes on. @returns the failure's line */
export async function expectHarmless(
  nodes: Nodes,
  conversation: Conversation,
  misbehave: () => Promise<Reply>,
  refusal: Refusal,
): Promise<Line | undefined> {
  const before = nodes.upstream.seen.length;
  const reply = await misbehave();
  const line = await expectRefused(nodes, reply, refusal, conversation.shape);
  expect(nodes.upstream.seen).toHaveLength(before);
  await expectServed(nodes, conversation);
  return line;
}
