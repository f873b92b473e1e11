import { createServer, type Socket } from 'node:net';
import { GatewayError } from '../../src/errors.js';
import { AnswerCollector } from '../../src/forward/answer.js';
import { createExchange, type Exchanges, type UpstreamAnswer } from '../../src/forward/exchange.js';
import { createMetrics } from '../../src/observe/metrics.js';
import { systemRuntime } from '../../src/runtime.js';
import { type FakeUpstream, fakeUpstream, logLines, type PolicyParts, policy, until } from '../http/harness.js';

const ending: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

interface Raw {
  readonly url: string;
  /** What each connection sent, as far as it came. */
  readonly received: string[];
  /** Connections on which something was asked and that are still open: undici may have another in stock. */
  asking(): number;
}

/** An upstream that answers each request head with these octets, whatever they are; `then` acts on the socket afterwards. */
async function rawUpstream(answer: string, then: (socket: Socket) => void = () => {}): Promise<Raw> {
  const received: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const index = received.push('') - 1;
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received[index] += chunk.toString('latin1');
      if (!/\r\n\r\n[\s\S]*<m\/>/.test(received[index] ?? '')) return;
      socket.write(answer, 'latin1', () => then(socket));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ending.push(
    () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  );
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    asking: () => sockets.filter((socket, index) => received[index] !== '' && !socket.destroyed).length,
  };
}

/** An address that refuses connections. */
async function refusing(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

async function upstreamOf(...parts: Parameters<typeof fakeUpstream>): Promise<FakeUpstream> {
  const upstream = await fakeUpstream(...parts);
  ending.push(upstream.close);
  return upstream;
}

interface Subject extends Exchanges {
  post(options?: {
    signal?: AbortSignal;
    headers?: Record<string, string>;
    soapAction?: string;
  }): Promise<UpstreamAnswer>;
  readonly lines: Record<string, unknown>[];
  text(): Promise<string>;
}

function subject(parts: PolicyParts, timeouts = { connect: 500, response: 500 }, runtime = systemRuntime): Subject {
  const service = policy(parts);
  const { lines, log } = logLines();
  const metrics = createMetrics({ process: false });
  const exchanges = createExchange({ services: [service], timeouts, runtime, log, metrics });
  ending.push(exchanges.close);
  return {
    ...exchanges,
    lines,
    text: metrics.text,
    post: ({ signal = new AbortController().signal, headers = {}, soapAction } = {}) =>
      exchanges.exchange(service, {
        body: '<m/>',
        contentType: 'text/xml',
        headers,
        signal,
        requestId: 'r',
        ...(soapAction === undefined ? {} : { soapAction }),
      }),
  };
}

async function failure(promise: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GatewayError)) throw new Error(`no GatewayError: ${String(error)}`);
  return error;
}

test('posts once and gives the whole answer', async () => {
  const upstream = await upstreamOf((_, response) => {
    response.writeHead(500, {
      'Content-Type': 'text/xml; charset=utf-8',
      Connection: 'keep-alive, X-Hop',
      'X-Hop': '1',
      'X-App': ['1', '2'],
      'Set-Cookie': ['a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT', 'b=2'],
      'Cache-Control': 'private',
      'X-AspNet-Version': '4',
      ETag: '"x"',
    });
    response.write('<fault');
    setTimeout(() => response.end('/>'), 10);
  });
  const answer = await subject({ targets: [upstream.url] }).post({ soapAction: 'urn:a', headers: { 'x-a': '1' } });
  expect(answer).toMatchObject({
    status: 500,
    contentType: 'text/xml; charset=utf-8',
    target: upstream.url,
    retries: 0,
  });
  expect(answer.body.toString()).toBe('<fault/>');
  expect(answer.headers).toEqual({ 'x-app': '1, 2', 'cache-control': 'private' });
  expect(answer.setCookie).toEqual(['a=1; Expires=Wed, 21 Oct 2015 07:28:00 GMT', 'b=2']);
  expect(answer.duration).toBeGreaterThan(5);
  expect(upstream.requests).toHaveLength(1);
  expect(upstream.requests[0]).toMatchObject({
    url: '/orders',
    body: '<m/>',
    headers: {
      soapaction: '"urn:a"',
      'x-a': '1',
      'x-request-id': 'r',
      'content-length': '4',
      'accept-encoding': 'identity',
    },
  });
});

