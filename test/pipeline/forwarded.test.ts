import { createRemoteJWKSet, jwtVerify } from 'jose';
import { type Element, element, type Message, openConversation, stranger, withAttribute } from '../client/index.js';
import type { SeenRequest } from '../upstream/index.js';
import { type Nodes, startNodes } from './nodes.js';
import { expectServed, ping } from './refusal.js';
import { APPLICATION, USER } from './services.js';

/** What the service is given: to the octet what was proven, and who sent it. */

let nodes: Nodes;
beforeAll(async () => {
  nodes = await startNodes();
});
afterAll(() => nodes?.stop());

const BOOTSTRAP = { kind: 'symmetric', credential: 'username' } as const;
const SOAP_12 = 'http://www.w3.org/2003/05/soap-envelope';
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';

const lastSeen = (): SeenRequest => nodes.upstream.seen.at(-1)!;
const named = (raw: readonly string[]): string[] => raw.filter((_, index) => index % 2 === 0);
const application = (local: string, text: string): Element => {
  const name = { prefix: 'app', namespace: APPLICATION };
  return { ...element(name, local, {}, [text]), declarations: [name] };
};
const addHeader =
  (added: Element) =>
  ({ header }: Message): void =>
    void header.children.push(added);

const PING =
  '<w:PingRequest xmlns:w="http://WSSec/wssc"><Ping xmlns="http://xmlsoap.org/Ping"><scenario>Scenario5</scenario>' +
  '<origin>CXF</origin><text>to the octet</text></Ping></w:PingRequest>';

test('the envelope, to the octet: no Header at all where addressing is stripped', async () => {
  const conversation = await openConversation(nodes.client('orders'));
  await ping(conversation, 'to the octet');
  expect(lastSeen()).toMatchObject({ method: 'POST', url: '/legacy.asmx' });
  expect(lastSeen().body).toBe(
    `<soap:Envelope xmlns:soap="${SOAP_12}"><soap:Body xmlns:wsu="${WSU}">${PING}</soap:Body></soap:Envelope>`,
  );
});

test('the envelope, to the octet: the signed addressing and nothing else where it is forwarded', async () => {
  const conversation = await openConversation(nodes.client('invoices', { style: 'metro' }));
  const reply = await ping(conversation, 'to the octet', {
    afterSigning: ({ header }) => {
      header.children.push(application('Role', 'administrator'), stranger('Anything', 'x'));
    },
  });
  expect(reply.status).toBe(200);
  // Metro demands that Action and To are understood; an upstream without WS-Addressing would refuse them
  const blocks = [...lastSeen().body.matchAll(/<(?:\w+:)?Header[^>]*>(.*)<\/(?:\w+:)?Header>/g)][0]![1]!;
  const wsa = 'http://www.w3.org/2005/08/addressing';
  const plain = blocks.replaceAll(/ wsu:Id="[^"]*"/g, '').replaceAll(/ xmlns:?\w*="[^"]*"/g, '');
  expect(plain).toBe(
    `<To>${conversation.options.url}</To><Action>http://xmlsoap.org/Ping</Action>` +
      `<ReplyTo><Address>${wsa}/anonymous</Address></ReplyTo><MessageID>${reply.request.messageId}</MessageID>`,
  );
  expect(lastSeen().ping?.headers).toEqual(['To', 'Action', 'ReplyTo', 'MessageID'].map((name) => `{${wsa}}${name}`));
});

