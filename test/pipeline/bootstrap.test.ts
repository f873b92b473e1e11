import {
  type ConversationOptions,
  type Element,
  element,
  find,
  type Message,
  type Overrides,
  openConversation,
  party,
  type Reply,
  stranger,
  withAttribute,
} from '../client/index.js';
import { createAuthority } from '../pki/index.js';
import { type Nodes, overTls, startNodes } from './nodes.js';
import { expectRefused, expectServed, type Refusal, refusedReply } from './refusal.js';
import { USER } from './services.js';

/** Requests for a token that must not be granted; what is wrong with them is told to him alone who has proven himself. */

let nodes: Nodes;
beforeAll(async () => {
  nodes = await startNodes();
});
afterAll(() => nodes?.stop());

const BY_PASSWORD = { bootstrap: { kind: 'symmetric', credential: 'username' } } as const;
const BY_CERTIFICATE = { bootstrap: { kind: 'symmetric', credential: 'x509' } } as const;
const OVER_TLS = {
  derivedKeys: false,
  encryptSignature: false,
  bootstrap: { kind: 'transport', credential: 'username' },
} as const;
const FAILED: Refusal = { fault: 'failedAuthentication', code: 'auth.failed' };
const PARTS: Refusal = { fault: 'invalidSecurity', code: 'wss.parts' };
const secured = (fault: Refusal['fault'], code: string): Refusal => ({ fault, code, secured: true });

/** Refused so, with the details in the log; and the next honest request is granted. */
async function expectNoToken(options: ConversationOptions, refusal: Refusal, details: object = {}): Promise<Reply> {
  const issued = nodes.first.lines.filter(({ event }) => event === 'token.issued').length;
  const reply = await refusedReply(openConversation(options));
  const line = await expectRefused(nodes, reply, refusal, options.shape);
  expect(line).toMatchObject({ code: refusal.code, error: details });
  expect(nodes.first.lines.filter(({ event }) => event === 'token.issued')).toHaveLength(issued);
  await expectServed(nodes, await openConversation(nodes.client('orders')));
  return reply;
}

describe('a password', () => {
  const as = (name: string, password: string) => nodes.client('orders', BY_PASSWORD, { username: { name, password } });

  test('that is wrong, and a user whom nobody knows: one answer', async () => {
    const replies = [
      await expectNoToken(as(USER.name, 'wrong'), FAILED),
      await expectNoToken(as('nobody', 'wrong'), FAILED),
      await expectNoToken(as('nobody', USER.password), FAILED),
    ];
    // every identifier of the one has its like in the other
    const told = replies.map(({ octets }) => octets.toString().replaceAll(/urn:uuid:[0-9a-f-]{36}/g, 'urn:uuid:'));
    expect(new Set(told).size).toBe(1);
    await expectServed(nodes, await openConversation(nodes.client('orders', BY_PASSWORD)));
  });

  test('after too many guesses: the right one is refused too, on this node, with the same words', async () => {
    const bob = as('bob', USER.password);
    for (let guess = 0; guess < 3; guess++) await expectNoToken(as('bob', `guess ${guess}`), FAILED);
    const throttled: Refusal = { fault: 'failedAuthentication', code: 'auth.throttled' };
    await expectNoToken(bob, throttled, { details: { by: 'user' } });
    await expectServed(nodes, await openConversation(nodes.client('orders', BY_PASSWORD)));
    await openConversation({ ...bob, url: `${nodes.second.origin}/orders` });
  });

  test('in clear, though signed', async () => {
    let plain: Element;
    const overrides: Overrides = {
      afterSigning: ({ slots }) => {
        plain = slots.get('UT')![0]!;
      },
      afterProtection: ({ security, slots }) => {
        const sealed = slots.get('UT')![0]!;
        security.children[security.children.indexOf(sealed)] = plain;
        const list = find(security, 'ReferenceList');
        const id = sealed.attributes.find(({ local }) => local === 'Id')!.value;
        list.children = list.children.filter((one) => (one as Element).attributes[0]?.value !== `#${id}`);
      },
    };
    const line = { message: 'a password in clear' };
    await expectNoToken(nodes.client('orders', BY_PASSWORD, { overrides }), PARTS, line);
  });

  test('that no signature covers', async () => {
    const overrides: Overrides = { sign: (part) => part !== 'username' };
    await expectNoToken(nodes.client('orders', BY_PASSWORD, { overrides }), PARTS);
  });

  test('with a nonce that was used before: on this node', async () => {
    const nonce = Buffer.alloc(16, 7).toString('base64');
    const overrides: Overrides = {
      beforeSigning: ({ slots, names }) =>
        void slots.get('UT')![0]!.children.push(element(names.wsse, 'Nonce', {}, [nonce])),
    };
    const options = nodes.client('orders', BY_PASSWORD, { overrides });
    await expectServed(nodes, await openConversation(options));
    await expectNoToken(options, { fault: 'failedAuthentication', code: 'auth.replay' });
    await openConversation({ ...options, url: `${nodes.second.origin}/orders` });
  });
});

