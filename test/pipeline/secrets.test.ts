import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactDecrypt } from 'jose';
import {
  type Conversation,
  type Element,
  type Overrides,
  openConversation,
  type Reply,
  STRUCTURES,
  TAMPERING,
} from '../client/index.js';
import { type Nodes, overTls, startNodes } from './nodes.js';
import { expectServed, ping, refusedReply } from './refusal.js';
import { USER } from './services.js';

/** A run of all that can happen, at the most talkative level, and then the search for what must not be in it. */

const BY_PASSWORD = { bootstrap: { kind: 'symmetric', credential: 'username' } } as const;
const OVER_TLS = {
  derivedKeys: false,
  encryptSignature: false,
  bootstrap: { kind: 'transport', credential: 'username' },
} as const;
const ENTROPY = Buffer.from('canary-entropy-of-32-octets-9f3b');
const GUESS = 'canary-guess-71d2';

let nodes: Nodes;
const conversations: Conversation[] = [];
const faults: Reply[] = [];

async function converse(): Promise<void> {
  const open = async (...parameters: Parameters<Nodes['client']>): Promise<Conversation> => {
    const [service, shape = {}, more = {}] = parameters;
    const conversation = await openConversation(
      nodes.client(service, shape, { request: { entropy: ENTROPY }, ...more }),
    );
    conversations.push(conversation);
    return conversation;
  };
  // a token without its cookie is no fault where the node has opened it before
  const { 'cookie is missing': _, ...tampering } = TAMPERING;
  const misbehaviour: Overrides[] = [...Object.values(tampering), ...Object.values(STRUCTURES)];
  for (const [index, overrides] of misbehaviour.entries()) {
    if (index % 15 === 0) await open('orders', BY_PASSWORD);
    faults.push(await ping(conversations.at(-1)!, GUESS, overrides));
  }
  await expectServed(nodes, await open('orders', { ...BY_PASSWORD, style: 'wcf' }));
  await expectServed(nodes, await open('orders', { bootstrap: { kind: 'symmetric', credential: 'x509' } }));
  const secured = await open('secured', OVER_TLS, { transport: overTls(nodes.transport) });
  await expectServed(nodes, secured);
  for (const username of [
    { name: USER.name, password: GUESS },
    { name: GUESS, password: USER.password },
  ]) {
    faults.push(await refusedReply(openConversation(nodes.client('orders', BY_PASSWORD, { username }))));
  }
  // in clear, where TLS was meant to hide it
  faults.push(await refusedReply(openConversation(nodes.client('secured', OVER_TLS))));
  const renewed = await open('orders', BY_PASSWORD);
  await renewed.renew();
  await renewed.cancel();
  faults.push(await ping(renewed, 'cancelled', {}, nodes.first));
  faults.push(await ping(await open('abandoned'), 'x'));
  await nodes.first.gateway.reload();
}

beforeAll(async () => {
  nodes = await startNodes({ log: { level: 'trace' } });
  await converse();
}, 60_000);
afterAll(() => nodes?.stop());

const spellings = (octets: Buffer): string[] => [
  octets.toString('base64').replace(/=+$/, ''),
  octets.toString('base64url'),
  octets.toString('hex'),
  octets.toString('latin1'),
];

/** The secrets of the run, each by what it is. */
function secrets(): (readonly [string, string[]])[] {
  const pem = (file: string): string[] => {
    const body = readFileSync(file, 'utf8').replaceAll(/-----[^-]*-----|\s/g, '');
    return [body.slice(40, 100)];
  };
  return [
    ['password', [USER.password, ...spellings(Buffer.from(USER.password))]],
    ['a guess at one', [GUESS, ...spellings(Buffer.from(GUESS))].slice(0, 1)],
    ["the farm's key", spellings(Buffer.from(nodes.farm.farmKey, 'base64url'))],
    ["a token's key", conversations.flatMap(({ token }) => spellings(token.key))],
    ["a client's entropy", spellings(ENTROPY)],
    ["the service's private key", pem(join(nodes.pki.directory, 'service.key'))],
    ['a cookie', conversations.map(({ token }) => cookieOf(token.element).slice(-60))],
  ];
}