test('keeps connections, but one exchange at a time on each', async () => {
  const ports: (number | undefined)[] = [];
  const upstream = await upstreamOf((request, response) => {
    ports.push(request.socket.remotePort);
    setTimeout(() => response.end('<ok/>'), 20);
  });
  const { post } = subject({ targets: [upstream.url] });
  await Promise.all([post(), post(), post()]);
  expect(new Set(ports).size).toBe(3);
  // undici gives a connection back a moment after its answer
  await new Promise((resolve) => setTimeout(resolve, 20));
  await post();
  expect(new Set(ports).size).toBe(3);
});

const OK = 'HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 5\r\n\r\n<ok/>';

test.each<[string, string]>([
  ['interim answers before it', `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n${OK}`],
  ['octets beyond its length', `${OK}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<evil>`],
])('an answer with %s is the answer', async (_, text) => {
  const upstream = await rawUpstream(text);
  const { post } = subject({ targets: [upstream.url] });
  expect((await post()).body.toString()).toBe('<ok/>');
  // and what came beyond it is no answer to the next exchange
  expect((await post()).body.toString()).toBe('<ok/>');
});

test('an answer that the connection’s end delimits is whole at its end', async () => {
  const upstream = await rawUpstream('HTTP/1.0 200 OK\r\n\r\n<ok/>', (socket) => socket.end());
  expect((await subject({ targets: [upstream.url] }).post()).body.toString()).toBe('<ok/>');
});

