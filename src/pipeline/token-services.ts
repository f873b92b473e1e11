import type { ServicePolicy } from '../config/types.js';
import type { Conversation } from '../conversation/cache.js';
import { contextHash, type Principal, type SecurityContext } from '../conversation/context.js';
import type { Placement } from '../conversation/placement.js';
import type { PresentedToken } from '../conversation/resolve.js';
import { conversationEnded, tokenRenewed } from '../conversation/revocation-entry.js';
import { GatewayError } from '../errors.js';
import type { Verified } from '../policy/verified.js';
import { cancelAnswer } from '../sts/cancel.js';
import { issueToken, type Sts } from '../sts/issue.js';
import type { RequestKind } from '../sts/names.js';
import { renewToken } from '../sts/renew.js';
import type { TokenRequest } from '../sts/rst.js';
import { isTarget } from '../sts/target.js';
import { WSU } from '../wss/names.js';
import type { AnswerProtection } from '../wss/protect.js';
import { attribute } from '../xml/read.js';
import type { PipelineOptions } from './context.js';
import { endOnFarm } from './farm.js';
import { resolvePresented } from './prove.js';
import type { Received } from './receive.js';

/** A request for a token that was proven, by whatever proved it. */
export interface ProvenRequest {
  readonly received: Received;
  readonly verified: Verified;
  readonly protection: AnswerProtection;
  /** Who sent it: as a bootstrap proved, or as the token says under whose key it stands. */
  readonly principal: Principal;
  readonly provenBy: 'bootstrap' | 'token';
  /** Of the token in the header. */
  readonly conversation: Conversation | undefined;
}

/** The request and its answer's parts. */
export interface TokenAnswer {
  readonly body: string;
  readonly action: string;
}

type TokenService = (options: PipelineOptions, proven: ProvenRequest, request: TokenRequest) => Promise<TokenAnswer>;

/** gSOAP announces itself, and rebuilds a token from its Identifier alone (wire-facts §3.9). */
const REBUILDS_TOKENS = /^gSOAP\//;

function stsOf({ config, runtime, state }: PipelineOptions, { request }: Received): Sts {
  const { placement } = request.service.conversation;
  const rebuilds = REBUILDS_TOKENS.test(request.headers['user-agent'] ?? '');
  const chosen: Placement = placement === 'auto' ? (rebuilds ? 'identifier' : 'extension') : placement;
  const { conversation, timestamp } = request.service;
  const kept = state.kept[conversation.state];
  // As long as a client may still be told to renew it.
  const keep = kept && ((context: SecurityContext) => kept.keep(context, context.expires + timestamp.skew));
  return { ring: config.keyRing, runtime, placement: chosen, keep };
}

const issue: TokenService = async (options, { principal, provenBy, received }, request) => {
  const { metrics, log } = options;
  const { service, id } = received.request;
  if (provenBy === 'token') throw new GatewayError('sts.unsupported', 'a token that is to be issued for another token');
  const issued = await issueToken(stsOf(options, received), service, request, principal);
  metrics.count('tokens_issued_total', { method: principal.method });
  log('token.issued', { request_id: id, ...tokenFields(issued.context, service) });
  return issued;
};

function tokenFields(
  { identifier, principal, version, expires }: SecurityContext,
  service: ServicePolicy,
): Record<string, unknown> {
  return {
    policy: service.name,
    context: contextHash(identifier),
    user: principal.name,
    auth_method: principal.method,
    version,
    expires: new Date(expires).toISOString(),
  };
}

function presented({ identifier, instance, token }: NonNullable<TokenRequest['target']>): PresentedToken {
  return token ?? { identifier, instance, cookie: undefined, version: undefined };
}

/**
 * The conversation that a Renew or a Cancel means: that of the token in the header, or of the one in the target itself.
 *
 * @throws GatewayError `token.*`
 */
async function targeted(
  options: PipelineOptions,
  { received, conversation, verified }: ProvenRequest,
  request: TokenRequest,
): Promise<Conversation> {
  const { target } = request;
  if (target === undefined) throw new GatewayError('sts.request', 'no target');
  const { contextToken } = verified.header;
  if (conversation !== undefined && contextToken !== undefined) {
    const { instance } = conversation.context;
    const { identifier } = contextToken;
    const id = attribute(verified.envelope.tree, contextToken.node, WSU, 'Id');
    if (isTarget(target, { identifier, instance, id })) return conversation;
  }
  return resolvePresented(options, received.request.service, presented(target));
}

/** Whether the token's own key has signed the request, alone or beside a bootstrap. */
function isEndorsed({ verified: { primary, endorsing } }: ProvenRequest, { context }: Conversation): boolean {
  return [primary, ...endorsing].some(
    (signature) =>
      signature?.key.kind === 'symmetric' &&
      signature.key.secret.kind === 'context' &&
      signature.key.secret.conversation.context.identifier === context.identifier,
  );
}

function isSame(a: Principal, b: Principal): boolean {
  return a.method !== 'anonymous' && a.method === b.method && a.name === b.name;
}

/**
 * Who may renew or cancel a conversation: the holder of its key, or whom a bootstrap proves to be the same (CXF). A
 * bootstrap that proves nobody gives no right, unless the policy says so by name.
 *
 * @throws GatewayError `auth.failed`
 */
function requireRight(proven: ProvenRequest, conversation: Conversation, anonymous: boolean): void {
  const { principal } = conversation.context;
  if (isEndorsed(proven, conversation) || isSame(proven.principal, principal)) return;
  if (anonymous && proven.principal.method === 'anonymous' && principal.method === 'anonymous') return;
  throw new GatewayError('auth.failed', 'the request does not prove the right to this token', {
    context: contextHash(conversation.context.identifier),
    user: proven.principal.name,
  });
}

/** WCF goes on with the old key for its KeyRolloverInterval. Milliseconds. */
const RENEWAL_OVERLAP = 300_000;

const renew: TokenService = async (options, proven, request) => {
  const { metrics, log } = options;
  const { service, id } = proven.received.request;
  const conversation = await targeted(options, proven, request);
  requireRight(proven, conversation, false);
  const issued = await renewToken(stsOf(options, proven.received), service, request, conversation.context);
  const { identifier, instance, expires } = conversation.context;
  const from = options.runtime.now() + RENEWAL_OVERLAP;
  // The new token is issued: what the other nodes do not know yet, they are told later.
  if (from < expires) await endOnFarm(options, service, tokenRenewed(identifier, instance, from, expires), 'open');
  metrics.count('tokens_renewed_total', {});
  log('token.renewed', { request_id: id, ...tokenFields(issued.context, service) });
  return issued;
};

const cancel: TokenService = async (options, proven, request) => {
  const { state, metrics, log } = options;
  const { service, id } = proven.received.request;
  const conversation = await targeted(options, proven, request);
  requireRight(proven, conversation, service.conversation.allowInsecureAnonymousCancel);
  const { context } = conversation;
  state.conversations.delete(context.identifier, context.instance);
  await Promise.all([
    state.kept[service.conversation.state]?.forget(context),
    endOnFarm(options, service, conversationEnded(context.identifier, context.renewUntil)),
  ]);
  metrics.count('tokens_cancelled_total', {});
  log('token.cancelled', { request_id: id, ...tokenFields(context, service) });
  return cancelAnswer(request);
};

/** What each kind of request comes to, once it is proven. */
export const TOKEN_SERVICES: Readonly<Record<RequestKind, TokenService>> = { issue, renew, cancel };
