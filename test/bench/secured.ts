import { type Conversation, type ConversationOptions, openConversation } from '../client/conversation.js';
import { createTransport, type Transport } from '../client/http.js';
import { party } from '../client/party.js';
import { DEFAULT_SHAPE, type Shape } from '../client/shape.js';
import { USER } from '../farm/configuration.js';
import { PING_ACTION, pingRequest } from '../upstream/index.js';
import type { Environment } from './environment.js';

export type Style = 'wcf' | 'cxf';

/** The client's side of what is measured. */
export interface SecuredClient {
  /** RST and RSTR at the issuer. */
  open(style: Style, credential: 'anonymous' | 'username'): Promise<Conversation>;
  /** One message to the gateway that serves messages, and its answer, both proven. */
  call(conversation: Conversation): Promise<void>;
  /** Of a request's octets. */
  size(conversation: Conversation): Promise<number>;
  close(): Promise<void>;
}

/** @param text of the ping, XML content */
export function securedClient({ pki, issuer, gateway }: Environment, text: string, connections: number): SecuredClient {
  const transport: Transport = createTransport({ connections });
  const service = party(pki.service);
  const body = pingRequest(text);
  const exchange = async (conversation: Conversation) => {
    const { pathname } = new URL(conversation.options.url);
    const url = `http://127.0.0.1:${gateway.port}${pathname}`;
    const reply = await conversation.call(body, { action: PING_ACTION, replyAction: PING_ACTION, url });
    if (reply.status !== 200 || !reply.body.includes(text)) throw new Error(`the gateway answered ${reply.status}`);
    return reply;
  };
  return {
    open: (style, credential) => {
      const shape: Shape = {
        ...DEFAULT_SHAPE,
        version: '1.3',
        suite: 'Basic256',
        bootstrap: { kind: 'symmetric', credential },
        style,
      };
      const options: ConversationOptions = {
        shape,
        url: `http://127.0.0.1:${issuer.port}/${credential}`,
        transport,
        service,
        judge: 'fast',
        ...(credential === 'username' ? { username: USER } : {}),
      };
      return openConversation(options);
    },
    call: async (conversation) => void (await exchange(conversation)),
    size: async (conversation) => (await exchange(conversation)).request.octets.length,
    close: () => transport.close(),
  };
}
