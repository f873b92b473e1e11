import type { Conversation } from '../client/conversation.js';
import type { Environment } from './environment.js';
import type { PlainClient } from './plain-client.js';
import { type Contestant, drive } from './rounds.js';
import type { SecuredClient, Style } from './secured.js';

export interface Settings {
  /** That count, of each contestant. */
  readonly rounds: number;
  /** Of a round of messages; what costs more has fewer. */
  readonly calls: number;
  /** Calls in work at once. */
  readonly concurrency: number;
}

export const PROXY = 'http-proxy 1.18, plain';
export const KNOWN = 'message, fresh nonces (CXF)';
export const FIRST = 'first message of a conversation (CXF)';

/** What the others are held against: the same service behind a proxy that only passes on. */
export function proxied({ proxy }: Environment, plain: PlainClient, { calls }: Settings): Contestant {
  return { name: PROXY, pid: proxy.pid, calls, call: plain.post };
}

/** Messages under a token: of known conversations in both habits of nonces, and the first of a conversation. */
export async function messages(
  { gateway }: Environment,
  secured: SecuredClient,
  { calls, concurrency }: Settings,
): Promise<Contestant[]> {
  const known = async (style: Style): Promise<Contestant['call']> => {
    const conversations = await openMany(secured, style, concurrency, concurrency);
    let turn = 0;
    return () => secured.call(conversations[turn++ % concurrency] as Conversation);
  };
  let fresh: Conversation[] = [];
  const first = Math.ceil(calls / 4);
  const prepare = async (): Promise<void> => {
    fresh = await openMany(secured, 'cxf', first, concurrency);
  };
  return [
    { name: 'message, same nonces (WCF)', pid: gateway.pid, calls, call: await known('wcf') },
    { name: KNOWN, pid: gateway.pid, calls, call: await known('cxf') },
    { name: FIRST, pid: gateway.pid, calls: first, prepare, call: () => secured.call(fresh.pop() as Conversation) },
  ];
}

/** Requests for a token. The one with a password pays for scrypt, which is meant to cost. */
export function requests({ issuer }: Environment, secured: SecuredClient, { calls }: Settings): Contestant[] {
  const open = (credential: 'anonymous' | 'username') => async () => void (await secured.open('cxf', credential));
  const some = Math.ceil(calls / 8);
  return [
    { name: 'token request, anonymous', pid: issuer.pid, calls: some, call: open('anonymous') },
    { name: 'token request, password', pid: issuer.pid, calls: Math.ceil(some / 8), call: open('username') },
  ];
}

async function openMany(
  secured: SecuredClient,
  style: Style,
  count: number,
  concurrency: number,
): Promise<Conversation[]> {
  const opened: Conversation[] = [];
  await drive(count, concurrency, async () => void opened.push(await secured.open(style, 'anonymous')));
  return opened;
}
