import { CompactEncrypt } from 'jose';
import {
  type ContextToken,
  type Conversation,
  type Element,
  openConversation,
  type Reply,
  STRUCTURES,
  TAMPERING,
} from '../client/index.js';
import { type Node, type Nodes, overTls, startNodes } from './nodes.js';
import { expectHarmless, expectRefused, expectServed, ping, type Refusal } from './refusal.js';

/** A token that is not quite the one that was issued, not for here, or no longer good. */

let nodes: Nodes;
let foreign: Nodes;
beforeAll(async () => {
  nodes = await startNodes();
  foreign = await startNodes();
});
afterAll(async () => {
  await nodes?.stop();
  await foreign?.stop();
});

const token = (code: string): Refusal => ({ fault: 'badContextToken', code: `token.${code}` });

const cookieAt = (children: Element['children']): number =>
  children.findIndex((child) => typeof child === 'object' && 'local' in child && child.local === 'Cookie');

function cookieOf({ element: { children } }: ContextToken): string {
  return String((children[cookieAt(children)] as Element).children[0]);
}

function withCookie(conversation: Conversation, change: (cookie: string) => string): Conversation {
  return conversation.withToken((held) => {
    const children = [...held.element.children];
    const at = cookieAt(children);
    children[at] = { ...(children[at] as Element), children: [change(cookieOf(held))] };
    return { ...held, element: { ...held.element, children } };
  });
}

/** Another character of the alphabet in the middle of one of the five parts. */
function altered(cookie: string, part: number): string {
  const parts = cookie.split('.');
  const text = parts[part]!;
  const at = Math.floor(text.length / 2);
  parts[part] = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
  return parts.join('.');
}

const header = (members: Readonly<Record<string, string>>): string =>
  Buffer.from(JSON.stringify(members)).toString('base64url');
const withHeader = (cookie: string, members: Readonly<Record<string, string>>): string =>
  [header(members), ...cookie.split('.').slice(1)].join('.');
const membersOf = (cookie: string) =>
  JSON.parse(Buffer.from(cookie.split('.')[0]!, 'base64url').toString()) as { alg: string; enc: string; kid: string };

const COOKIES: Readonly<Record<string, readonly [Refusal, (cookie: string) => string]>> = {
  'its header altered': [token('format'), (cookie) => altered(cookie, 0)],
  'its wrapped key altered': [token('open'), (cookie) => altered(cookie, 1)],
  'its IV altered': [token('open'), (cookie) => altered(cookie, 2)],
  'its ciphertext altered': [token('open'), (cookie) => altered(cookie, 3)],
  'its tag altered': [token('open'), (cookie) => altered(cookie, 4)],
  'its tag cut short': [token('format'), (cookie) => cookie.slice(0, -6)],
  'its ciphertext cut short': [
    token('open'),
    (cookie) => {
      const parts = cookie.split('.');
      parts[3] = Buffer.from(parts[3]!, 'base64url').subarray(0, -1).toString('base64url');
      return parts.join('.');
    },
  ],
  'its last part missing': [token('format'), (cookie) => cookie.slice(0, cookie.lastIndexOf('.'))],
  'a sixth part': [token('format'), (cookie) => `${cookie}.AAAA`],
  'a kid of nobody': [token('key-unknown'), (cookie) => withHeader(cookie, { ...membersOf(cookie), kid: 'nobody' })],
  'the key named as no key (dir)': [
    token('format'),
    (cookie) => withHeader(cookie, { ...membersOf(cookie), alg: 'dir' }),
  ],
  'compression asked for': [token('format'), (cookie) => withHeader(cookie, { ...membersOf(cookie), zip: 'DEF' })],
  'a padded spelling': [token('format'), (cookie) => `${cookie}==`],
  'a spelling with white space in it': [token('format'), (cookie) => `${cookie.slice(0, 200)}\n${cookie.slice(200)}`],
  'a spelling with unused bits': [
    token('format'),
    // the tag's 16 octets end in a character of which four bits mean nothing
    (cookie) => `${cookie.slice(0, -1)}${{ A: 'B', Q: 'R', g: 'h', w: 'x' }[cookie.at(-1)!]}`,
  ],
  'five thousand characters': [token('format'), (cookie) => cookie.padEnd(5000, 'A')],
};

