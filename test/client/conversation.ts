import { type Runtime, systemRuntime } from '../../src/runtime.js';
import type { Judge } from './answer.js';
import { parseElement } from './dom-document.js';
import type { Element } from './element.js';
import { type Expecting, exchange, RefusedError, type Reply, type Route } from './exchange.js';
import type { Transport } from './http.js';
import { VERSIONS } from './names.js';
import type { Overrides } from './overrides.js';
import type { Party } from './party.js';
import type { Protection } from './protect.js';
import type { Shape } from './shape.js';
import { STYLES } from './styles.js';
import { algorithmsOf } from './suites.js';
import type { ContextToken } from './token.js';
import { cancelRequest, issueRequest, renewRequest, type TokenRequestOptions } from './token-request.js';
import { readCancelResponse, readTokenResponse } from './token-response.js';

export interface ConversationOptions {
  readonly shape: Shape;
  /** Where requests are posted, and unless `to` says otherwise wsa:To. */
  readonly url: string;
  readonly to?: string;
  readonly transport: Transport;
  readonly username?: { readonly name: string; readonly password: string };
  /** The X.509 client. */
  readonly client?: Party;
  /** Whose certificate symmetric and asymmetric bootstraps encrypt for. */
  readonly service?: Party;
  readonly judge?: Judge;
  readonly runtime?: Runtime;
  readonly request?: Omit<TokenRequestOptions, 'appliesTo'>;
  /** Departures of the Issue request from an honest one. */
  readonly overrides?: Overrides;
}

export interface CallOptions {
  readonly action: string;
  /** wsa:Action that the answer must have; absent: any. */
  readonly replyAction?: string;
  /** Another node. */
  readonly url?: string;
  readonly judge?: Judge;
  readonly overrides?: Overrides;
}

export interface Conversation {
  readonly shape: Shape;
  readonly options: ConversationOptions;
  /** The current context; a Renew replaces it. */
  readonly token: ContextToken;
  /** Of the Issue. */
  readonly opened: Reply;
  /** @param body the Body's content: one element as text or built, or undefined for an empty Body */
  call(body: string | Element | undefined, options: CallOptions): Promise<Reply>;
  renew(options?: Omit<CallOptions, 'action'>): Promise<Reply>;
  cancel(options?: Omit<CallOptions, 'action'>): Promise<Reply>;
  /** The same conversation with another token, e.g. one whose cookie was tampered with. */
  withToken(change: (token: ContextToken) => ContextToken): Conversation;
}

/**
 * Asks for a security context and accepts it as the style's client would.
 *
 * @throws RefusedError for a fault, AnswerError for an answer that such a client would not take
 */
export async function openConversation(options: ConversationOptions): Promise<Conversation> {
  const { shape } = options;
  const runtime = options.runtime ?? systemRuntime;
  const to = options.to ?? options.url;
  const asked = issueRequest(shape, { ...options.request, appliesTo: to, service: options.service }, runtime);
  const opened = await exchangeUnderBootstrap(options, asked.element, 'Issue', {}, undefined, options.overrides);
  return conversationOf(options, opened, [readTokenResponse(shape, opened.answer!, asked, runtime)]);
}

function conversationOf(options: ConversationOptions, opened: Reply, tokens: readonly ContextToken[]): Conversation {
  const { shape } = options;
  const runtime = options.runtime ?? systemRuntime;
  const base = VERSIONS[shape.version].base;
  // The newest first; the one before answers for a while after a Renew.
  let held = tokens;
  return {
    shape,
    options,
    opened,
    get token() {
      return held[0]!;
    },
    call: (body, call) => {
      const content = body === undefined ? [] : [typeof body === 'string' ? parseElement(body) : body];
      return exchangeUnderContext(options, held, content, call);
    },
    renew: async (call = {}) => {
      const current = held[0]!;
      const asked = renewRequest(
        shape,
        current,
        { ...options.request, appliesTo: options.to ?? options.url, service: options.service },
        runtime,
      );
      const endorsing = STYLES[shape.style].renew?.endorse ? current : undefined;
      const reply = await exchangeUnderBootstrap(options, asked.element, 'Renew', call, endorsing, call.overrides);
      held = [readTokenResponse(shape, reply.answer!, asked, runtime), current];
      return reply;
    },
    cancel: async (call = {}) => {
      const { cancel } = STYLES[shape.style];
      const body = cancelRequest(shape, held[0]!, runtime);
      const reply =
        cancel?.under === 'bootstrap'
          ? await exchangeUnderBootstrap(options, body, 'Cancel', call, undefined, call.overrides)
          : await exchangeUnderContext(
              options,
              held,
              [body],
              { ...call, action: `${base}/RST/SCT/Cancel`, replyAction: `${base}/RSTR/SCT/Cancel` },
              { encryptBody: cancel?.encryptBody ?? true, cancel: true },
            );
      if (reply.fault !== undefined || reply.answer === undefined) throw new RefusedError(reply);
      readCancelResponse(shape, reply.answer);
      return reply;
    },
    withToken: (change) => conversationOf(options, opened, [change(held[0]!), ...held.slice(1)]),
  };
}

function routeOf(options: ConversationOptions, call: Partial<CallOptions>): Route {
  return {
    url: call.url ?? options.url,
    transport: options.transport,
    runtime: options.runtime ?? systemRuntime,
    judge: call.judge ?? options.judge ?? 'independent',
  };
}

function exchangeUnderContext(
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
    endorsing: undefined,
    algorithms: algorithmsOf(shape.suite, STYLES[shape.style].sha256Macs),
  };
  // Only Rampart holds the answer to a Cancel against the policy's encryption (wire-facts §3.8).
  const expectBody = departing?.cancel && !departing.encryptBody ? undefined : encryptBody;
  const expecting: Expecting = { ...common, encryptBody: expectBody, tokens, action: call.replyAction };
  // WCF leaves ReplyTo out of a Cancel under WS-Addressing 1.0 (SecuritySessionClientSettings.cs:751).
  const omitHeaders = departing?.cancel && shape.style === 'wcf' && shape.addressing === '2005-08' ? ['ReplyTo'] : [];
  const request = { to: options.to ?? options.url, action: call.action, content, protection, omitHeaders };
  return exchange(shape, routeOf(options, call), request, expecting, call.overrides);
}

async function exchangeUnderBootstrap(
  options: ConversationOptions,
  body: Element,
  operation: 'Issue' | 'Renew' | 'Cancel',
  call: Partial<CallOptions>,
  endorsing: ContextToken | undefined,
  overrides: Overrides | undefined,
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
    endorsing,
    algorithms: algorithmsOf(shape.suite, STYLES[shape.style].sha256Macs),
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
  const reply = await exchange(shape, routeOf(options, call), request, expecting, overrides);
  if (reply.fault !== undefined || reply.answer === undefined) throw new RefusedError(reply);
  return reply;
}
