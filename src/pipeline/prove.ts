import type { Binding, ServicePolicy } from '../config/types.js';
import type { Conversation } from '../conversation/cache.js';
import { isMarked } from '../conversation/mark.js';
import { type MessageIdentity, seenBefore } from '../conversation/replay.js';
import { type PresentedToken, resolveConversation } from '../conversation/resolve.js';
import { GatewayError } from '../errors.js';
import type { Verified } from '../policy/verified.js';
import { type Addressing, readAddressing } from '../soap/addressing.js';
import { presentedToken } from '../wss/context-reference.js';
import { requireFresh } from '../wss/timestamp.js';
import { type Unprotected, unprotect } from '../wss/unprotect.js';
import { outer } from '../xml/write.js';
import type { PipelineOptions } from './context.js';
import { rememberOnFarm, requireNews } from './farm.js';
import type { Received } from './receive.js';

/**
 * The conversation of a message's token.
 *
 * @returns a promise only where its cookie does not open at once, or the shared store is asked
 * @throws GatewayError `token.*`, `store.unavailable`; `token.missing` for a message that names no token
 */
export function resolveToken(
  options: PipelineOptions,
  { request, header }: Received,
): Conversation | Promise<Conversation> {
  const token = presentedToken(header);
  if (token === undefined) throw new GatewayError('token.missing', 'the message names no SecurityContextToken');
  const { conversations: cache } = options.state;
  const before = cache.size;
  const resolved = resolvePresented(options, request.service, token);
  if (!(resolved instanceof Promise) && cache.size === before) options.metrics.count('context_cache_hits_total', {});
  return resolved;
}

/**
 * The conversation of a token, wherever in the message that stands.
 *
 * @throws GatewayError `token.*`, `store.unavailable`
 */
export function resolvePresented(
  { state, runtime, metrics }: PipelineOptions,
  service: ServicePolicy,
  token: PresentedToken,
): Conversation | Promise<Conversation> {
  requireNews(state.shared, service, metrics);
  return resolveConversation(
    {
      cache: state.conversations,
      kept: state.kept[service.conversation.state],
      revocations: state.revocations,
      service: service.name,
      versions: service.conversation.versions,
      now: runtime.now(),
      grace: service.timestamp.skew,
    },
    token,
  );
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
 * @returns a promise only where the other nodes are asked
 * @throws GatewayError `wss.timestamp`, `wss.reflection`, `wss.replay`, `http.overloaded`, `store.unavailable`
 */
export function requireNew(
  options: PipelineOptions,
  { request }: Received,
  verified: Verified,
  context: { readonly name: string; readonly key: Buffer | undefined },
): Promise<void> | undefined {
  const { runtime, state } = options;
  const { service } = request;
  const { timestamp } = verified.header;
  if (timestamp === undefined) throw new GatewayError('wss.timestamp', 'a message without a Timestamp');
  const until = requireFresh(timestamp, service.timestamp, runtime.now());
  if (context.key !== undefined && timestamp.id !== undefined && isMarked(context.key, timestamp.id)) {
    throw new GatewayError('wss.reflection', 'an answer of ours has come back as a request');
  }
  if (service.replay === 'off') return undefined;
  const { primary, endorsing, envelope, addressing } = verified;
  const signature = primary ?? endorsing[0];
  const isBodySigned = signature?.nodes.has(envelope.body) ?? false;
  // What the signature does not cover could be changed to pass for another message; within TLS nobody else writes it.
  const message: MessageIdentity = {
    context: context.name,
    signature: signature?.element.value ?? Buffer.from(timestamp.created),
    messageId: isBodySigned ? undefined : addressing?.messageId,
    unsignedBody: isBodySigned ? undefined : outer(envelope.tree, envelope.body),
  };
  // First what this worker knows: most of what is sent again comes to where it came before.
  const key = state.replay.requireNew(message, until);
  return service.replay === 'farm' ? requireNewOnFarm(options, service, message, key, until) : undefined;
}

async function requireNewOnFarm(
  options: PipelineOptions,
  service: ServicePolicy,
  message: MessageIdentity,
  key: string,
  until: number,
): Promise<void> {
  if (!(await rememberOnFarm(options, service, 'message', key, until))) throw seenBefore(message);
}

/** What is found out after the proof: a clock that is wrong, a message sent twice. No oracle is asked by it. */
const AFTER_PROOF: ReadonlySet<string> = new Set(['wss.timestamp', 'wss.replay', 'wss.reflection']);

/** Counts what failed against the conversation, so that one which keeps failing is cut off (security.md C4). */
export function countFailure(conversation: Conversation, error: unknown): void {
  if (!(error instanceof GatewayError) || AFTER_PROOF.has(error.code)) return;
  if (/^(?:wss|crypto|xml)\./.test(error.code)) conversation.recordFailure();
}