describe('a certificate', () => {
  test('of nobody whom we trust', async () => {
    const authority = await createAuthority({ commonName: 'Another CA' });
    const stolen = party(await authority.issue({ commonName: 'alice' }));
    const options = nodes.client('orders', BY_CERTIFICATE, { client: stolen });
    const reply = await refusedReply(openConversation(options));
    const access = await nodes.logged(reply);
    expect({ code: access.code, status: reply.status, secured: reply.secured }).toEqual({
      code: 'auth.failed',
      status: 500,
      secured: false,
    });
    await expectServed(nodes, await openConversation(nodes.client('orders', BY_CERTIFICATE)));
  });

  test('without its key', async () => {
    const authority = await createAuthority({ commonName: 'Another CA' });
    const { privateKey } = await authority.issue({ commonName: 'mallory' });
    const client = party({ certificate: nodes.pki.alice.certificate, privateKey });
    const refusal: Refusal = { fault: 'invalidSecurity', code: 'wss.signature' };
    await expectNoToken(nodes.client('orders', BY_CERTIFICATE, { client }), refusal);
  });
});

describe('over TLS', () => {
  test('granted there, and refused on the wire', async () => {
    const options = nodes.client('secured', OVER_TLS);
    await expectNoToken(options, { fault: 'invalidSecurity', code: 'wss.transport' });
    await expectServed(nodes, await openConversation({ ...options, transport: overTls(nodes.transport) }));
  });

  test('no bootstrap for who proves nothing', async () => {
    const shape = { ...OVER_TLS, bootstrap: { kind: 'transport', credential: 'anonymous' } } as const;
    await expectNoToken(nodes.client('secured', shape, { transport: overTls(nodes.transport) }), {
      ...PARTS,
      secured: true,
    });
  });
});

/** Changes the RequestSecurityToken before it is signed. */
const asks = (change: (request: Element, message: Message) => void): Overrides => ({
  beforeSigning: (message) => change(find(message.body, 'RequestSecurityToken'), message),
});

const addTrust = (local: string): Overrides =>
  asks((request, { names }) => void request.children.push(element(names.wst, local)));

const setText = (local: string, text: string): Overrides =>
  asks((request) => {
    find(request, local).children = [text];
  });

