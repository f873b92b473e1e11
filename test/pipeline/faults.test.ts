import {
  type Element,
  element,
  find,
  type Message,
  type Overrides,
  openConversation,
  type Reply,
  type Shape,
  STRUCTURES,
  TAMPERING,
  WRAPPINGS,
} from '../client/index.js';
import { type FaultName, faultIn, statusOf } from './faults.js';
import { type Nodes, startNodes } from './nodes.js';
import { ping, refusedReply } from './refusal.js';

/** Every fault that a client can get, in every version that it can speak; and that those of proof cannot be told apart. */

let nodes: Nodes;
beforeAll(async () => {
  nodes = await startNodes();
});
afterAll(() => nodes?.stop());
afterEach(() => nodes.upstream.behave('ping'));

type Spoken = Pick<Shape, 'soap' | 'version' | 'addressing'> & Partial<Shape>;

const BY_PASSWORD = { kind: 'symmetric', credential: 'username' } as const;
const MINUTE = 60_000;

/** A message of a fresh conversation, misbehaving so. */
async function message(spoken: Spoken, overrides: Overrides, service = 'orders'): Promise<Reply> {
  return ping(await openConversation(nodes.client(service, spoken)), 'x', overrides);
}

/** A request for a token, misbehaving so. */
const request = (spoken: Spoken, overrides: Overrides, more = {}): Promise<Reply> =>
  refusedReply(openConversation(nodes.client('orders', spoken, { overrides, ...more })));

const addToRequest =
  (local: string) =>
  ({ body, names }: Message): void =>
    void find(body, 'RequestSecurityToken').children.push(element(names.wst, local));

const PROVOKED: Readonly<Record<FaultName, (spoken: Spoken) => Promise<Reply>>> = {
  malformed: (spoken) => message(spoken, STRUCTURES['document type']),
  versionMismatch: (spoken) =>
    message(spoken, { contentType: spoken.soap === '1.1' ? 'application/soap+xml' : 'text/xml' }),
  mustUnderstand: (spoken) => message(spoken, TAMPERING['header that must be understood']),
  tooLarge: (spoken) => message(spoken, { octets: (text) => text.padEnd(2_000_000) }),
  invalidSecurity: (spoken) => message(spoken, TAMPERING['signature value has another bit']),
  badContextToken: (spoken) => message(spoken, TAMPERING['Identifier was changed']),
  renewNeeded: async (spoken) => {
    const conversation = await openConversation(nodes.client('orders', spoken, { request: { lifetime: MINUTE } }));
    nodes.clock.pass(2 * MINUTE);
    return ping(conversation, 'x');
  },
  unableToRenew: async (spoken) => {
    const shape = { ...spoken, bootstrap: BY_PASSWORD };
    const conversation = await openConversation(nodes.client('brief', shape, { request: { lifetime: 10 * MINUTE } }));
    nodes.clock.pass(11 * MINUTE);
    return refusedReply(conversation.renew());
  },
  failedAuthentication: (spoken) =>
    request({ ...spoken, bootstrap: BY_PASSWORD }, {}, { username: { name: 'nobody', password: 'x' } }),
  invalidRequest: (spoken) => request(spoken, { beforeSigning: addToRequest('CancelTarget') }),
  invalidScope: (spoken) => request(spoken, {}, { to: 'http://127.0.0.1/invoices' }),
  requestFailed: (spoken) => request(spoken, { beforeSigning: addToRequest('OnBehalfOf') }),
  actionNotSupported: (spoken) =>
    message(spoken, {
      beforeSigning: ({ headers }) => {
        headers.get('Action')!.children = ['urn:example:another'];
      },
    }),
  invalidAddressing: (spoken) => message(spoken, TAMPERING['ReplyTo is not anonymous']),
  badGateway: (spoken) => message(spoken, {}, 'abandoned'),
  gatewayTimeout: (spoken) => {
    nodes.upstream.behave('hang');
    return message(spoken, {});
  },
};

const SPOKEN: readonly Spoken[] = [
  { soap: '1.1', version: '2005-02', addressing: '2004-08' },
  { soap: '1.2', version: '2005-02', addressing: '2005-08' },
  { soap: '1.2', version: '1.3', addressing: '2005-08' },
  { soap: '1.1', version: '1.3', addressing: '2004-08' },
];

