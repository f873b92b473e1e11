import { request as httpRequest } from 'node:http';
import { AnswerError, type Conversation, type Overrides, openConversation } from '../client/index.js';
import { raw, statuses } from '../http/raw.js';
import { type Line, type Nodes, startNodes } from './nodes.js';
import { expectHarmless, expectServed, ping, type Refusal } from './refusal.js';

/** What is wrong with a message before a word of it is read, and what HTTP says otherwise than the message. */

let nodes: Nodes;
beforeAll(async () => {
  nodes = await startNodes({ timeouts: { response: '1s', request: '1s', headers: '1s' } });
});
afterAll(() => nodes?.stop());

const OTHER = 'urn:example:another-action';
const ACTION: Refusal = { fault: 'actionNotSupported', code: 'soap.action' };
const MALFORMED: Refusal = { fault: 'malformed', code: 'xml.malformed' };
const ENCODING: Refusal = { fault: 'malformed', code: 'xml.encoding' };

describe.each(['1.2', '1.1'] as const)('SOAP %s', (soap) => {
  const is12 = soap === '1.2';
  const type = is12 ? 'application/soap+xml' : 'text/xml';
  const stated: Readonly<Record<string, readonly [Refusal, Overrides]>> = {
    'another SOAPAction than the signed Action': [ACTION, { headers: { SOAPAction: `"${OTHER}"` } }],
    'a SOAPAction without quotes that is another': [ACTION, { headers: { SOAPAction: OTHER } }],
    ...(is12 && {
      'another action parameter': [ACTION, { contentType: `${type}; charset=utf-8; action="${OTHER}"` }],
    }),
    'a charset that is not read': [ENCODING, { contentType: `${type}; charset=iso-8859-1` }],
    'a charset that is not the octets’': [ENCODING, { contentType: `${type}; charset=utf-16` }],
    'a declaration of another encoding': [
      ENCODING,
      { octets: (text) => `<?xml version="1.0" encoding="ISO-8859-1"?>${text}` },
    ],
    // without its mark it is UTF-8 with a NUL after each character
    'UTF-16 without a mark': [MALFORMED, { octets: (text) => Buffer.from(text, 'utf16le') }],
    'XML 1.1': [MALFORMED, { octets: (text) => `<?xml version="1.1"?>${text}` }],
  };

  test.each(Object.entries(stated))('%s', async (_name, [refusal, overrides]) => {
    const conversation = await openConversation(nodes.client('orders', { soap }));
    await expectHarmless(nodes, conversation, () => ping(conversation, 'x', overrides), refusal);
  });

  test('UTF-16 with its mark is read', async () => {
    const conversation = await openConversation(nodes.client('orders', { soap }));
    const octets = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
    const reply = await ping(conversation, 'x', { octets, contentType: `${type}; charset=utf-16` });
    expect(reply).toMatchObject({ status: 200, secured: true });
  });
});

/** Refused before it is a message: no SOAP in the answer. */
async function expectPlainRefusal(overrides: Overrides, status: number, code: string): Promise<void> {
  const conversation = await openConversation(nodes.client('orders'));
  const before = nodes.upstream.seen.length;
  await expect(ping(conversation, 'x', overrides)).rejects.toThrow(AnswerError);
  const answer = nodes.answers.at(-1)!;
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(await nodes.logged(answer)).toMatchObject({ code, outcome: 'refused', policy: 'orders', status });
  expect(nodes.upstream.seen).toHaveLength(before);
  await expectServed(nodes, conversation);
}

test.each([
  ['no media type of SOAP', { contentType: 'application/json' }, 415, 'media type'],
  ['a form', { contentType: 'application/x-www-form-urlencoded' }, 415, 'media type'],
  ['attachments', { contentType: 'multipart/related; type="application/xop+xml"' }, 415, 'media type'],
  ['two media types', { contentType: 'text/xml, application/soap+xml' }, 415, 'content-type'],
  ['a charset twice', { contentType: 'text/xml; charset=utf-8; charset=utf-16' }, 415, 'content-type'],
  ['a compressed body', { headers: { 'Content-Encoding': 'gzip' } }, 415, 'content-encoding'],
  ['half a quoted SOAPAction', { headers: { SOAPAction: '"half' } }, 400, 'SOAPAction'],
] as const)('%s', (_name, overrides, status, code) => expectPlainRefusal(overrides, status, code));

describe('an envelope of the other version than the media type', () => {
  test.each([
    ['1.2', 'text/xml'],
    ['1.1', 'application/soap+xml'],
  ] as const)('SOAP %s as %s: VersionMismatch, in the envelope’s own version', async (soap, contentType) => {
    const conversation = await openConversation(nodes.client('orders', { soap }));
    const versionMismatch: Refusal = { fault: 'versionMismatch', code: 'soap.version' };
    await expectHarmless(nodes, conversation, () => ping(conversation, 'x', { contentType }), versionMismatch);
  });
});