test.each(Object.entries(COOKIES))('a cookie with %s', async (_name, [refusal, change]) => {
  const conversation = await openConversation(nodes.client('orders'));
  await expectServed(nodes, conversation);
  const held = withCookie(conversation, change);
  await expectHarmless(nodes, conversation, () => ping(held, 'x'), refusal);
});

test('a cookie that jose sealed under the farm key, but for another context, binds nothing', async () => {
  const conversation = await openConversation(nodes.client('orders'));
  const { kid } = membersOf(cookieOf(conversation.token));
  const forged = await new CompactEncrypt(Buffer.from('{"v":2}'))
    .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', kid })
    .encrypt(Buffer.from(nodes.farm.farmKey, 'base64url'));
  const held = withCookie(conversation, () => forged);
  await expectHarmless(nodes, conversation, () => ping(held, 'x'), token('format'));
});

test('an Instance that the token has not', async () => {
  const conversation = await openConversation(nodes.client('orders'));
  const { element } = conversation.token;
  const instance = { ...(element.children[0] as Element), local: 'Instance', children: ['urn:uuid:1'] };
  const [identifier, ...rest] = element.children;
  const held = conversation.withToken((one) => ({
    ...one,
    element: { ...element, children: [identifier!, instance, ...rest] },
  }));
  await expectHarmless(nodes, conversation, () => ping(held, 'x'), token('binding'));
});

test('a token of another service', async () => {
  const conversation = await openConversation(nodes.client('orders'));
  const elsewhere = () => ping(conversation, 'x', {}, nodes.first, '/invoices');
  const line = await expectHarmless(nodes, conversation, elsewhere, token('binding'));
  expect(line).toMatchObject({ policy: 'invoices', error: { details: { differs: ['service'], service: 'orders' } } });
});

test('a token of another farm', async () => {
  const conversation = await openConversation(nodes.client('orders'));
  const stranger = await openConversation(foreign.client('orders'));
  const here = () => ping(stranger, 'x', {}, nodes.first);
  await expectHarmless(nodes, conversation, here, token('key-unknown'));
  await expectServed(foreign, stranger);
});

test('a token of one version under the names of another', async () => {
  const conversation = await openConversation(nodes.client('orders', { version: '2005-02' }));
  const SC_13 = 'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512';
  const rename = (held: Element): Element => ({
    ...held,
    namespace: SC_13,
    declarations: [
      { prefix: held.prefix, namespace: SC_13 },
      ...held.declarations.filter(({ prefix }) => prefix !== held.prefix),
    ],
    children: held.children.map((child) =>
      typeof child === 'object' && 'local' in child && child.namespace === held.namespace
        ? { ...child, namespace: SC_13 }
        : child,
    ),
  });
  const renamed = conversation.withToken((held) => ({ ...held, element: rename(held.element) }));
  const reply = await ping(renamed, 'x');
  await expectRefused(nodes, reply, token('binding'), { ...conversation.shape, version: '1.3' });
  await expectServed(nodes, conversation);
});

test('a version that the service does not speak', async () => {
  const conversation = await openConversation(nodes.client('orders', { version: '2005-02' }));
  await expectHarmless(
    nodes,
    conversation,
    () => ping(conversation, 'x', {}, nodes.first, '/archive'),
    token('binding'),
  );
});

