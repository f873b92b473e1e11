import type { Binding } from '../config/types.js';
import type { Conversation } from '../conversation/cache.js';
import { isMarked } from '../conversation/mark.js';
import { resolveConversation } from '../conversation/resolve.js';
import { GatewayError } from '../errors.js';
import type { Verified } from '../policy/verified.js';
import { type Addressing, readAddressing } from '../soap/addressing.js';
import { presentedToken } from '../wss/context-reference.js';
import { requireFresh } from '../wss/timestamp.js';
import { type Unprotected, unprotect } from '../wss/unprotect.js';
import { outer } from '../xml/write.js';
import type { PipelineOptions } from './context.js';
import type { Received } from './receive.js';

/**
 * The conversation of a message's token.
 *
 * @returns a promise only where its cookie does not open at once
 * @throws GatewayError `token.*`; `token.missing` for a message that names no token
 */
export function resolveToken(
  options: PipelineOptions,
  { request, header }: Received,
): Conversation | Promise<Conversation> {
  const { service } = request;
  const token = presentedToken(header);
  if (token === undefined) throw new GatewayError('token.missing', 'the message names no SecurityContextToken');
  const { conversations: cache, revocations } = options.state;
  const before = cache.size;
  const resolved = resolveConversation(
    {
      cache,
      revocations,
      service: service.name,
      versions: service.conversation.versions,
      now: options.runtime.now(),
      grace: service.timestamp.skew,
    },
    token,
  );
  if (!(resolved instanceof Promise) && cache.size === before) options.metrics.count('context_cache_hits_total', {});
  return resolved;
}

/** @throws GatewayError `wss.*`, `crypto.*` */
export function openMessage(
  options: PipelineOptions,
  received: Received,
  conversation: Conversation | undefined,
  candidates: readonly Binding[],
): Unprotected {
  const { config, runtime } = options;
  const { envelope, header, index, request } = received;
  return unprotect({
    envelope,
    header,
    index,
    conversation,
    identifier: presentedToken(header)?.identifier,
    certificates: config.certificates,
    known: request.service.bootstrap.flatMap(({ trust }) => trust),
    candidates,
    limits: config.limits,
    runtime,
  });
}

/** The addressing of an opened message: read again where header blocks were encrypted. @throws GatewayError `soap.addressing` */
export function openedAddressing(received: Received, { envelope, encrypted }: Unprotected): Addressing | undefined {
  return envelope.blocks.some((block) => encrypted.has(block)) ? readAddressing(envelope) : received.addressing;
}

/**
 * Refuses what is proven but not new: outside its time, our own answer come back (security.md W25), or seen before (T6).
 *
 * @param context names the key that proved the message
 * @throws GatewayError `wss.timestamp`, `wss.reflection`, `wss.replay`, `http.overloaded`
 */
export function requireNew(
  { runtime, state }: PipelineOptions,
  { request }: Received,
  verified: Verified,
  context: { readonly name: string; readonly key: Buffer | undefined },
): void {
  const { timestamp } = verified.header;
  if (timestamp === undefined) throw new GatewayError('wss.timestamp', 'a message without a Timestamp');
  const until = requireFresh(timestamp, request.service.timestamp, runtime.now());
  if (context.key !== undefined && timestamp.id !== undefined && isMarked(context.key, timestamp.id)) {
    throw new GatewayError('wss.reflection', 'an answer of ours has come back as a request');
  }
  if (request.service.replay === 'off') return;
  const { primary, endorsing, envelope, addressing } = verified;
  const signature = primary ?? endorsing[0];
  const isBodySigned = signature?.nodes.has(envelope.body) ?? false;
  // What the signature does not cover could be changed to pass for another message; within TLS nobody else writes it.
  state.replay.requireNew(
    {
      context: context.name,
      signature: signature?.element.value ?? Buffer.from(timestamp.created),
      messageId: isBodySigned ? undefined : addressing?.messageId,
      unsignedBody: isBodySigned ? undefined : outer(envelope.tree, envelope.body),
    },
    until,
  );
}

/** What is found out after the proof: a clock that is wrong, a message sent twice. No oracle is asked by it. */
const AFTER_PROOF: ReadonlySet<string> = new Set(['wss.timestamp', 'wss.replay', 'wss.reflection']);

/** Counts what failed against the conversation, so that one which keeps failing is cut off (security.md C4). */
export function countFailure(conversation: Conversation, error: unknown): void {
  if (!(error instanceof GatewayError) || AFTER_PROOF.has(error.code)) return;
  if (/^(?:wss|crypto|xml)\./.test(error.code)) conversation.recordFailure();
}
