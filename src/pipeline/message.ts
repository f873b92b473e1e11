import type { Conversation } from '../conversation/cache.js';
import { contextHash, type SecurityContext } from '../conversation/context.js';
import { GatewayError } from '../errors.js';
import type { UpstreamAnswer } from '../forward/exchange.js';
import { identityHeaders } from '../forward/identity.js';
import type { SoapRequest, SoapResponse } from '../http/soap-request.js';
import { requireParts } from '../policy/parts.js';
import type { Verified } from '../policy/verified.js';
import { attachesToken, presentedToken } from '../wss/context-reference.js';
import { versionNames } from '../wss/names.js';
import { type AnswerProtection, protect } from '../wss/protect.js';
import { contentTypeOf, readAnswer, replyToMessage, soapResponse } from './answer.js';
import type { PipelineOptions } from './context.js';
import { securedFault } from './fault.js';
import { countFailure, openedAddressing, openMessage, requireNew, resolveToken } from './prove.js';
import type { Received } from './receive.js';
import { writeUpstreamEnvelope } from './upstream-envelope.js';

/** A message that its conversation's key has proven. */
export interface ProvenMessage {
  readonly conversation: Conversation;
  readonly verified: Verified;
  /** How its answer is secured. */
  readonly protection: AnswerProtection;
}

/**
 * Proves a message with the key of its token.
 *
 * @param isCancel what the policy demands of a message that ends the conversation is less
 * @returns a promise only where the token's cookie does not open at once, or the shared store is asked
 * @throws GatewayError `token.*`, `wss.*`, `soap.addressing`, `store.unavailable`: before anything is proven
 */
export function proveMessage(
  options: PipelineOptions,
  received: Received,
  isCancel = false,
): ProvenMessage | Promise<ProvenMessage> {
  const { binding } = received.request.service;
  if (binding.kind === 'transport' && !received.request.secureTransport) {
    throw new GatewayError('wss.transport', 'the service is served over TLS alone');
  }
  const resolved = resolveToken(options, received);
  if (resolved instanceof Promise) return resolved.then((opened) => proveUnder(options, received, opened, isCancel));
  return proveUnder(options, received, resolved, isCancel);
}

function proveUnder(
  options: PipelineOptions,
  received: Received,
  conversation: Conversation,
  isCancel: boolean,
): ProvenMessage | Promise<ProvenMessage> {
  const { request, header, envelope } = received;
  const { binding, timestamp } = request.service;
  const { context } = conversation;
  try {
    const opened = openMessage(options, received, conversation, [binding]);
    const addressing = openedAddressing(received, opened);
    const verified = requireParts(opened, addressing, { policy: binding, proof: 'context', isCancel });
    const isNew = requireNew(options, received, verified, { name: context.identifier, key: context.key });
    const key = verified.primary?.key;
    const isDerived = key?.kind === 'symmetric' && key.derived;
    // Metro signs its Cancel with the token's own key, and wants the answer as the policy says.
    const derived = isDerived || (isCancel && binding.derivedKeys);
    const attached = !derived && attachesToken(envelope.tree, opened.encrypted);
    const protection: AnswerProtection = {
      key:
        binding.kind === 'transport'
          ? { kind: 'transport' }
          : {
              kind: 'context',
              conversation,
              identifier: presentedToken(header)?.identifier ?? context.identifier,
              derived,
              attached,
            },
      policy: binding,
      names: versionNames(context.version),
      signatureAlgorithm: verified.primary?.element.algorithm,
      timestamp,
      confirm: [],
      confirmEncrypted: false,
      bodyInClear: isCancel && verified.encryptionKey === undefined,
    };
    const message = { conversation, verified, protection };
    // What the other nodes say is no failure of the proof.
    return isNew === undefined ? message : isNew.then(() => message);
  } catch (error) {
    countFailure(conversation, error);
    throw error;
  }
}

