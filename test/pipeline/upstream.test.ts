import { type Fault, openConversation, type Shape } from '../client/index.js';
import { envelope, PING_ACTION, SOAP } from '../upstream/index.js';
import { faultIn, statusOf } from './faults.js';
import { type Nodes, startNodes } from './nodes.js';
import { expectRefused, expectServed, ping, type Refusal } from './refusal.js';

/** What the service does badly is told to the client under the conversation's key, and the conversation goes on. */

let nodes: Nodes;
beforeAll(async () => {
  nodes = await startNodes();
});
afterAll(() => nodes?.stop());
afterEach(() => nodes.upstream.behave('ping'));

const SPOKEN: readonly Partial<Shape>[] = [{ soap: '1.2' }, { soap: '1.1', version: '1.3' }];
const secured = (fault: Refusal['fault'], code: string): Refusal => ({ fault, code, secured: true });

describe.each(SPOKEN)('in SOAP $soap', (spoken) => {
  test.each([
    ['html', secured('badGateway', 'upstream.answer')],
    ['cut', secured('badGateway', 'upstream.unreachable')],
    ['hang', secured('gatewayTimeout', 'upstream.timeout')],
  ] as const)('%s', async (behaviour, refusal) => {
    const conversation = await openConversation(nodes.client('orders', spoken));
    const before = nodes.upstream.seen.length;
    nodes.upstream.behave(behaviour);
    const reply = await ping(conversation, 'x');
    await expectRefused(nodes, reply, refusal, conversation.shape);
    // bug: who had called stood in the log of good answers alone
    expect(await nodes.logged(reply)).toMatchObject({
      upstream: nodes.upstream.origin,
      policy: 'orders',
      user: 'anonymous',
      auth_method: 'anonymous',
      context: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    // what may have been taken is never sent again
    expect(nodes.upstream.seen).toHaveLength(before + 1);
    nodes.upstream.behave('ping');
    await expectServed(nodes, conversation);
  });

  test('nobody listens', async () => {
    const conversation = await openConversation(nodes.client('abandoned', spoken));
    for (const node of [nodes.first, nodes.second]) {
      const reply = await ping(conversation, 'x', {}, node);
      await expectRefused(nodes, reply, secured('badGateway', 'upstream.unreachable'), conversation.shape);
    }
  });

  test("the service's own fault, with its status", async () => {
    const conversation = await openConversation(nodes.client('orders', spoken));
    nodes.upstream.behave('fault');
    const reply = await ping(conversation, 'x');
    const { soap } = conversation.shape;
    const code = `{${SOAP[soap].namespace}}${soap === '1.1' ? 'Client' : 'Sender'}`;
    const fault: Fault = { code, subcode: soap === '1.1' ? code : undefined, reason: 'the order is unknown' };
    expect(reply).toMatchObject({ status: 500, secured: true, fault });
    expect(reply.answer?.addressing).toMatchObject({
      Action: 'http://www.w3.org/2005/08/addressing/soap/fault',
      RelatesTo: reply.request.messageId,
    });
    expect(await nodes.logged(reply)).toMatchObject({ upstream_status: 500, user: 'anonymous', outcome: 'fault' });
    nodes.upstream.behave('ping');
    await expectServed(nodes, conversation);
  });
});

const GOOD = envelope('1.2', '<done/>');
const TYPE = SOAP['1.2'].mediaType;

test.each([
  ['nothing', 200, TYPE, ''],
  ['no media type', 200, undefined, GOOD],
  ['another media type', 200, 'application/json', '{}'],
  ['another version of SOAP', 200, SOAP['1.1'].mediaType, envelope('1.1', '<done/>')],
  ['a DTD', 200, TYPE, `<!DOCTYPE x>${GOOD}`],
  ['a processing instruction', 200, TYPE, `<?x y?>${GOOD}`],
  ['half a message in a whole answer', 200, TYPE, GOOD.slice(0, -9)],
  ['two Bodies', 200, TYPE, GOOD.replace('</s:Envelope>', '<s:Body/></s:Envelope>')],
  ['another charset than is read', 200, `${TYPE}; charset=iso-8859-1`, GOOD],
  ['no SOAP', 200, TYPE, '<html/>'],
])('the service answers %s', async (_what, status, contentType, body) => {
  const conversation = await openConversation(nodes.client('odd'));
  nodes.answerOddly(status, contentType, body);
  const reply = await ping(conversation, 'x');
  await expectRefused(nodes, reply, secured('badGateway', 'upstream.answer'), conversation.shape);
  expect(reply.octets.toString()).not.toContain('html');
  nodes.answerOddly(200, TYPE, GOOD);
  for (const node of [nodes.first, nodes.second]) {
    expect(await ping(conversation, 'x', {}, node)).toMatchObject({ status: 200, secured: true, body: '<done/>' });
  }
});

test.each([202, 204])('a one-way message, which the service takes with %i and nothing else', async (status) => {
  const conversation = await openConversation(nodes.client('odd'));
  nodes.answerOddly(status, undefined, '');
  const reply = await ping(conversation, 'x');
  expect({ status: reply.status, length: reply.octets.length }).toEqual({ status: 202, length: 0 });
  expect(await nodes.logged(reply)).toMatchObject({ outcome: 'ok', upstream_status: status });
});

test.each([400, 403, 500])('a message with status %i is passed on with it', async (status) => {
  const conversation = await openConversation(nodes.client('odd'));
  nodes.answerOddly(status, TYPE, GOOD);
  expect(await ping(conversation, 'x')).toMatchObject({ status, secured: true, body: '<done/>' });
});

test('the service reads wsa:Action as SOAPAction, or as the action parameter', async () => {
  for (const spoken of SPOKEN) {
    const conversation = await openConversation(nodes.client('orders', { ...spoken, style: 'mono' }));
    await expectServed(nodes, conversation);
    const { headers } = nodes.upstream.seen.at(-1)!;
    const is11 = spoken.soap === '1.1';
    expect(headers.soapaction).toBe(is11 ? `"${PING_ACTION}"` : undefined);
    const type = is11 ? 'text/xml; charset=utf-8' : `${TYPE}; charset=utf-8; action="${PING_ACTION}"`;
    expect(headers['content-type']).toBe(type);
  }
});

test('a client that leaves has the exchange cut, and the conversation goes on', async () => {
  const conversation = await openConversation(nodes.client('orders'));
  const honest = await ping(conversation, 'first');
  nodes.upstream.behave('hang');
  const { octets, contentType, headers } = honest.request;
  const leaving = new AbortController();
  const before = nodes.upstream.seen.length;
  const sent = fetch(`${nodes.second.origin}/orders`, {
    method: 'POST',
    headers: { ...headers, 'content-type': contentType },
    body: new Uint8Array(octets),
    signal: leaving.signal,
  });
  while (nodes.upstream.seen.length === before) await new Promise((resolve) => setTimeout(resolve, 2));
  leaving.abort();
  await expect(sent).rejects.toThrow(/abort/);
  nodes.upstream.behave('ping');
  await expectServed(nodes, conversation);
  expect(nodes.second.lines).toContainEqual(expect.objectContaining({ event: 'request', outcome: 'gone', status: 0 }));
});

test('the fault says nothing of the upstream', async () => {
  const conversation = await openConversation(nodes.client('abandoned'));
  const reply = await ping(conversation, 'x');
  expect(reply.fault).toEqual(faultIn(conversation.shape, 'badGateway'));
  expect(reply.status).toBe(statusOf('badGateway'));
  expect(`${reply.body} ${JSON.stringify(reply.headers)}`).not.toMatch(/127\.0\.0\.1|ECONN|upstream/i);
});
