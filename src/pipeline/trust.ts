import { GatewayError } from '../errors.js';
import type { SoapResponse } from '../http/soap-request.js';
import { readTokenRequest, type TokenRequest } from '../sts/rst.js';
import { openEncryptedKey } from '../wss/keys.js';
import { protect } from '../wss/protect.js';
import { elements } from '../xml/read.js';
import { ownEnvelope, replyTo, soapResponse } from './answer.js';
import { proveBootstrap } from './bootstrap.js';
import type { PipelineOptions } from './context.js';
import { securedFault } from './fault.js';
import { proveMessage } from './message.js';
import { resolveToken } from './prove.js';
import { type Received, type TrustAction, trustAction } from './receive.js';
import { type ProvenRequest, TOKEN_SERVICES, type TokenAnswer } from './token-services.js';

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
    return respond(options, proven, await TOKEN_SERVICES[request.kind](options, proven, request));
  } catch (error) {
    options.metrics.count('token_failures_total', {
      method: proven.principal.method,
      code: error instanceof GatewayError ? error.code : 'internal',
    });
    return securedFault(options, received.request, received, proven.protection, error);
  }
}