/** Tells a client whose token has ended, but not long ago, that it must renew it. @throws GatewayError `token.renew-needed` */
export function requireCurrent({ expires, identifier }: SecurityContext, now: number): void {
  if (expires > now) return;
  throw new GatewayError('token.renew-needed', 'the token has expired and must be renewed', {
    context: contextHash(identifier),
    expired_ms: now - expires,
  });
}

/** The proven message to one target of the service, as plain SOAP with the caller's identity. @throws GatewayError `upstream.*`, `client.gone`, `soap.must-understand` */
async function forward(
  options: PipelineOptions,
  request: SoapRequest,
  message: ProvenMessage,
): Promise<UpstreamAnswer> {
  const { service, soap } = request;
  const { verified, conversation } = message;
  const { identifier, principal } = conversation.context;
  const body = writeUpstreamEnvelope(verified, service);
  const { jwt } = service.identity;
  const assertion = jwt && { [jwt.header.toLowerCase()]: await options.signer.sign(service, principal, identifier) };
  // Of a signed message only the signed Action counts; over TLS what HTTP says is proven too.
  const action = verified.addressing?.action ?? (service.binding.kind === 'transport' ? request.action : undefined);
  const type = contentTypeOf(soap);
  return options.exchange(service, {
    body,
    contentType: soap === '1.2' && action !== undefined ? `${type}; action="${action}"` : type,
    ...(soap === '1.1' ? { soapAction: action ?? '' } : {}),
    headers: { ...request.headers, ...identityHeaders(service, principal), ...assertion },
    signal: request.signal,
    requestId: request.id,
  });
}

/** Who has proven himself: in the log whatever becomes of his message. */
function callerFields({ conversation }: ProvenMessage): Record<string, unknown> {
  const { principal, identifier } = conversation.context;
  return { user: principal.name, auth_method: principal.method, context: contextHash(identifier) };
}

function logFields(message: ProvenMessage, answer: UpstreamAnswer): Record<string, unknown> {
  return {
    ...callerFields(message),
    upstream: answer.target,
    upstream_status: answer.status,
    upstream_ms: Math.round(answer.duration * 1000) / 1000,
    retries: answer.retries,
  };
}

/** A one-way message is answered by HTTP alone; there is nothing to secure. */
function isOneWay({ status, body }: UpstreamAnswer): boolean {
  return (status === 202 || status === 204) && body.length === 0;
}

/** The upstream's answer, secured for the client. @throws GatewayError `upstream.answer` */
function secureAnswer(
  options: PipelineOptions,
  request: SoapRequest,
  message: ProvenMessage,
  answer: UpstreamAnswer,
): SoapResponse {
  const { runtime, state } = options;
  const { headers, setCookie, status } = answer;
  const log = logFields(message, answer);
  if (isOneWay(answer)) return { ...soapResponse(request.soap, 202, '', log), headers, setCookie };
  const plain = readAnswer(answer, request, options.config);
  const reply = replyToMessage(plain, message.verified.addressing, request.service, runtime);
  const body = protect({ runtime, answerKeys: state.answerKeys }, plain, reply, message.protection);
  return { ...soapResponse(request.soap, status, body, log), headers, setCookie };
}

/**
 * The way of a conversation's message: its token, its proof, the upstream, the secured answer. What goes wrong before the
 * proof is thrown; what goes wrong after it is answered with a secured fault.
 *
 * @throws GatewayError
 */
export async function serveMessage(options: PipelineOptions, received: Received): Promise<SoapResponse> {
  const message = await proveMessage(options, received);
  const { request } = received;
  try {
    requireCurrent(message.conversation.context, options.runtime.now());
    const answer = await forward(options, request, message);
    return secureAnswer(options, request, message, answer);
  } catch (error) {
    const sighted = { ...received, addressing: message.verified.addressing };
    const answer = securedFault(options, request, sighted, message.protection, error);
    return { ...answer, log: { ...callerFields(message), ...answer.log } };
  }
}