describe('header blocks that no signature covers', () => {
  test('are dropped, wherever the policy does not name them', async () => {
    const conversation = await openConversation(nodes.client('orders'));
    for (const added of [application('Role', 'administrator'), application('Tracking', '7'), stranger('Anything')]) {
      expect((await ping(conversation, 'x', { afterProtection: addHeader(added) })).status).toBe(200);
      expect(lastSeen().ping?.headers).toEqual([]);
    }
  });

  test('go on where the policy takes them unproven', async () => {
    const conversation = await openConversation(nodes.client('invoices'));
    await ping(conversation, 'x', { afterProtection: addHeader(application('Tracking', '7')) });
    expect(lastSeen().ping?.headers).toContain(`{${APPLICATION}}Tracking`);
  });

  test.each(['1.1', '1.2'] as const)(
    'SOAP %s: a MustUnderstand fault, secured, for one that demands it',
    async (soap) => {
      const conversation = await openConversation(nodes.client('orders', { soap }));
      const before = nodes.upstream.seen.length;
      const reply = await ping(conversation, 'x', {
        afterProtection: (message) => {
          addHeader(withAttribute(application('Role', 'administrator'), message.names.soap, 'mustUnderstand', '1'))(
            message,
          );
        },
      });
      expect(reply).toMatchObject({ status: 500, secured: true });
      expect(reply.fault?.code).toMatch(/^\{[^}]*envelope\/?\}MustUnderstand$/);
      expect(await nodes.logged(reply)).toMatchObject({ code: 'soap.must-understand' });
      expect(nodes.upstream.seen).toHaveLength(before);
      await expectServed(nodes, conversation);
    },
  );

  test('not ours to understand: one for another actor goes no further', async () => {
    const conversation = await openConversation(nodes.client('orders'));
    const reply = await ping(conversation, 'x', {
      afterProtection: (message) => {
        const added = withAttribute(application('Role', 'x'), message.names.soap, 'mustUnderstand', '1');
        addHeader(withAttribute(added, message.names.soap, 'role', 'urn:example:another'))(message);
      },
    });
    expect(reply.status).toBe(200);
    expect(lastSeen().ping?.headers).toEqual([]);
  });
});

test('a comment in the signed Body, which no digest covers, goes no further', async () => {
  const conversation = await openConversation(nodes.client('orders', { encryptBody: true }));
  const reply = await ping(conversation, 'x', {
    afterSigning: ({ body }) => void body.children.unshift({ raw: '<!--canary-->' }),
  });
  expect(reply.status).toBe(200);
  expect(lastSeen().body).not.toContain('canary');
});

test('who calls: the headers and the assertion that any service can verify, whatever a client claims', async () => {
  const conversation = await openConversation(nodes.client('orders', { bootstrap: BOOTSTRAP }));
  const spoofed = {
    'X-Remote-User': 'administrator',
    X_Remote_User: 'administrator',
    'x.remote.user': 'administrator',
    'x-REMOTE-groups': 'administrators',
    X_REMOTE_GROUPS: 'administrators',
    'X-Identity-Assertion': 'e30.e30.',
    x_identity_assertion: 'e30.e30.',
    'Remote-User': 'administrator',
    Authorization: 'Basic YWRtaW46YWRtaW4=',
    'X-Forwarded-User': 'administrator',
    'X-Original-URL': '/admin',
    'X-Client-Note': 'harmless',
  };
  const reply = await ping(conversation, 'x', { headers: spoofed });
  expect(reply.status).toBe(200);
  const { rawHeaders, headers } = lastSeen();
  expect(named(rawHeaders).sort()).toEqual([
    'accept-encoding',
    'connection',
    'content-length',
    'content-type',
    'host',
    'x-client-note',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-identity-assertion',
    'x-remote-groups',
    'x-remote-user',
    'x-request-id',
  ]);
  expect(JSON.stringify(rawHeaders)).not.toMatch(/administrator|e30\./);
  expect(headers).toMatchObject({ 'x-remote-user': USER.name, 'x-remote-groups': USER.groups.join(',') });

  const assertion = String(headers['x-identity-assertion']);
  for (const { gateway } of [nodes.first, nodes.second]) {
    const url = new URL(`http://127.0.0.1:${gateway.admin?.port}/.well-known/jwks.json`);
    const { payload } = await jwtVerify(assertion, createRemoteJWKSet(url), {
      issuer: 'sct-gateway',
      audience: 'orders',
      maxTokenAge: '60s',
    });
    expect(payload).toMatchObject({ sub: USER.name, groups: USER.groups, amr: ['username'] });
    await expect(jwtVerify(assertion, createRemoteJWKSet(url), { audience: 'invoices' })).rejects.toThrow('aud');
  }
});

test('who calls with a certificate: its subject', async () => {
  const conversation = await openConversation(
    nodes.client('orders', { bootstrap: { kind: 'symmetric', credential: 'x509' } }),
  );
  await expectServed(nodes, conversation);
  expect(lastSeen().headers['x-remote-user']).toMatch(/alice/);
});
