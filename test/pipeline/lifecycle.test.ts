import { type Conversation, find, type Overrides, openConversation, type Shape } from '../client/index.js';
import { type Nodes, startNodes } from './nodes.js';
import { expectHarmless, expectRefused, expectServed, ping, type Refusal, refusedReply } from './refusal.js';
import { USER } from './services.js';

/** Cancel and Renew: by whom, and what becomes of the old token. */

let nodes: Nodes;
beforeEach(async () => {
  nodes = await startNodes();
});
afterEach(() => nodes?.stop());

const MINUTE = 60_000;
const BY_PASSWORD = { bootstrap: { kind: 'symmetric', credential: 'username' } } as const;
const BOB = { name: 'bob', password: USER.password };
const NO_RIGHT: Refusal = { fault: 'failedAuthentication', code: 'auth.failed', secured: true };
const REVOKED: Refusal = { fault: 'badContextToken', code: 'token.revoked' };
const EXPIRED: Refusal = { fault: 'badContextToken', code: 'token.expired' };

/** One who asks under his own bootstrap for another's token. */
const meddling = (meddler: Conversation, victim: Conversation): Conversation => meddler.withToken(() => victim.token);

/** Cancelled here and known nowhere else: nothing is shared. */
async function expectCancelled(conversation: Conversation): Promise<void> {
  const before = nodes.upstream.seen.length;
  await expectRefused(nodes, await ping(conversation, 'x', {}, nodes.first), REVOKED, conversation.shape);
  expect(nodes.upstream.seen).toHaveLength(before);
  expect((await ping(conversation, 'x', {}, nodes.second)).status).toBe(200);
  expect(nodes.first.lines.filter(({ event }) => event === 'token.cancelled')).toHaveLength(1);
  await expectServed(nodes, await openConversation(nodes.client('orders')));
}

describe('Cancel', () => {
  test.each(['wcf', 'metro', 'rampart', 'mono'] as const)('%s: under the token itself', async (style) => {
    const conversation = await openConversation(nodes.client('orders', { style }));
    await expectServed(nodes, conversation);
    await conversation.cancel();
    await expectCancelled(conversation);
  });

  test.each(['1.1', '1.2'] as const)('SOAP %s: under the bootstrap, by the same identity', async (soap) => {
    const spoken = { ...BY_PASSWORD, soap, version: soap === '1.1' ? '1.3' : '2005-02' } as const;
    const conversation = await openConversation(nodes.client('orders', spoken));
    await conversation.cancel();
    await expectCancelled(conversation);
  });

  test('a second time: there is nothing to cancel any more', async () => {
    const conversation = await openConversation(nodes.client('orders', BY_PASSWORD));
    await conversation.cancel();
    const reply = await refusedReply(conversation.cancel());
    await expectRefused(nodes, reply, { ...REVOKED, secured: true }, conversation.shape);
  });

  test('under the bootstrap of another user: refused', async () => {
    const victim = await openConversation(nodes.client('orders', BY_PASSWORD));
    const bob = await openConversation(nodes.client('orders', BY_PASSWORD, { username: BOB }));
    await expectHarmless(nodes, victim, () => refusedReply(meddling(bob, victim).cancel()), NO_RIGHT);
    await expectServed(nodes, bob);
  });

  test('under a bootstrap that proves nobody: refused', async () => {
    const victim = await openConversation(nodes.client('orders'));
    await expectHarmless(nodes, victim, () => refusedReply(victim.cancel()), NO_RIGHT);
  });

  test('… obeyed where the policy says so by name, but not for the token of somebody', async () => {
    const anonymous = await openConversation(nodes.client('invoices'));
    const alice = await openConversation(nodes.client('invoices', BY_PASSWORD));
    await expectHarmless(nodes, alice, () => refusedReply(meddling(anonymous, alice).cancel()), NO_RIGHT);
    await anonymous.cancel();
    await expectCancelled(anonymous);
  });

  test("of another service's token: refused", async () => {
    const orders = await openConversation(nodes.client('orders', BY_PASSWORD));
    const invoices = await openConversation(nodes.client('invoices', BY_PASSWORD));
    const refusal: Refusal = { fault: 'badContextToken', code: 'token.binding', secured: true };
    await expectHarmless(nodes, orders, () => refusedReply(meddling(invoices, orders).cancel()), refusal);
  });
});

/** The target of a Cancel or a Renew, where a style names it by its Identifier. */
const aimAt = (victim: Conversation): Overrides => ({
  beforeSigning: ({ body }) => {
    const reference = find(body, 'Reference');
    reference.attributes.find(({ local }) => local === 'URI')!.value = victim.token.identifier;
  },
});

describe("under one's own token, aimed at another's that the node knows", () => {
  test.each(['cancel', 'renew'] as const)('%s: refused', async (operation) => {
    const victim = await openConversation(nodes.client('invoices', BY_PASSWORD));
    await expectServed(nodes, victim);
    const mallory = await openConversation(nodes.client('invoices', { style: 'wcf' }));
    const attack = () => refusedReply(mallory[operation]({ overrides: aimAt(victim) }));
    await expectHarmless(nodes, victim, attack, NO_RIGHT);
    await expectServed(nodes, mallory);
  });
});

