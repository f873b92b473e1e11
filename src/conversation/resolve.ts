import { GatewayError } from '../errors.js';
import type { Conversation, ConversationCache } from './cache.js';
import { type OuterToken, requireBinding, type Version } from './context.js';
import type { KeptState } from './kept-state.js';
import { readPlaced } from './placement.js';
import type { Revocations } from './revocation.js';

/** A SecurityContextToken, or a reference to one, as a message has it. */
export interface PresentedToken {
  /** As written; it may hold the cookie (see `placement.ts`). */
  readonly identifier: string;
  readonly instance: string | undefined;
  /** Of the token's extension element. */
  readonly cookie: string | undefined;
  /** Unknown where the message refers to the token by its Identifier alone. */
  readonly version: Version | undefined;
}

export interface Resolution {
  readonly cache: ConversationCache;
  /** Where the service keeps state that no token carries. */
  readonly kept?: KeptState | undefined;
  readonly revocations: Revocations;
  readonly service: string;
  readonly versions: readonly Version[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds after its end in which a token may still be told that it must be renewed. */
  readonly grace: number;
}

/** Proofs that may fail before a conversation is cut off on this node (security.md C4). */
const MAX_FAILURES = 20;

/**
 * The conversation of a token: from the cookie, or where the token has none from what this node has opened before, or the service keeps.
 * An expired one within the grace period is returned: the caller proves the message and says that it must be renewed.
 *
 * @returns a promise only where a cookie does not open at once, or the shared store is asked
 * @throws GatewayError `token.missing`, `token.binding`, `token.revoked`, `token.expired`, `token.failures`,
 *   `store.unavailable`, and whatever opening a cookie throws
 */
export function resolveConversation(
  resolution: Resolution,
  token: PresentedToken,
): Conversation | Promise<Conversation> {
  const { cache, service, kept } = resolution;
  const { instance, version } = token;
  const { identifier, cookie = token.cookie } = readPlaced(token.identifier);
  const outer: OuterToken = { identifier, instance, service, version };
  const found =
    cookie === undefined
      ? (cache.byIdentifier(identifier, instance) ?? kept?.find(outer))
      : cache.resolve(cookie, outer);
  return found instanceof Promise
    ? found.then((later) => requireGood(resolution, requireOf(outer, later)))
    : requireGood(resolution, requireOf(outer, found));
}

function requireOf(outer: OuterToken, conversation: Conversation | undefined): Conversation {
  if (conversation === undefined) {
    const { identifier } = outer;
    throw new GatewayError('token.missing', 'the token has no cookie, and its state is not known here', { identifier });
  }
  requireBinding(conversation.context, outer);
  return conversation;
}

/** What is asked after the opening, and so of what may have changed while that took its time. */
function requireGood({ versions, revocations, now, grace }: Resolution, conversation: Conversation): Conversation {
  const { context } = conversation;
  const { identifier, instance } = context;
  if (!versions.includes(context.version)) {
    throw new GatewayError('token.binding', 'the service does not speak this version', { version: context.version });
  }
  if (revocations.isRevoked(identifier)) {
    throw new GatewayError('token.revoked', 'the conversation has been cancelled', { identifier });
  }
  if (revocations.isRuledOut(conversation)) {
    throw new GatewayError('token.revoked', 'the token is among those that were revoked', { identifier });
  }
  if (revocations.isSuperseded(identifier, instance)) {
    throw new GatewayError('token.expired', 'the token has been renewed, and its overlap is over', { identifier });
  }
  if (conversation.failures >= MAX_FAILURES) {
    throw new GatewayError('token.failures', 'too many messages of the conversation failed their proof', {
      identifier,
    });
  }
  if (context.expires + grace <= now) {
    throw new GatewayError('token.expired', 'the token has expired', { identifier, expired_ms: now - context.expires });
  }
  return conversation;
}
