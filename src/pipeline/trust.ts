import type { ServicePolicy } from '../config/types.js';
import type { Conversation } from '../conversation/cache.js';
import { contextHash, type Principal, type SecurityContext } from '../conversation/context.js';
import type { Placement } from '../conversation/placement.js';
import type { PresentedToken } from '../conversation/resolve.js';
import { conversationEnded, tokenRenewed } from '../conversation/revocation-entry.js';
import { GatewayError } from '../errors.js';
import type { SoapResponse } from '../http/soap-request.js';
import type { Verified } from '../policy/verified.js';
import { cancelAnswer } from '../sts/cancel.js';
import { issueToken, type Sts } from '../sts/issue.js';
import type { RequestKind } from '../sts/names.js';
import { renewToken } from '../sts/renew.js';
import { readTokenRequest, type TokenRequest } from '../sts/rst.js';
import { isTarget } from '../sts/target.js';
import { openEncryptedKey } from '../wss/keys.js';
import { WSU } from '../wss/names.js';
import { type AnswerProtection, protect } from '../wss/protect.js';
import { attribute, elements } from '../xml/read.js';
import { ownEnvelope, replyTo, soapResponse } from './answer.js';
import { proveBootstrap } from './bootstrap.js';
import type { PipelineOptions } from './context.js';
import { endOnFarm } from './farm.js';
import { securedFault } from './fault.js';
import { proveMessage } from './message.js';
import { resolvePresented, resolveToken } from './prove.js';
import { type Received, type TrustAction, trustAction } from './receive.js';

/** A request for a token that was proven, by whatever proved it. */
interface ProvenRequest {
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
interface TokenAnswer {
  readonly body: string;
  readonly action: string;
}

type TokenService = (options: PipelineOptions, proven: ProvenRequest, request: TokenRequest) => Promise<TokenAnswer>;

/** A Cancel or a Renew that stands under the token itself (WCF, Metro, Rampart), and not under a bootstrap (CXF). */
function isUnderToken({ header }: Received): boolean {
  const { contextToken, encryptedKeys, usernameTokens, binaryTokens } = header;
  return contextToken !== undefined && encryptedKeys.length + usernameTokens.length + binaryTokens.length === 0;
}

async function prove(
  options: PipelineOptions,
  received: Received,
  { kind, names }: TrustAction,
): Promise<ProvenRequest> {
  if (isUnderToken(received)) {
    const { conversation, verified, protection } = await proveMessage(options, received, kind === 'cancel');
    const { principal } = conversation.context;
    return { received, conversation, verified, protection, principal, provenBy: 'token' };
  }
  const conversation = received.header.contextToken === undefined ? undefined : await resolveToken(options, received);
  const bootstrap = await proveBootstrap(options, received, names, conversation);
  return { received, conversation, ...bootstrap, provenBy: 'bootstrap' };
}

/** The request in the proven Body. @throws GatewayError `sts.*`, `soap.action` */
function readRequest({ runtime, config }: PipelineOptions, { verified }: ProvenRequest): TokenRequest {
  const { envelope, addressing } = verified;
  const { tree, body } = envelope;
  const [element, second] = elements(tree, body);
  if (element === undefined) throw new GatewayError('sts.request', 'a Body without a request');
  if (second !== undefined) throw new GatewayError('sts.request', 'a Body with two elements');
  const { certificates } = config;
  const suites = [verified.policy.suite];
  return readTokenRequest(tree, element, addressing?.action, runtime.now(), (encrypted) =>
    openEncryptedKey(encrypted, { certificates, suites, runtime }),
  );
}

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

const SERVICES: Readonly<Record<RequestKind, TokenService>> = { issue, renew, cancel };

function respond(options: PipelineOptions, proven: ProvenRequest, { body, action }: TokenAnswer): SoapResponse {
  const { config, runtime, state } = options;
  const { verified, protection, principal, received } = proven;
  const { soap } = received.request;
  const plain = ownEnvelope(soap, body, config.limits.xml);
  const reply = replyTo(verified.addressing, () => action, runtime);
  const secured = protect({ runtime, answerKeys: state.answerKeys }, plain, reply, protection);
  return soapResponse(soap, 200, secured, { user: principal.name, auth_method: principal.method });
}

/**
 * The way of a request for a token: its proof under a bootstrap or a token, who sent it, what it asks for, the secured
 * answer. What goes wrong before the proof is thrown; what goes wrong after it is answered with a secured fault.
 *
 * @throws GatewayError
 */
export async function serveTrust(options: PipelineOptions, received: Received): Promise<SoapResponse> {
  const action = trustAction(received);
  if (action === undefined) throw new GatewayError('sts.request', 'no request for a token');
  const proven = await prove(options, received, action);
  try {
    const request = readRequest(options, proven);
    return respond(options, proven, await SERVICES[request.kind](options, proven, request));
  } catch (error) {
    options.metrics.count('token_failures_total', {
      method: proven.principal.method,
      code: error instanceof GatewayError ? error.code : 'internal',
    });
    return securedFault(options, received.request, received, proven.protection, error);
  }
}
