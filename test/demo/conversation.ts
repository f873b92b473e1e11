import { openConversation } from '../client/conversation.js';
import type { Reply } from '../client/exchange.js';
import { createTransport } from '../client/http.js';
import { party } from '../client/party.js';
import { DEFAULT_SHAPE, type Shape } from '../client/shape.js';
import { type Farm, type Scenario, USER } from '../farm/farm.js';
import { PING_ACTION, pingRequest } from '../upstream/index.js';

/** WCF's WSHttpBinding with a user name, and the same over TLS for the client of whoever lets the demo stay. */
export const SERVICES: readonly Scenario[] = [
  {
    name: 'orders',
    binding: 'symmetric',
    derivedKeys: true,
    protectionOrder: 'sign-before-encrypt',
    encryptSignature: true,
    credential: 'username',
  },
  {
    name: 'orders-tls',
    binding: 'transport',
    derivedKeys: false,
    protectionOrder: 'sign-before-encrypt',
    encryptSignature: false,
    credential: 'username',
  },
];

const SHAPE: Shape = { ...DEFAULT_SHAPE, version: '1.3', bootstrap: { kind: 'symmetric', credential: 'username' } };

/** What one call showed. */
export interface Shown {
  /** The gateway process that had the message in its hands. */
  readonly node: string;
  /** The plain service that answered, and whom it was told that the caller is; empty if none was asked. */
  readonly upstream: string;
  readonly user: string;
  /** Of the answer, or the fault's code. */
  readonly text: string;
  /** Answered as it should be, and the answer proven. */
  readonly good: boolean;
}

export interface Caller {
  /** Which node issued the token, how long it is valid (milliseconds), and how many octets it takes. */
  readonly token: { readonly node: string; readonly lifetime: number; readonly identifier: string };
  call(text: string): Promise<Shown>;
  /** One character of the encrypted Body is changed on the way; `good` if that is refused. */
  callAltered(text: string): Promise<Shown>;
  close(): Promise<void>;
}

/** Opens a conversation with the farm as the one user that it knows. @throws RefusedError, AnswerError */
export async function openCaller(farm: Pick<Farm, 'http' | 'pki'>): Promise<Caller> {
  const transport = createTransport();
  const conversation = await openConversation({
    shape: SHAPE,
    url: `${farm.http}/orders`,
    transport,
    service: party(farm.pki.service),
    username: USER,
    judge: 'fast',
  });
  const { token, opened } = conversation;
  return {
    token: {
      node: header(opened, 'x-served-by'),
      lifetime: (token.expires ?? 0) - (token.created ?? 0),
      identifier: token.identifier,
    },
    call: async (text) => {
      const reply = await conversation.call(pingRequest(text), { action: PING_ACTION });
      const shown = show(reply);
      return { ...shown, good: reply.status === 200 && reply.secured && shown.text === `CXF : ${text}` };
    },
    callAltered: async (text) => {
      const overrides = { octets: alterBody };
      const reply = await conversation.call(pingRequest(text), { action: PING_ACTION, overrides });
      return { ...show(reply), good: reply.fault?.subcode?.endsWith('}InvalidSecurity') === true };
    },
    close: () => transport.close(),
  };
}

function show(reply: Reply): Omit<Shown, 'good'> {
  const [, answered = ''] = /<text>([^<]*)<\/text>/.exec(reply.body) ?? [];
  const code = reply.fault?.subcode ?? reply.fault?.code;
  return {
    node: header(reply, 'x-served-by'),
    upstream: header(reply, 'x-upstream'),
    user: header(reply, 'x-seen-user'),
    text: code === undefined ? answered : code.replace(/^\{.*\}/, ''),
  };
}

function header(reply: Pick<Reply, 'headers'>, name: string): string {
  return String(reply.headers[name] ?? '');
}

/** The 40th character of the Body's CipherValue becomes another one of the alphabet. */
function alterBody(message: string): string {
  const at = message.indexOf('CipherValue>', message.indexOf(':Body')) + 'CipherValue>'.length + 40;
  const other = message[at] === 'A' ? 'B' : 'A';
  return `${message.slice(0, at)}${other}${message.slice(at + 1)}`;
}