function cookieOf({ children }: Element): string {
  const cookie = children.find(
    (child): child is Element => typeof child === 'object' && 'local' in child && child.local === 'Cookie',
  );
  return String(cookie?.children[0]);
}

/** Who has guessed at a name is told in the log: that is no secret of ours. */
const NAMES = new RegExp(`"username":"${GUESS}"`, 'g');

test('the run was as wide as it was meant to be', () => {
  const codes = new Set(nodes.first.lines.map(({ code }) => code).filter((code) => code !== undefined));
  expect(codes.size).toBeGreaterThan(20);
  expect(faults.length).toBeGreaterThan(45);
  expect(faults.every(({ fault }) => fault !== undefined)).toBe(true);
  expect(new Set(nodes.first.lines.map(({ event }) => event))).toEqual(
    new Set([
      'process.start',
      'listener.open',
      'config.loaded',
      'config.warning',
      'process.ready',
      'request',
      'security.failed',
      'token.issued',
      'token.renewed',
      'token.cancelled',
      'token.refused',
    ]),
  );
});

test('no line of any log holds a secret', () => {
  const text = [...nodes.first.lines, ...nodes.second.lines].map((line) => JSON.stringify(line)).join('\n');
  for (const [what, values] of secrets()) {
    for (const value of values)
      expect({ what, found: text.replaceAll(NAMES, '').includes(value) }).toEqual({ what, found: false });
  }
});

test('no fault holds one, as sent or as opened, in its body or its headers', () => {
  const text = faults.map(({ octets, body, headers }) => `${octets} ${body} ${JSON.stringify(headers)}`).join('\n');
  for (const [what, values] of secrets()) {
    for (const value of values) expect({ what, found: text.includes(value) }).toEqual({ what, found: false });
  }
});

test('the admin listener tells none, in metrics, health, version or keys', async () => {
  let text = '';
  for (const { gateway } of [nodes.first, nodes.second]) {
    for (const path of ['/metrics', '/healthz', '/readyz', '/version', '/.well-known/jwks.json']) {
      text += await (await fetch(`http://127.0.0.1:${gateway.admin?.port}${path}`)).text();
    }
  }
  expect(text).toContain('security_failures_total');
  for (const [what, values] of secrets()) {
    for (const value of values) expect({ what, found: text.includes(value) }).toEqual({ what, found: false });
  }
  expect(text).not.toMatch(/"d":/);
});

test('the service is told none', () => {
  const text = JSON.stringify(nodes.upstream.seen);
  for (const [what, values] of secrets().filter(([what]) => what !== 'a guess at one')) {
    for (const value of values) expect({ what, found: text.includes(value) }).toEqual({ what, found: false });
  }
});

test('a cookie, opened by jose with the farm key: the context, and of its user what the policy forwards', async () => {
  const conversation = conversations[0]!;
  const farmKey = Buffer.from(nodes.farm.farmKey, 'base64url');
  const cookie = cookieOf(conversation.token.element);
  const { plaintext, protectedHeader } = await compactDecrypt(cookie, farmKey);
  expect(protectedHeader).toMatchObject({ alg: 'A256KW', enc: 'A256GCM' });
  const { c, ...held } = JSON.parse(Buffer.from(plaintext).toString()) as Record<string, unknown>;
  expect(held).toEqual({
    v: 1,
    i: conversation.token.identifier,
    s: 'orders',
    w: '2005-02',
    k: conversation.token.key.toString('base64url'),
    e: 300_000,
    r: 36_000_000,
    n: USER.name,
    m: 'username',
    g: USER.groups,
  });
  expect(cookie.length).toBeLessThanOrEqual(512);
});
