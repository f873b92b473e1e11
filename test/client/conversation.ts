import { type Runtime, systemRuntime } from '../../src/runtime.js';
import type { CallOptions, ConversationOptions } from './conversation-options.js';
import { parseElement } from './dom-document.js';
import { clone, type Element } from './element.js';
import { post, RefusedError, type Reply } from './exchange.js';
import { USERNAME_TOKEN, VERSIONS, X509V3 } from './names.js';
import { exchangeUnderBootstrap, exchangeUnderContext, routeOf } from './protected-exchange.js';
import type { Shape } from './shape.js';
import { STYLES } from './styles/index.js';
import type { ContextToken } from './token.js';
import { cancelRequest, issueRequest, renewRequest } from './token-request.js';
import { readCancelResponse, readTokenResponse } from './token-response.js';

export type { CallOptions, ConversationOptions } from './conversation-options.js';

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
  /** The very octets of an earlier request once more. */
  repeat(earlier: Reply, options?: { readonly url?: string }): Promise<Reply>;
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
  const base = baseOf(shape, runtime);
  const asked = issueRequest(shape, { ...options.request, appliesTo: to, service: options.service, base }, runtime);
  const opened = await exchangeUnderBootstrap(
    options,
    { body: asked.element, operation: 'Issue', tokenId: base?.id },
    { overrides: options.overrides ?? {} },
  );
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
      const content = body === undefined ? [] : [typeof body === 'string' ? parseElement(body) : clone(body)];
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
      const reply = await exchangeUnderBootstrap(options, { body: asked.element, operation: 'Renew', endorsing }, call);
      held = [readTokenResponse(shape, reply.answer!, asked, runtime), current];
      return reply;
    },
    cancel: async (call = {}) => {
      const { cancel } = STYLES[shape.style];
      const body = cancelRequest(shape, held[0]!, runtime);
      const reply =
        cancel?.under === 'bootstrap'
          ? await exchangeUnderBootstrap(options, { body, operation: 'Cancel' }, call)
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
    repeat: (earlier, again = {}) => post(shape, routeOf(options, again), earlier.request, earlier.sent),
    withToken: (change) => conversationOf(options, opened, [change(held[0]!), ...held.slice(1)]),
  };
}

/** WSE 2 signs an Issue with the token that Base names. */
function baseOf(shape: Shape, runtime: Runtime): { readonly id: string; readonly valueType: string } | undefined {
  const { credential } = shape.bootstrap;
  if (!STYLES[shape.style].request.includes('base') || credential === 'anonymous') return undefined;
  return { id: `SecurityToken-${runtime.randomUUID()}`, valueType: credential === 'x509' ? X509V3 : USERNAME_TOKEN };
}