test('a token is not issued for a token: only a bootstrap proves who asks', async () => {
  const conversation = await openConversation(nodes.client('orders'));
  const trust = 'http://schemas.xmlsoap.org/ws/2005/02/trust';
  const request = `<t:RequestSecurityToken xmlns:t="${trust}"><t:RequestType>${trust}/Issue</t:RequestType></t:RequestSecurityToken>`;
  const ask = () => conversation.call(request, { action: `${trust}/RST/SCT` });
  const refusal: Refusal = { fault: 'requestFailed', code: 'sts.unsupported', secured: true };
  await expectHarmless(nodes, conversation, ask, refusal);
});

describe('Renew', () => {
  const shapes: readonly [string, Partial<Shape>][] = [
    ['wcf, endorsed by the token', { style: 'wcf' }],
    ['metro, endorsed by the token', { style: 'metro' }],
    ['wcf, endorsed, by a user', { ...BY_PASSWORD, style: 'wcf', version: '1.3' }],
    ['cxf, by the same identity', { ...BY_PASSWORD, style: 'cxf', soap: '1.1' }],
  ];

  test.each(shapes)('%s: another key, and the old one for an overlap', async (_name, shape) => {
    const request = { lifetime: 30 * MINUTE };
    const conversation = await openConversation(nodes.client('orders', shape, { request }));
    const old = conversation.token;
    await conversation.renew();
    const before = conversation.withToken(() => old);
    expect(conversation.token.instance).not.toBe(old.instance);
    await expectServed(nodes, conversation);
    await expectServed(nodes, before);
    nodes.clock.pass(5 * MINUTE);
    const seen = nodes.upstream.seen.length;
    await expectRefused(nodes, await ping(before, 'x', {}, nodes.first), EXPIRED, conversation.shape);
    expect(nodes.upstream.seen).toHaveLength(seen);
    await expectServed(nodes, conversation);
  });

  test('of a token that has just ended', async () => {
    const conversation = await openConversation(nodes.client('orders', BY_PASSWORD, { request: { lifetime: MINUTE } }));
    nodes.clock.pass(2 * MINUTE);
    await conversation.renew();
    await expectServed(nodes, conversation);
  });

  test('of one that ended long ago: refused', async () => {
    const conversation = await openConversation(nodes.client('orders', BY_PASSWORD, { request: { lifetime: MINUTE } }));
    nodes.clock.pass(7 * MINUTE);
    const reply = await refusedReply(conversation.renew());
    await expectRefused(nodes, reply, { ...EXPIRED, secured: true }, conversation.shape);
  });

  test('by another user: refused', async () => {
    const victim = await openConversation(nodes.client('orders', BY_PASSWORD));
    const bob = await openConversation(nodes.client('orders', BY_PASSWORD, { username: BOB }));
    await expectHarmless(nodes, victim, () => refusedReply(meddling(bob, victim).renew()), NO_RIGHT);
  });

  test('by one who proves nobody: refused, though the token proves nobody either', async () => {
    const victim = await openConversation(nodes.client('invoices'));
    await expectHarmless(nodes, victim, () => refusedReply(victim.renew()), NO_RIGHT);
  });

  test('endorsed with another key than the token has: refused', async () => {
    const victim = await openConversation(nodes.client('orders', { style: 'wcf' }));
    const thief = victim.withToken((token) => ({ ...token, key: Buffer.alloc(32) }));
    const refusal: Refusal = { fault: 'invalidSecurity', code: 'wss.signature' };
    await expectHarmless(nodes, victim, () => refusedReply(thief.renew()), refusal);
  });

  test('of a cancelled conversation: refused', async () => {
    const conversation = await openConversation(nodes.client('orders', BY_PASSWORD));
    await conversation.cancel();
    const reply = await refusedReply(conversation.renew());
    await expectRefused(nodes, reply, { ...REVOKED, secured: true }, conversation.shape);
  });

  test.each([
    { soap: '1.2', version: '1.3' },
    { soap: '1.1', version: '1.3' },
  ] as const)('past the end of the whole conversation, SOAP $soap: UnableToRenew', async (spoken) => {
    const conversation = await openConversation(nodes.client('archive', { ...BY_PASSWORD, ...spoken }));
    nodes.clock.pass(6 * MINUTE);
    await conversation.renew();
    // ten minutes from the first issue, renewals included
    nodes.clock.pass(5 * MINUTE);
    const reply = await refusedReply(conversation.renew());
    const refusal: Refusal = { fault: 'unableToRenew', code: 'sts.unable-to-renew', secured: true };
    await expectRefused(nodes, reply, refusal, conversation.shape);
    await expectServed(nodes, await openConversation(nodes.client('archive', spoken)));
  });
});
