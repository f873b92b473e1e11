import { type Conversation, openConversation, type Reply, TAMPERING } from '../client/index.js';
import { type Node, type Nodes, startNodes } from './nodes.js';
import { expectHarmless, expectRefused, expectServed, ping, type Refusal } from './refusal.js';

/** Messages that were honest once, and messages that probe. */

let nodes: Nodes;
beforeAll(async () => {
  nodes = await startNodes();
});
afterAll(() => nodes?.stop());

const REPLAY: Refusal = { fault: 'invalidSecurity', code: 'wss.replay' };

describe('the very same octets a second time', () => {
  test.each(['wcf', 'cxf', 'metro'] as const)('%s: refused on the same node', async (style) => {
    const conversation = await openConversation(nodes.client('orders', { style }));
    const first = await ping(conversation, 'once');
    await expectHarmless(nodes, conversation, () => conversation.repeat(first), REPLAY);
  });

  // `replay: node` in the policy: what a node has accepted no other node knows, because nothing is shared
  test('accepted once by each node', async () => {
    const conversation = await openConversation(nodes.client('orders'));
    const url = `${nodes.second.origin}/orders`;
    const first = await ping(conversation, 'once');
    expect(first.status).toBe(200);
    expect((await conversation.repeat(first, { url })).status).toBe(200);
    await expectHarmless(nodes, conversation, () => conversation.repeat(first, { url }), REPLAY);
  });

  test('of a request for a token', async () => {
    const conversation = await openConversation(nodes.client('orders'));
    await expectHarmless(nodes, conversation, () => conversation.repeat(conversation.opened), REPLAY);
  });

  test('of a request that was refused before: the signature tells it, not the octets', async () => {
    const conversation = await openConversation(nodes.client('orders'));
    const first = await ping(conversation, 'once');
    const octets = Buffer.from(
      first.request.octets.toString().replace('</soap:Header>', '<x xmlns="urn:x"/></soap:Header>'),
    );
    const resent = { ...first, request: { ...first.request, octets } };
    await expectHarmless(nodes, conversation, () => conversation.repeat(resent), REPLAY);
  });
});

/** An answer of ours, posted as if a client had written it. */
function reflected(answer: Reply): Reply {
  const type = String(answer.headers['content-type']);
  return { ...answer, request: { ...answer.request, octets: answer.octets, contentType: type, headers: {} } };
}

test.each(['1.1', '1.2'] as const)('SOAP %s: our own answer, come back as a request, to any node', async (soap) => {
  const conversation = await openConversation(nodes.client('orders', { soap }));
  const answer = reflected(await ping(conversation, 'x'));
  for (const { origin } of [nodes.first, nodes.second]) {
    const reflect = () => conversation.repeat(answer, { url: `${origin}/orders` });
    await expectHarmless(nodes, conversation, reflect, { fault: 'invalidSecurity', code: 'wss.reflection' });
  }
});

test('a secured fault of ours, come back as a request', async () => {
  const conversation = await openConversation(nodes.client('orders'));
  const fault = reflected(await ping(conversation, 'x', TAMPERING['header that must be understood']));
  const reflect = () => conversation.repeat(fault);
  await expectHarmless(nodes, conversation, reflect, { fault: 'invalidSecurity', code: 'wss.reflection' });
});

test('the answer that issued a token, come back as a request: it names no token', async () => {
  const conversation = await openConversation(nodes.client('orders'));
  const reflect = () => conversation.repeat(reflected(conversation.opened));
  await expectHarmless(nodes, conversation, reflect, { fault: 'badContextToken', code: 'token.missing' });
});

describe('a conversation that keeps failing', () => {
  const fail = (conversation: Conversation, node: Node): Promise<Reply> =>
    ping(conversation, 'x', TAMPERING['ciphertext has another bit'], node);

  test('is cut off on that node after twenty proofs, and on no other', async () => {
    const conversation = await openConversation(nodes.client('orders'));
    for (let failures = 0; failures < 20; failures++) {
      const reply = await fail(conversation, nodes.first);
      await expectRefused(nodes, reply, { fault: 'invalidSecurity', code: 'wss.decrypt' }, conversation.shape);
    }
    const cut: Refusal = { fault: 'badContextToken', code: 'token.failures' };
    // unread: what is wrong with it is not found any more, and what is right with it neither
    await expectRefused(nodes, await fail(conversation, nodes.first), cut, conversation.shape);
    await expectRefused(nodes, await ping(conversation, 'honest', {}, nodes.first), cut, conversation.shape);
    expect((await ping(conversation, 'honest', {}, nodes.second)).status).toBe(200);
    await expectServed(nodes, await openConversation(nodes.client('orders')));
  });

  test('counts no message that was proven: a replay, a clock that is wrong', async () => {
    const conversation = await openConversation(nodes.client('orders'));
    const first = await ping(conversation, 'once');
    for (let failures = 0; failures < 11; failures++) {
      await expectRefused(nodes, await conversation.repeat(first), REPLAY, conversation.shape);
      const stale = await ping(conversation, 'x', TAMPERING['timestamp has expired']);
      await expectRefused(nodes, stale, { fault: 'invalidSecurity', code: 'wss.timestamp' }, conversation.shape);
    }
    await expectServed(nodes, conversation);
  });
});

test('an EncryptedKey that was overheard is no oracle either: refused unread after twenty proofs', async () => {
  const conversation = await openConversation(nodes.client('orders'));
  const { opened, shape } = conversation;
  // the last ciphertext is the Body's
  const text = opened.request.octets.toString();
  const at = text.lastIndexOf('CipherValue>', text.lastIndexOf('CipherValue>') - 1) + 40;
  const octets = Buffer.from(`${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`);
  const altered = { ...opened, request: { ...opened.request, octets } };
  for (let failures = 0; failures < 20; failures++) {
    const reply = await conversation.repeat(altered);
    await expectRefused(nodes, reply, { fault: 'invalidSecurity', code: 'wss.decrypt' }, shape);
  }
  const cut: Refusal = { fault: 'invalidSecurity', code: 'wss.limit' };
  await expectRefused(nodes, await conversation.repeat(altered), cut, shape);
  await expectRefused(nodes, await conversation.repeat(opened), cut, shape);
  await expectServed(nodes, conversation);
  await expectServed(nodes, await openConversation(nodes.client('orders')));
});
