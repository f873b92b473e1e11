import { type FakeUpstream, fakeUpstream, type Gateway, policy, startGateway, until } from './harness.js';
import { raw, statuses } from './raw.js';

/**
 * What llhttp, we and an upstream could read in different ways (security.md H1, H2, H6): each either refused, with the
 * connection closed, or exactly one request at the upstream with exactly the body that was meant.
 */

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await fakeUpstream();
  gateway = await startGateway({
    services: [
      policy({
        targets: [upstream.url],
        passthrough: { paths: ['/orders', '/help/*'], methods: ['GET', 'HEAD'] },
      }),
    ],
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});
beforeEach(() => {
  upstream.requests.length = 0;
});

const H = 'Host: a\r\n';
const X = 'Content-Type: text/xml\r\n';
const POST = `POST /orders HTTP/1.1\r\n${H}${X}`;
const SMUGGLED = `GET /orders?smuggled HTTP/1.1\r\n${H}\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const NAMES_101 = Array.from({ length: 99 }, (_, i) => `X-${i}: 1\r\n`).join('');

test.each<[string, string, number]>([
  // framing
  ['CL.TE', `${POST}Content-Length: 6\r\n${CHUNKED}\r\n0\r\n\r\nG${SMUGGLED}`, 400],
  ['TE.CL', `${POST}${CHUNKED}Content-Length: 4\r\n\r\n5c\r\n${SMUGGLED}0\r\n\r\n`, 400],
  ['TE.TE, the second unknown', `${POST}${CHUNKED}Transfer-Encoding: x\r\n\r\n0\r\n\r\n${SMUGGLED}`, 400],
  ['TE.TE, the first unknown', `${POST}Transfer-Encoding: x\r\n${CHUNKED}\r\n0\r\n\r\n`, 400],
  ['TE twice', `${POST}${CHUNKED}${CHUNKED}\r\n0\r\n\r\n`, 400],
  ['TE gzip, chunked', `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 400],
  ['TE chunked, identity', `${POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`, 400],
  ['TE identity', `${POST}Transfer-Encoding: identity\r\n\r\n${SMUGGLED}`, 400],
  ['TE xchunked', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 400],
  ['TE "chunked"', `${POST}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n`, 400],
  ['TE with a vertical tab', `${POST}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`, 400],
  ['TE with a space before the colon', `${POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`, 400],
  ['TE folded', `${POST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`, 400],
  ['CL twice, different', `${POST}Content-Length: 4\r\nContent-Length: 5\r\n\r\n<m/>\n`, 400],
  ['CL twice, the same', `${POST}Content-Length: 4\r\nContent-Length: 4\r\n\r\n<m/>`, 400],
  ['CL list', `${POST}Content-Length: 4, 4\r\n\r\n<m/>`, 400],
  ['CL signed', `${POST}Content-Length: +4\r\n\r\n<m/>`, 400],
  ['CL negative', `${POST}Content-Length: -4\r\n\r\n<m/>`, 400],
  ['CL hexadecimal', `${POST}Content-Length: 0x4\r\n\r\n<m/>`, 400],
  ['CL with a fraction', `${POST}Content-Length: 4.0\r\n\r\n<m/>`, 400],
  ['CL empty', `${POST}Content-Length:\r\n\r\n`, 400],
  ['CL beyond 64 bits', `${POST}Content-Length: 99999999999999999999\r\n\r\n`, 400],
  ['CL with a space inside', `${POST}Content-Length: 1 0\r\n\r\n0123456789`, 400],
  ['CL with a space before the colon', `${POST}Content-Length : 4\r\n\r\n<m/>`, 400],
  ['chunk size not hexadecimal', `${POST}${CHUNKED}\r\nzz\r\n`, 400],
  ['chunk size signed', `${POST}${CHUNKED}\r\n+4\r\n<m/>\r\n0\r\n\r\n`, 400],
  ['chunk size 0x4', `${POST}${CHUNKED}\r\n0x4\r\n<m/>\r\n0\r\n\r\n`, 400],
  ['chunk size beyond 64 bits', `${POST}${CHUNKED}\r\nfffffffffffffffff\r\n`, 400],
  ['chunk longer than its size', `${POST}${CHUNKED}\r\n3\r\n<m/>\r\n0\r\n\r\n`, 400],
  ['chunk ended by a bare LF', `${POST}${CHUNKED}\r\n4\n<m/>\n0\n\n`, 400],
  ['chunk extension with a bare LF', `${POST}${CHUNKED}\r\n4;a\n<m/>\r\n0\r\n\r\n`, 400],
  ['chunk extensions without end', `${POST}${CHUNKED}\r\n4;${'a'.repeat(20_000)}\r\n`, 413],
  // HTTP/1.0 has no transfer codings
  ['HTTP/1.0 with TE', `POST /orders HTTP/1.0\r\n${H}${X}${CHUNKED}\r\n0\r\n\r\n${SMUGGLED}`, 400],
  [
    'HTTP/1.0 with TE and keep-alive',
    `POST /orders HTTP/1.0\r\n${H}${X}Connection: keep-alive\r\n${CHUNKED}\r\n0\r\n\r\n`,
    400,
  ],
  // bodies where there are none
  ['GET with a body', `GET /orders HTTP/1.1\r\n${H}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`, 400],
  ['GET chunked', `GET /orders HTTP/1.1\r\n${H}${CHUNKED}\r\n0\r\n\r\n${SMUGGLED}`, 400],
  ['HEAD with a body', `HEAD /orders HTTP/1.1\r\n${H}Content-Length: 4\r\n\r\n<m/>`, 400],
  ['DELETE chunked', `DELETE /orders HTTP/1.1\r\n${H}${CHUNKED}\r\n1f\r\n${SMUGGLED}\r\n0\r\n\r\n`, 400],
  ['OPTIONS chunked', `OPTIONS /orders HTTP/1.1\r\n${H}${CHUNKED}\r\n1f\r\n${SMUGGLED}\r\n0\r\n\r\n`, 400],
  ['DELETE with a body', `DELETE /orders HTTP/1.1\r\n${H}Content-Length: 4\r\n\r\n<m/>`, 400],
  // request line
  ['method unknown', `FOO /orders HTTP/1.1\r\n${H}\r\n`, 400],
  ['method in lower case', `post /orders HTTP/1.1\r\n${H}${X}Content-Length: 4\r\n\r\n<m/>`, 400],
  ['HTTP/2.0', `GET /orders HTTP/2.0\r\n${H}\r\n`, 505],
  ['HTTP/0.9 with a version', `GET /orders HTTP/0.9\r\n${H}\r\n`, 505],
  ['HTTP/1.2', `GET /orders HTTP/1.2\r\n${H}\r\n`, 400],
  ['no version', 'GET /orders\r\n\r\n', 505],
  ['a space in the target', `GET /orders HTTP/1.1 HTTP/1.1\r\n${H}\r\n`, 400],
  ['a tab for a space', `GET\t/orders\tHTTP/1.1\r\n${H}\r\n`, 400],
  ['absolute form of another host', `GET http://b/orders HTTP/1.1\r\n${H}\r\n`, 400],
  ['absolute form with a user', `GET http://b@a/orders HTTP/1.1\r\n${H}\r\n`, 400],
  ['absolute form of another scheme', `GET ftp://a/orders HTTP/1.1\r\n${H}\r\n`, 400],
  ['authority form', `GET a:80 HTTP/1.1\r\n${H}\r\n`, 400],
  ['asterisk form', `OPTIONS * HTTP/1.1\r\n${H}\r\n`, 405],
  ['CONNECT', `CONNECT a:80 HTTP/1.1\r\n${H}\r\n`, 405],
  ['a fragment in the target', `GET /orders#x HTTP/1.1\r\n${H}\r\n`, 400],
  ['a backslash in the target', `GET /orders\\x HTTP/1.1\r\n${H}\r\n`, 400],
  ['a high octet in the target', `GET /orders?\xe9 HTTP/1.1\r\n${H}\r\n`, 400],
  ['NUL in the target', `GET /orders\0 HTTP/1.1\r\n${H}\r\n`, 400],
  ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  // header lines
  ['no Host', 'GET /orders HTTP/1.1\r\n\r\n', 400],
  ['two Hosts', `GET /orders HTTP/1.1\r\n${H}Host: b\r\n\r\n`, 400],
  ['two Hosts, the same', `GET /orders HTTP/1.1\r\n${H}${H}\r\n`, 400],
  ['Host with a path', 'GET /orders HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
  ['Host with a list', 'GET /orders HTTP/1.1\r\nHost: a, b\r\n\r\n', 400],
  ['Host empty', 'GET /orders HTTP/1.1\r\nHost:\r\n\r\n', 400],
  ['a folded line', `${POST}X-A: 1\r\n 2\r\nContent-Length: 4\r\n\r\n<m/>`, 400],
  ['a folded line before all', `POST /orders HTTP/1.1\r\n X: 1\r\n${H}\r\n`, 400],
  ['a space before the colon', `GET /orders HTTP/1.1\r\nHost : a\r\n\r\n`, 400],
  ['no name', `GET /orders HTTP/1.1\r\n${H}: x\r\n\r\n`, 400],
  ['no colon', `GET /orders HTTP/1.1\r\n${H}X\r\n\r\n`, 400],
  ['NUL in a value', `GET /orders HTTP/1.1\r\n${H}X: a\0b\r\n\r\n`, 400],
  ['a bare CR in a value', `GET /orders HTTP/1.1\r\n${H}X: a\rY: b\r\n\r\n`, 400],
  ['a bare CR ends the head', `GET /orders HTTP/1.1\r\n${H}X: a\r\rGET /help/x HTTP/1.1\r\n${H}\r\n`, 400],
  ['a control in a name', `GET /orders HTTP/1.1\r\n${H}X\x01: a\r\n\r\n`, 400],
  ['two Content-Types', `${POST}Content-Type: application/soap+xml\r\nContent-Length: 4\r\n\r\n<m/>`, 400],
  ['two SOAPActions', `${POST}SOAPAction: "a"\r\nsoapaction: "b"\r\nContent-Length: 4\r\n\r\n<m/>`, 400],
  ['two Authorizations', `${POST}Authorization: a\r\nAuthorization: b\r\nContent-Length: 4\r\n\r\n<m/>`, 400],
  ['101 header lines', `GET /orders HTTP/1.1\r\n${H}Accept: x\r\n${NAMES_101}\r\n`, 400],
  ['header lines beyond the octets', `GET /orders HTTP/1.1\r\n${H}X: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ['Upgrade: websocket', `GET /orders HTTP/1.1\r\n${H}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`, 400],
  [
    'Upgrade: h2c, websocket',
    `GET /orders HTTP/1.1\r\n${H}Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n\r\n`,
    400,
  ],
])('%s is refused, and the connection closed', async (_, request, status) => {
  const { text, closed } = await raw(gateway.port, request, 1_000);
  expect(statuses(text)).toEqual([status]);
  expect(text).toMatch(/^Connection: close\r$/m);
  expect(closed).toBe(true);
  expect(upstream.requests).toEqual([]);
});

test('an Expect that is not 100-continue is refused', async () => {
  const { text } = await raw(gateway.port, `${POST}Expect: 200-ok\r\nContent-Length: 4\r\n\r\n<m/>`);
  expect(statuses(text)[0]).toBe(417);
  expect(upstream.requests).toEqual([]);
});

test.each<[string, string, string]>([
  ['a length', `${POST}Content-Length: 4\r\n\r\n<m/>`, '<m/>'],
  ['chunks', `${POST}${CHUNKED}\r\n1\r\n<\r\n3\r\nm/>\r\n0\r\n\r\n`, '<m/>'],
  [
    'chunks with extensions and trailers',
    `${POST}${CHUNKED}\r\n4;a=b\r\n<m/>\r\n0\r\nX-Remote-User: eve\r\nHost: b\r\n\r\n`,
    '<m/>',
  ],
  ['CHUNKED', `${POST}Transfer-Encoding: CHUNKED\r\n\r\n4\r\n<m/>\r\n0\r\n\r\n`, '<m/>'],
  ['HTTP/1.0', `POST /orders HTTP/1.0\r\n${X}Content-Length: 4\r\n\r\n<m/>`, '<m/>'],
  ['two spaces in the request line', `POST  /orders HTTP/1.1\r\n${H}${X}Content-Length: 4\r\n\r\n<m/>`, '<m/>'],
  [
    'the absolute form of its own host',
    `POST http://A/orders HTTP/1.1\r\n${H}${X}Content-Length: 4\r\n\r\n<m/>`,
    '<m/>',
  ],
  ['an empty line before it', `\r\n${POST}Content-Length: 4\r\n\r\n<m/>`, '<m/>'],
  [
    'a request that looks like one in its body',
    `${POST}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    SMUGGLED,
  ],
  [
    'an offer of h2c, as Java makes',
    `${POST}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEA\r\nContent-Length: 4\r\n\r\n<m/>`,
    '<m/>',
  ],
  [
    '100 header lines',
    `${POST}Content-Length: 4\r\n${NAMES_101.split('\r\n').slice(0, 97).join('\r\n')}\r\n\r\n<m/>`,
    '<m/>',
  ],
])('with %s it is one request at the upstream', async (_, request, body) => {
  const { text } = await raw(gateway.port, request);
  expect(statuses(text)).toEqual([200]);
  expect(upstream.requests).toHaveLength(1);
  const [received] = upstream.requests;
  expect(received?.body).toBe(body);
  expect(received?.headers['content-length']).toBe(String(body.length));
  for (const name of ['transfer-encoding', 'upgrade', 'http2-settings', 'trailer', 'expect']) {
    expect(received?.headers[name]).toBeUndefined();
  }
  expect(received?.headers['x-remote-user']).toBe('alice');
});

test('two requests in one segment are two, in order, each with its own answer', async () => {
  const one = `${POST}Content-Length: 4\r\n\r\n<m/>`;
  const { text } = await raw(gateway.port, one + one.replace('<m/>', '<n/>'));
  expect(statuses(text)).toEqual([200, 200]);
  expect(upstream.requests.map(({ body }) => body).sort()).toEqual(['<m/>', '<n/>']);
});

test('what follows a refused request on its connection is not read', async () => {
  const refused = `GET /orders HTTP/1.1\r\n${H}Content-Length: 4\r\n\r\n<m/>`;
  const { text, closed } = await raw(gateway.port, refused + SMUGGLED, 1_000);
  expect(statuses(text)).toEqual([400]);
  expect(closed).toBe(true);
  expect(upstream.requests).toEqual([]);
});

test('garbage after a whole request is not answered in its place', async () => {
  const { text, closed } = await raw(gateway.port, `${POST}Content-Length: 4\r\n\r\n<m/>garbage\r\n\r\n`, 1_000);
  expect(closed).toBe(true);
  expect(statuses(text).filter((status) => status === 200 || status === 400).length).toBeLessThanOrEqual(1);
  expect(text).not.toMatch(/400 Bad Request/);
  await until(() => upstream.open() === 0);
  await new Promise((resolve) => setTimeout(resolve, 50));
});

test('a client that asks first is told to go on, and only if its message is wanted', async () => {
  const head = (length: number): string => `${POST}Expect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
  const wanted = await raw(gateway.port, [head(4), '<m/>']);
  expect(statuses(wanted.text)).toEqual([100, 200]);
  const tooLarge = await raw(gateway.port, head(100_000), 1_000);
  expect(statuses(tooLarge.text)).toEqual([413]);
  expect(tooLarge.closed).toBe(true);
  const elsewhere = await raw(gateway.port, head(4).replace('/orders', '/nowhere'), 1_000);
  expect(statuses(elsewhere.text)).toEqual([404]);
  expect(upstream.requests).toHaveLength(1);
});

test('refusals are logged and counted without a word of the client in a label', async () => {
  await raw(gateway.port, `GET /orders HTTP/1.1\r\n${H}Content-Length: 4\r\n\r\n<m/>`);
  await raw(gateway.port, 'BROKEN\r\n\r\n');
  await until(() => gateway.lines.some(({ code }) => code === 'HPE_INVALID_METHOD'));
  const text = await gateway.metrics.text();
  expect(text).toContain('sct_gateway_requests_refused_total{reason="body in a request that has none"}');
  expect(text).toContain('sct_gateway_requests_refused_total{reason="HPE_INVALID_METHOD"}');
  expect(text).not.toContain('smuggled');
});
