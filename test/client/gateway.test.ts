import { type Farm, SCENARIOS, type Scenario, startFarm, USER } from '../farm/farm.js';
import { PING_ACTION as ACTION, pingRequest } from '../upstream/index.js';
import {
  type Conversation,
  type ConversationOptions,
  createTransport,
  type Judge,
  loadConversations,
  type Overrides,
  openConversation,
  party,
  type Reply,
  type Shape,
  STRUCTURES,
  type StyleName,
  TAMPERING,
  type Transport,
  WRAPPINGS,
} from './index.js';

/** The client against the product: one gateway process, started as an operator starts it. */

/** Proves nobody, so that opening costs no password hash: for what opens a conversation often. */
const ANONYMOUS: Scenario = {
  name: 'anonymous',
  binding: 'symmetric',
  derivedKeys: true,
  protectionOrder: 'sign-before-encrypt',
  encryptSignature: true,
  credential: 'anonymous',
};

const WANTED = [
  'AC',
  'ADC-ES',
  'UXDC-SEES',
  'XDC',
  '_UXD',
  '_X10',
  'SecureConversation_UserNameOverTransport',
] as const;
type Name = (typeof WANTED)[number] | 'anonymous';

const STYLES: readonly StyleName[] = ['wcf', 'cxf', 'cxf-stax', 'metro', 'rampart', 'mono'];

describe('against the gateway (needs npm run build)', () => {
  let farm: Farm;
  let transport: Transport;
  beforeAll(async () => {
    const scenarios = [ANONYMOUS, ...SCENARIOS.filter(({ name }) => WANTED.some((wanted) => wanted === name))];
    farm = await startFarm({ nodes: 1, upstreams: 1, scenarios, versions: ['1.3', '2005-02'], suite: 'Basic256' });
    transport = createTransport({ ca: farm.pki.ca.certificate });
  }, 60_000);
  afterAll(async () => {
    await transport?.close();
    await farm?.stop();
  });

  const options = (
    name: Name,
    style: StyleName,
    more: Partial<Shape> = {},
    judge: Judge = 'independent',
  ): ConversationOptions => {
    const scenario = [ANONYMOUS, ...SCENARIOS].find((one) => one.name === name)!;
    const { derivedKeys, encryptSignature, protectionOrder, credential, binding, bootstrap } = scenario;
    const kind = bootstrap?.binding ?? binding;
    const shape: Shape = {
      version: '2005-02',
      soap: '1.2',
      addressing: '2004-08',
      suite: 'Basic256',
      derivedKeys,
      encryptSignature,
      protectionOrder,
      encryptBody: true,
      bootstrap: { kind, credential },
      style,
      ...more,
    };
    return {
      shape,
      url: `${kind === 'transport' ? farm.https : farm.http}/${name}`,
      transport,
      username: USER,
      client: party(farm.pki.alice),
      service: party({ certificate: farm.pki.service.certificate }),
      judge,
    };
  };
  const ping = (conversation: Conversation, text: string, overrides: Overrides = {}): Promise<Reply> =>
    conversation.call(pingRequest(text), { action: ACTION, overrides });
  const LATER = { version: '1.3', addressing: '2005-08', soap: '1.1' } as const;

  test.each(STYLES.flatMap((style) => WANTED.map((name) => [style, name] as const)))(
    '%s converses at %s, in both versions, before both judges',
    async (style, name) => {
      for (const [more, judge] of [
        [{}, 'independent'],
        [LATER, 'fast'],
      ] as const) {
        const conversation = await openConversation(options(name, style, more, judge));
        for (const text of ['one', 'two &amp; three']) {
          const reply = await ping(conversation, text);
          expect(reply).toMatchObject({ status: 200, secured: true, fault: undefined });
          expect(reply.body).toContain(`: ${text}<`);
        }
      }
    },
  );

  test.each(['wcf', 'cxf', 'metro'] as const)('%s renews: another key under the same Identifier', async (style) => {
    const conversation = await openConversation(options('UXDC-SEES', style));
    const before = conversation.token;
    await conversation.renew();
    expect(conversation.token.identifier).toBe(before.identifier);
    expect(conversation.token.key.equals(before.key)).toBe(false);
    expect(await ping(conversation, 'renewed')).toMatchObject({ status: 200, secured: true });
  });

  test.each(['wcf', 'cxf', 'metro', 'rampart', 'mono'] as const)(
    '%s cancels: the context is no good any more',
    async (style) => {
      const conversation = await openConversation(options('_UXD', style));
      await conversation.cancel();
      const { fault, secured } = await ping(conversation, 'cancelled');
      expect(fault?.subcode).toMatch(/BadContextToken$/);
      expect(secured).toBe(false);
    },
  );

  test('a wrong password opens nothing', async () => {
    const wrong = { ...options('UXDC-SEES', 'cxf'), username: { name: USER.name, password: 'wrong' } };
    await expect(openConversation(wrong)).rejects.toMatchObject({
      reply: { fault: { subcode: expect.stringMatching(/FailedAuthentication$/) } },
    });
  });

  const misbehaviour: [string, Overrides][] = [
    ...Object.entries(TAMPERING),
    ...Object.entries(STRUCTURES),
    ...WRAPPINGS,
  ];
  test.each(misbehaviour)('refused, and nothing reaches the service: %s', async (_name, overrides) => {
    const conversation = await openConversation(options('anonymous', 'cxf'));
    const before = farm.upstreams[0]!.seen.length;
    const reply = await ping(conversation, 'x', overrides);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.fault).toBeDefined();
    expect(farm.upstreams[0]!.seen).toHaveLength(before);
  });

  /** What TLS does not already protect, or the gateway must hold to over TLS as well. */
  const overTransport = [
    'timestamp is not signed',
    'nothing is signed',
    'signature is missing',
    'signature value has another bit',
    'digest has another bit',
    'signature is cut short',
    'signature is hmac-sha256',
    'timestamp has expired',
    'timestamp is of another century',
    'timestamp was renewed by another',
    'Action was changed',
    'Identifier was changed',
    'cookie has another character',
    'ReplyTo is not anonymous',
  ] as const satisfies readonly (keyof typeof TAMPERING)[];
  test('over TLS the same, as far as the context proves anything there', async () => {
    const conversation = await openConversation(options('SecureConversation_UserNameOverTransport', 'cxf'));
    const before = farm.upstreams[0]!.seen.length;
    const broken = [...overTransport.map((name) => [name, TAMPERING[name]] as const), ...Object.entries(STRUCTURES)];
    for (const [name, overrides] of broken) {
      const { fault } = await ping(conversation, 'x', overrides);
      expect([name, fault === undefined]).toEqual([name, false]);
    }
    expect(farm.upstreams[0]!.seen).toHaveLength(before);
  });

  test('the very same octets a second time are refused', async () => {
    const conversation = await openConversation(options('anonymous', 'wcf'));
    const first = await ping(conversation, 'once');
    expect(first).toMatchObject({ status: 200, secured: true });
    const second = await conversation.repeat(first);
    expect(second.fault?.subcode).toMatch(/InvalidSecurity$/);
  });

  test('under load every answer is proven', async () => {
    const result = await loadConversations({
      conversation: options('anonymous', 'wcf'),
      conversations: 3,
      requests: 60,
      concurrency: 4,
      body: pingRequest('load'),
      call: { action: ACTION, judge: 'fast' },
    });
    expect([...result.failures]).toEqual([]);
    expect(result).toMatchObject({ answered: 60, opened: { count: 3 } });
    expect(result.latencies.p50).toBeGreaterThan(0);
  });
});