const REQUESTS: Readonly<Record<string, readonly [Refusal, Overrides]>> = {
  'for a key of a size that no suite has': [secured('invalidRequest', 'sts.request'), setText('KeySize', '200')],
  'for a key of no size at all': [secured('invalidRequest', 'sts.request'), setText('KeySize', '1e3')],
  'for another kind of token': [secured('invalidRequest', 'sts.type'), setText('TokenType', 'urn:example:token')],
  'for another kind of request': [secured('invalidRequest', 'sts.type'), setText('RequestType', 'urn:example:ask')],
  'with entropy that is too short': [
    secured('invalidRequest', 'sts.entropy'),
    asks((request) => {
      find(find(request, 'Entropy'), 'BinarySecret').children = ['AAAA'];
    }),
  ],
  'with another way to compute keys': [
    secured('requestFailed', 'sts.unsupported'),
    setText('ComputedKeyAlgorithm', 'urn:example:algorithm'),
  ],
  'on behalf of another': [secured('requestFailed', 'sts.unsupported'), addTrust('OnBehalfOf')],
  'acting as another': [secured('requestFailed', 'sts.unsupported'), addTrust('ActAs')],
  'with claims': [secured('requestFailed', 'sts.unsupported'), addTrust('Claims')],
  'to negotiate (TLSNEGO, SPNEGO)': [secured('requestFailed', 'sts.unsupported'), addTrust('BinaryExchange')],
  'with an element of nobody': [
    secured('invalidRequest', 'sts.request'),
    asks((request) => void request.children.push(stranger('Anything'))),
  ],
  'with a target, which only Renew and Cancel have': [
    secured('invalidRequest', 'sts.request'),
    addTrust('CancelTarget'),
  ],
  'twice in one Body': [
    secured('invalidRequest', 'sts.request'),
    asks((request, { body }) => void body.children.push({ ...request })),
  ],
  // bug: answered as an error of our own
  'of an empty Body': [
    secured('invalidRequest', 'sts.request'),
    asks((_, { body }) => {
      body.children = [];
    }),
  ],
  'with a Context without end': [
    secured('invalidRequest', 'sts.request'),
    asks((request) => void withAttribute(request, { prefix: '', namespace: '' }, 'Context', 'x'.repeat(600))),
  ],
  'that says Issue and asks to renew': [
    secured('actionNotSupported', 'soap.action'),
    asks((request) => {
      const type = find(request, 'RequestType');
      type.children = [String(type.children[0]).replace('Issue', 'Renew')];
    }),
  ],
};

describe.each([
  { soap: '1.2', version: '2005-02', addressing: '2005-08' },
  { soap: '1.1', version: '1.3', addressing: '2004-08' },
] as const)('SOAP $soap, $version: a request', (spoken) => {
  test.each(Object.entries(REQUESTS))('%s', async (_name, [refusal, overrides]) => {
    const reply = await expectNoToken(nodes.client('orders', spoken, { overrides }), refusal);
    expect(reply.answer?.addressing.RelatesTo).toBe(reply.request.messageId);
  });

  test('for another service', async () => {
    const to = 'http://127.0.0.1/invoices';
    const refusal = secured('invalidScope', 'sts.scope');
    await expectNoToken(nodes.client('orders', spoken, { to }), refusal, { details: { appliesTo: to } });
  });
});

test('a version that the service does not speak', async () => {
  const { client } = nodes;
  await expectNoToken(client('archive', { version: '2005-02' }), secured('invalidRequest', 'sts.type'));
});

test('without entropy: the key is the service’s alone, and it is good', async () => {
  const overrides = asks((request) => {
    request.children = request.children.filter((child) => (child as Element).local !== 'Entropy');
  });
  await expectServed(nodes, await openConversation(nodes.client('orders', {}, { overrides })));
});

test.each(['2005-02', '1.3'] as const)('%s: what the request carries is repeated: its Context', async (version) => {
  const context = 'uuid-1 & more';
  const conversation = await openConversation(
    nodes.client('orders', { version, style: 'mono' }, { request: { context } }),
  );
  expect(conversation.opened.body).toContain('Context="uuid-1 &amp; more"');
  await expectServed(nodes, conversation);
});

describe('SignatureConfirmation', () => {
  test('of every signature, signed and encrypted as the request was, where the bootstrap asks for it', async () => {
    // the client refuses an answer whose confirmations are not the request's signatures, each under the signature
    const { opened } = await openConversation(nodes.client('orders'));
    expect(opened.request.signatures).toHaveLength(1);
    const unaware = { bootstrap: { kind: 'symmetric', credential: 'anonymous' } } as const;
    await expect(openConversation(nodes.client('orders', unaware))).rejects.toThrow(/1 of 0/);
  });

  test('of none where it does not', async () => {
    await openConversation(nodes.client('orders', BY_PASSWORD));
    const hopeful = { bootstrap: { ...BY_PASSWORD.bootstrap, signatureConfirmation: true } };
    await expect(openConversation(nodes.client('orders', hopeful))).rejects.toThrow(/0 of 1/);
  });
});
