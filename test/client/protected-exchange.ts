import { systemRuntime } from '../../src/runtime.js';
import type { CallOptions, ConversationOptions } from './conversation-options.js';
import type { Element } from './element.js';
import { type Expecting, exchange, RefusedError, type Reply, type Route } from './exchange.js';
import { VERSIONS } from './names.js';
import type { Protection } from './protection.js';
import type { Shape } from './shape.js';
import { STYLES } from './styles/index.js';
import { type Algorithms, algorithmsOf } from './suites.js';
import type { ContextToken } from './token.js';

/** Of the suite, but for the endorsing signature that Mono makes with rsa-sha256 whatever the suite. */
function algorithmsIn({ suite, style }: Shape): Algorithms {
  const { sha256Macs, endorsement } = STYLES[style];
  const algorithms = algorithmsOf(suite, sha256Macs);
  return { ...algorithms, signature: endorsement ?? algorithms.signature };
}

/** Where a call goes: another node than the conversation's where the call says so. */
export function routeOf(options: ConversationOptions, call: Partial<CallOptions>): Route {
  return {
    url: call.url ?? options.url,
    transport: options.transport,
    runtime: options.runtime ?? systemRuntime,
    judge: call.judge ?? options.judge ?? 'independent',
  };
}

/** Sends a message that the newest context protects; the answer may be protected by any of them. */
export function exchangeUnderContext(
  options: ConversationOptions,
  tokens: readonly ContextToken[],
  content: readonly Element[],
  call: CallOptions,
  departing: { readonly encryptBody: boolean; readonly cancel: boolean } | undefined = undefined,
): Promise<Reply> {
  const { shape } = options;
  const transport = shape.bootstrap.kind === 'transport';
  const common = {
    derivedKeys: shape.derivedKeys,
    protectionOrder: shape.protectionOrder,
    encryptSignature: shape.encryptSignature,
    transport,
    client: undefined,
    service: undefined,
  };
  const encryptBody = departing?.encryptBody ?? shape.encryptBody;
  const protection: Protection = {
    ...common,
    encryptBody,
    primary: { kind: 'context', token: tokens[0]! },
    username: undefined,
    tokenId: undefined,
    endorsing: undefined,
    algorithms: algorithmsIn(shape),
  };
  // Only Rampart holds the answer to a Cancel against the policy's encryption (wire-facts §3.8); WCF takes it without
  // derived keys "due to WSE interop" (InitiatorSessionSymmetricMessageSecurityProtocol.cs:244).
  const loose = departing?.cancel === true && !departing.encryptBody;
  const expecting: Expecting = {
    ...common,
    derivedKeys: common.derivedKeys && !(loose && shape.style === 'wcf'),
    encryptSignature: loose ? undefined : common.encryptSignature,
    encryptBody: loose ? undefined : encryptBody,
    tokens,
    action: call.replyAction,
  };
  // WCF leaves ReplyTo out of a Cancel under WS-Addressing 1.0 (SecuritySessionClientSettings.cs:751).
  const omitHeaders = departing?.cancel && shape.style === 'wcf' && shape.addressing === '2005-08' ? ['ReplyTo'] : [];
  const request = { to: options.to ?? options.url, action: call.action, content, protection, omitHeaders };
  return exchange(shape, routeOf(options, call), request, expecting, call.overrides);
}

export interface BootstrapRequest {
  readonly body: Element;
  readonly operation: 'Issue' | 'Renew' | 'Cancel';
  /** A context that endorses a Renew. */
  readonly endorsing?: ContextToken | undefined;
  readonly tokenId?: string | undefined;
}

/**
 * Sends a RequestSecurityToken under the bootstrap policy.
 *
 * @throws RefusedError for a fault
 */
export async function exchangeUnderBootstrap(
  options: ConversationOptions,
  { body, operation, endorsing, tokenId }: BootstrapRequest,
  call: Partial<CallOptions> = {},
): Promise<Reply> {
  const { shape } = options;
  const { bootstrap } = shape;
  const base = VERSIONS[shape.version].base;
  const path = operation === 'Issue' ? 'SCT' : `SCT/${operation}`;
  const asymmetric = bootstrap.kind === 'asymmetric';
  const client = bootstrap.credential === 'x509' ? options.client : undefined;
  const common = {
    derivedKeys: asymmetric ? false : (bootstrap.derivedKeys ?? shape.derivedKeys),
    protectionOrder: bootstrap.protectionOrder ?? shape.protectionOrder,
    encryptSignature: bootstrap.encryptSignature ?? shape.encryptSignature,
    encryptBody: true,
    transport: bootstrap.kind === 'transport',
  };
  const protection: Protection = {
    ...common,
    primary: { kind: bootstrap.kind },
    username: bootstrap.credential === 'username' ? options.username : undefined,
    client,
    service: options.service,
    tokenId,
    endorsing,
    algorithms: algorithmsIn(shape),
  };
  const expecting: Expecting = {
    ...common,
    tokens: [],
    client: asymmetric ? client : undefined,
    service: asymmetric ? options.service : undefined,
    action: `${base}/RSTR/${path}`,
    signatureConfirmation: bootstrap.signatureConfirmation ?? false,
  };
  const request = { to: options.to ?? options.url, action: `${base}/RST/${path}`, content: [body], protection };
  const reply = await exchange(shape, routeOf(options, call), request, expecting, call.overrides);
  if (reply.fault !== undefined || reply.answer === undefined) throw new RefusedError(reply);
  return reply;
}