describe.each(SPOKEN)('SOAP $soap, WS-SecureConversation $version, WS-Addressing $addressing', (spoken) => {
  test.each(Object.entries(PROVOKED))('%s', async (name, provoke) => {
    const reply = await provoke(spoken);
    expect({ status: reply.status, fault: reply.fault }).toEqual({
      status: statusOf(name as FaultName),
      fault: faultIn(spoken, name as FaultName),
    });
    expect(reply.headers['content-type']).toBe(
      spoken.soap === '1.1' ? 'text/xml; charset=utf-8' : 'application/soap+xml; charset=utf-8',
    );
  });
});

describe('WSE 2: SOAP 1.1, WS-SecureConversation 2004/04, WS-Addressing 2004/03', () => {
  const wse2: Spoken = {
    soap: '1.1',
    version: '2004-04',
    addressing: '2004-03',
    suite: 'Basic128Rsa15',
    style: 'wse2',
    bootstrap: BY_PASSWORD,
  };
  const to = 'http://127.0.0.1/invoices';

  test.each([
    ['invalidSecurity', () => message(wse2, TAMPERING['signature value has another bit'], 'vintage')],
    ['badContextToken', () => message(wse2, TAMPERING['Identifier was changed'], 'vintage')],
    ['invalidAddressing', () => message(wse2, STRUCTURES['two Action headers'], 'vintage')],
    ['invalidScope', () => refusedReply(openConversation(nodes.client('vintage', wse2, { to })))],
  ] as const)('%s', async (name, provoke) => {
    const { status, fault } = await provoke();
    expect({ status, fault }).toEqual({ status: statusOf(name), fault: faultIn(wse2, name) });
  });
});

/** What differs from one answer to the next whatever they say. */
function told({ status, headers, octets }: Reply): string {
  const { date: _, 'x-gateway-request-id': __, ...kept } = headers;
  const text = octets.toString().replaceAll(/urn:uuid:[0-9a-f-]{36}/g, 'urn:uuid:');
  return JSON.stringify({ status, kept, text });
}

test('all that was not proven is answered with the same octets, whatever was wrong', async () => {
  const misbehaviour: readonly (readonly [string, Overrides])[] = [
    ...Object.entries(TAMPERING),
    ...Object.entries(STRUCTURES),
    ...WRAPPINGS,
  ];
  const codes = new Set<unknown>();
  const answers = new Set<string>();
  let conversation = await openConversation(nodes.client('orders'));
  for (const [index, [, overrides]] of misbehaviour.entries()) {
    // no more than its budget of failed proofs for any of them
    if (index % 15 === 0) conversation = await openConversation(nodes.client('orders'));
    const reply = await ping(conversation, 'x', overrides);
    if (!reply.fault?.subcode?.endsWith('}InvalidSecurity')) continue;
    const { code } = await nodes.logged(reply);
    codes.add(code);
    answers.add(told(reply));
  }
  const unsigned = { sign: (part: string) => part !== 'body' };
  for (const overrides of [unsigned, TAMPERING['ciphertext has another bit'], TAMPERING['timestamp has expired']]) {
    answers.add(told(await request({ ...SPOKEN[1]!, version: '1.3' }, overrides)));
  }
  expect(answers.size).toBe(1);
  expect([...codes].sort()).toEqual([
    'wss.algorithm',
    'wss.decrypt',
    'wss.digest',
    'wss.header',
    'wss.id',
    'wss.parts',
    'wss.reference',
    'wss.signature',
    'wss.timestamp',
  ]);
});

test('all that was not authenticated too: a wrong password, a throttled one, a nonce used twice', async () => {
  const nonce = Buffer.alloc(16, 9).toString('base64');
  const withNonce: Overrides = {
    beforeSigning: ({ slots, names }) =>
      void (slots.get('UT')![0] as Element).children.push(element(names.wsse, 'Nonce', {}, [nonce])),
  };
  const spoken = { ...SPOKEN[1]!, bootstrap: BY_PASSWORD };
  const replies: Reply[] = [];
  await openConversation(nodes.client('orders', spoken, { overrides: withNonce }));
  replies.push(await request(spoken, withNonce));
  for (let guess = 0; guess < 4; guess++) {
    replies.push(await request(spoken, {}, { username: { name: 'bob', password: `guess ${guess}` } }));
  }
  const codes = await Promise.all(replies.map(async (reply) => (await nodes.logged(reply)).code));
  expect(codes).toEqual(['auth.replay', 'auth.failed', 'auth.failed', 'auth.failed', 'auth.throttled']);
  expect(new Set(replies.map(told)).size).toBe(1);
});