interface Outcome {
  readonly status: number;
  readonly text: string;
  readonly sent: number;
}

/** Writes a body piece by piece until it is answered or cut. */
function pour(url: string, announced: number | undefined, total: number): Promise<Outcome> {
  const piece = Buffer.alloc(65_536, 0x20);
  return new Promise((resolve, reject) => {
    let sent = 0;
    let answered = false;
    const headers = { 'content-type': 'application/soap+xml', ...(announced && { 'content-length': announced }) };
    const request = httpRequest(url, { method: 'POST', headers, agent: false }, (response) => {
      answered = true;
      let text = '';
      response.on('data', (data: Buffer) => {
        text += data;
      });
      response.on('end', () => {
        request.destroy();
        resolve({ status: response.statusCode ?? 0, text, sent });
      });
    });
    request.on('error', (error) => (answered ? undefined : reject(error)));
    const write = (): void => {
      while (!answered && sent < total) {
        sent += piece.length;
        if (!request.write(piece)) {
          request.once('drain', write);
          return;
        }
      }
    };
    write();
  });
}

describe('a body', () => {
  const MIB = 1_048_576;
  let conversation: Conversation;
  beforeAll(async () => {
    conversation = await openConversation(nodes.client('orders'));
  });

  const lastLine = async (): Promise<Line> => {
    const refused = nodes.first.lines.filter(({ event, code }) => event === 'request' && code === 'http.too-large');
    return refused.at(-1)!;
  };

  test.each([
    ['of 50 MB, as announced', 50 * MIB],
    ['that never ends', undefined],
  ] as const)('%s: refused before it is read', async (_name, announced) => {
    const before = nodes.upstream.seen.length;
    const { status, text, sent } = await pour(conversation.options.url, announced, 50 * MIB);
    expect(status).toBe(413);
    expect(text).toContain('<s:Value>s:Sender</s:Value>');
    expect(text).toContain('The message is too large.');
    // what comes after the answer is thrown away for a while, so that the client reads it
    expect(sent).toBeLessThan(25 * MIB);
    expect(nodes.upstream.seen).toHaveLength(before);
    await expectServed(nodes, conversation);
    expect(await lastLine()).toMatchObject({ status: 413, outcome: 'fault', policy: 'orders' });
  });

  test("over the service's own limit, and within the gateway's", async () => {
    const archive = await openConversation(nodes.client('archive', { version: '1.3' }));
    const tooLarge: Refusal = { fault: 'tooLarge', code: 'http.too-large' };
    await expectHarmless(nodes, archive, () => ping(archive, 'x'.repeat(40_000)), tooLarge);
  });

  test('that stops coming is waited for no longer than the policy says', async () => {
    const port = Number(new URL(nodes.first.origin).port);
    const head = 'POST /orders HTTP/1.1\r\nHost: gateway\r\nContent-Type: text/xml\r\nContent-Length: 1000\r\n\r\n';
    const { text, closed } = await raw(port, `${head}<Envelope`, 5_000);
    expect(closed).toBe(true);
    expect(statuses(text)).toEqual([408]);
    expect(nodes.first.lines).toContainEqual(
      expect.objectContaining({ event: 'request.refused', code: 'ERR_HTTP_REQUEST_TIMEOUT' }),
    );
    await expectServed(nodes, conversation);
  });
});

test.each(['GET', 'PUT', 'DELETE'])('%s of a path where SOAP is served', async (method) => {
  const before = nodes.upstream.seen.length;
  const answer = await fetch(`${nodes.first.origin}/orders`, { method });
  expect({ status: answer.status, allow: answer.headers.get('allow') }).toEqual({ status: 405, allow: 'POST' });
  expect(nodes.upstream.seen).toHaveLength(before);
});

test('more in work than is allowed: refused at once, and told when to come again', async () => {
  const busy = await startNodes({ limits: { inFlight: 1 } });
  try {
    const conversation = await openConversation(busy.client('orders'));
    busy.upstream.behave('hang');
    const first = ping(conversation, 'slow');
    while (busy.upstream.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    const reply = await ping(conversation, 'x');
    expect({ status: reply.status, code: reply.fault?.code, reason: reply.fault?.reason }).toEqual({
      status: 503,
      code: '{http://www.w3.org/2003/05/soap-envelope}Receiver',
      reason: 'The service is too busy.',
    });
    expect(reply.headers['retry-after']).toBe('1');
    expect(await busy.logged(reply)).toMatchObject({ code: 'http.overloaded', outcome: 'fault' });
    expect((await first).status).toBe(504);
    busy.upstream.behave('ping');
    await expectServed(busy, conversation);
  } finally {
    await busy.stop();
  }
});