test.each<[string, string, string, ((socket: Socket) => void)?]>([
  ['closes before an answer', '', 'upstream.unreachable', (socket) => socket.destroy()],
  ['resets before an answer', '', 'upstream.unreachable', (socket) => socket.resetAndDestroy()],
  ['closes in the head', 'HTTP/1.1 200 OK\r\nContent-Ty', 'upstream.unreachable', (socket) => socket.end()],
  ['closes in the body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<ok/>', 'upstream.unreachable', (s) => s.end()],
  [
    'resets in the body',
    'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<ok/>',
    'upstream.unreachable',
    (s) => s.resetAndDestroy(),
  ],
  [
    'closes in a chunk',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n<ok/>',
    'upstream.unreachable',
    (s) => s.end(),
  ],
  [
    'closes before the last chunk',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<ok/>\r\n',
    'upstream.unreachable',
    (s) => s.end(),
  ],
  ['speaks no HTTP', 'SSH-2.0-OpenSSH_9\r\n', 'upstream.answer'],
  [
    'announces two lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n<ok/>',
    'upstream.answer',
  ],
  [
    'frames its answer twice',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'upstream.answer',
  ],
  [
    'switches protocols unasked',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    'upstream.unreachable',
  ],
  ['says 100 unasked', `HTTP/1.1 100 Continue\r\n\r\n${OK}`, 'upstream.unreachable'],
  ['floods with interim answers', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(40) + OK, 'upstream.answer'],
  ['sends a head without end', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(100_000)}`, 'upstream.answer'],
  [
    'encodes unasked',
    'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n',
    'upstream.answer',
  ],
  ['announces too much', 'HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n', 'upstream.too-large'],
  [
    'sends too much',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n${'x'.repeat(65_537)}\r\n0\r\n\r\n`,
    'upstream.too-large',
  ],
  ['sends without end', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(65_537)}`, 'upstream.too-large'],
  ['says nothing', '', 'upstream.timeout'],
  ['stops in the head', 'HTTP/1.1 200 OK\r\nContent-Ty', 'upstream.timeout'],
  ['stops in the body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<ok/>', 'upstream.timeout'],
])('an upstream that %s is an error, and is not asked again', async (_, text, code, then = () => {}) => {
  const upstream = await rawUpstream(text, then);
  const other = await upstreamOf();
  const { post } = subject({ targets: [upstream.url, other.url] });
  const error = await failure(post());
  expect(error.code).toBe(code);
  expect(error.details).toMatchObject({ upstream: upstream.url, retries: 0 });
  await until(() => upstream.asking() === 0);
  expect(upstream.received.filter((sent) => sent !== '')).toHaveLength(1);
  expect(other.requests).toEqual([]);
});

test('an answer that trickles does not stretch the deadline', async () => {
  const upstream = await upstreamOf((_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  });
  const started = performance.now();
  expect((await failure(subject({ targets: [upstream.url] }).post())).code).toBe('upstream.timeout');
  expect(performance.now() - started).toBeLessThan(900);
  await until(() => upstream.open() === 0);
});

test('an answer of the limit passes', async () => {
  const upstream = await upstreamOf((_, response) => response.end('x'.repeat(65_536)));
  expect((await subject({ targets: [upstream.url] }).post()).body).toHaveLength(65_536);
});

test('a target that refuses connections is passed over, once, and nothing is sent twice', async () => {
  const upstream = await upstreamOf();
  const { post, text } = subject({ targets: [await refusing(), upstream.url] });
  const answers = [await post(), await post(), await post()];
  expect(answers.map(({ target }) => target)).toEqual([upstream.url, upstream.url, upstream.url]);
  expect(answers.reduce((sum, { retries }) => sum + retries, 0)).toBeGreaterThan(0);
  expect(upstream.requests).toHaveLength(3);
  expect(await text()).toMatch(/sct_gateway_upstream_retries_total [12]\n/);
});

test('two targets that refuse are an error after two tries', async () => {
  const targets = [await refusing(), await refusing(), await refusing()];
  const error = await failure(subject({ targets }).post());
  expect(error.code).toBe('upstream.unreachable');
  expect(error.details).toMatchObject({ reason: 'ECONNREFUSED', sent: false, retries: 1 });
});

test.each([
  ['UND_ERR_CONNECT_TIMEOUT', 'upstream.timeout'],
  ['ECONNREFUSED', 'upstream.unreachable'],
  ['ENOTFOUND', 'upstream.unreachable'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'upstream.unreachable'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'upstream.unreachable'],
])('a connection that ends in %s before a byte was sent is %s', (reason, code) => {
  const results: unknown[] = [];
  const collector = new AnswerCollector(10, (result) => results.push(result));
  collector.onResponseError(undefined, Object.assign(new Error('no'), { code: reason }));
  expect(results).toEqual([expect.objectContaining({ code, details: { reason, sent: false } })]);
  expect(collector.sent).toBe(false);
});

test('a header that could not be sent is an error of ours, not of the upstream', async () => {
  const upstream = await upstreamOf();
  const { post } = subject({ targets: [upstream.url] });
  expect((await failure(post({ headers: { 'x-a': 'a\r\nx-b: c' } }))).code).toBe('internal');
  expect((await failure(post({ soapAction: 'urn:ż' }))).code).toBe('internal');
  expect(upstream.requests).toEqual([]);
});

describe('a client that leaves', () => {
  test.each([
    ['before the first octet of the answer', ''],
    ['after the first octets of the answer', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<ok/>'],
  ])('%s leaves no exchange open', async (_, text) => {
    const upstream = await rawUpstream(text);
    const client = new AbortController();
    const { post } = subject({ targets: [upstream.url] });
    const posted = failure(post({ signal: client.signal }));
    await until(() => upstream.received.some((sent) => sent.includes('<m/>')));
    await new Promise((resolve) => setTimeout(resolve, 30));
    client.abort();
    expect((await posted).code).toBe('client.gone');
    await until(() => upstream.asking() === 0);
  });

  test('before the exchange starts none', async () => {
    const upstream = await rawUpstream('');
    const { post } = subject({ targets: [upstream.url] });
    expect((await failure(post({ signal: AbortSignal.abort() }))).code).toBe('client.gone');
    expect(upstream.received).toEqual([]);
  });

  test('while the connection is being made sends nothing', async () => {
    const upstream = await rawUpstream('');
    const client = new AbortController();
    const { post } = subject({ targets: [upstream.url] });
    const posted = failure(post({ signal: client.signal }));
    client.abort();
    expect((await posted).code).toBe('client.gone');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(upstream.received.join('')).toBe('');
  });
});

test('what goes in flight comes out of it', async () => {
  const upstream = await upstreamOf();
  const { post, text } = subject({ targets: [upstream.url] });
  await post();
  await failure(post({ signal: AbortSignal.abort() }));
  expect(await text()).toMatch(/upstream_requests_total\{route="orders",upstream="[^"]+",status="200"\} 1\n/);
});