describe('a token that is not there (IncludeToken Once, and clients that send its Identifier alone)', () => {
  const MISSING: Refusal = token('missing');

  // WSE 2 refers to the token by its Identifier
  const wse2 = {
    soap: '1.1',
    version: '2004-04',
    addressing: '2004-03',
    suite: 'Basic128Rsa15',
    style: 'wse2',
    bootstrap: { kind: 'symmetric', credential: 'username' },
  } as const;

  test.each([
    ['without its cookie', 'orders', {}, TAMPERING['cookie is missing']],
    ['left out', 'vintage', wse2, STRUCTURES['SecurityContextToken is missing']],
  ] as const)(
    '%s: served by the node that has opened it, told to be unknown by the other',
    async (_name, service, shape, overrides) => {
      const conversation = await openConversation(nodes.client(service, shape));
      const call = (node: Node): Promise<Reply> => ping(conversation, 'honest', overrides, node);
      await expectRefused(nodes, await call(nodes.first), MISSING, conversation.shape);
      expect((await ping(conversation, 'x', {}, nodes.first)).status).toBe(200);
      expect(await call(nodes.first)).toMatchObject({ status: 200, secured: true });
      await expectRefused(nodes, await call(nodes.second), MISSING, conversation.shape);
      await expectServed(nodes, conversation);
    },
  );
});

describe('a token that has ended', () => {
  const MINUTE = 60_000;
  test.each(['2005-02', '1.3'] as const)(
    '%s, not long ago: told under its own key, with the action that makes WCF renew it',
    async (version) => {
      const own = await startNodes();
      try {
        const conversation = await openConversation(
          own.client('orders', { version }, { request: { lifetime: MINUTE } }),
        );
        await expectServed(own, conversation);
        const before = own.upstream.seen.length;
        own.clock.pass(2 * MINUTE);
        for (const node of [own.first, own.second]) {
          const reply = await ping(conversation, 'x', {}, node);
          const refusal = { fault: 'renewNeeded', code: 'token.renew-needed', secured: true } as const;
          await expectRefused(own, reply, refusal, conversation.shape);
          expect(reply.answer?.addressing.Action).toBe(
            'http://schemas.microsoft.com/ws/2006/05/security/SecureConversationFault',
          );
          expect(reply.answer?.addressing.RelatesTo).toBe(reply.request.messageId);
        }
        // the grace is the policy's skew
        own.clock.pass(5 * MINUTE);
        for (const node of [own.first, own.second]) {
          await expectRefused(own, await ping(conversation, 'x', {}, node), token('expired'), conversation.shape);
        }
        expect(own.upstream.seen).toHaveLength(before);
        await expectServed(own, await openConversation(own.client('orders')));
      } finally {
        await own.stop();
      }
    },
  );
});

describe('over TLS, where the token endorses the Timestamp alone', () => {
  const shape = {
    derivedKeys: false,
    encryptSignature: false,
    bootstrap: { kind: 'transport', credential: 'username' },
  } as const;
  const open = (): Promise<Conversation> =>
    openConversation(nodes.client('secured', shape, { transport: overTls(nodes.transport) }));
  const unproven = (code: string): Refusal => ({ fault: 'invalidSecurity', code: `wss.${code}`, secured: true });

  test.each([
    ['without the signature that proves the key', TAMPERING['signature is missing'], unproven('parts')],
    ['with a signature that leaves the Timestamp out', TAMPERING['timestamp is not signed'], unproven('parts')],
    ['with another Timestamp than was signed', TAMPERING['timestamp was renewed by another'], unproven('digest')],
    ['that is too old', TAMPERING['timestamp has expired'], unproven('timestamp')],
    ['with another cookie', TAMPERING['cookie has another character'], { ...token('open'), secured: true }],
  ] as const)('a message %s', async (_name, overrides, refusal) => {
    const conversation = await open();
    await expectHarmless(nodes, conversation, () => ping(conversation, 'x', overrides), refusal);
  });

  test('a message of one who has the token, and not its key', async () => {
    const conversation = await open();
    const thief = conversation.withToken((held) => ({ ...held, key: Buffer.alloc(32) }));
    await expectHarmless(nodes, conversation, () => ping(thief, 'x'), unproven('signature'));
  });

  test('a second time', async () => {
    const conversation = await open();
    const first = await ping(conversation, 'once');
    await expectHarmless(nodes, conversation, () => conversation.repeat(first), unproven('replay'));
  });

  test('a message that did not come by TLS', async () => {
    const conversation = await open();
    const bare = () => ping(conversation, 'x', { headers: { 'X-Forwarded-Proto': 'http' } });
    await expectHarmless(nodes, conversation, bare, { ...unproven('transport'), secured: false });
  });
});
