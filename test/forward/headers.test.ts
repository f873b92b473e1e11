import {
  canonicalName,
  endToEndHeaders,
  hiddenNames,
  passesInAnswer,
  passesInRewrittenAnswer,
} from '../../src/forward/headers.js';

const hidden = hiddenNames(['X-Remote_User', 'X-Farm-Groups'], 'passthrough');
const hiddenInMessages = hiddenNames(['X-Remote_User'], 'message');

const kept = (name: string, names = hidden, connection = ''): boolean =>
  Object.keys(endToEndHeaders([name, 'v'], names, connection)).length === 1;

test.each([
  'X-Remote-User',
  'x-remote-user',
  'X_Remote_User',
  'X_REMOTE-USER',
  'X.Remote.User',
  'X-Remote~User',
  'X!Remote|User',
  'X-Farm_Groups',
  'Connection',
  'Host',
  'HOST',
  'Content-Length',
  'Content_Length',
  'Transfer-Encoding',
  'Transfer.Encoding',
  'Forwarded',
  'X-Forwarded-For',
  'X_Forwarded.For',
  'X-Forwarded-Client-Cert',
  'Proxy',
  'Proxy-Authorization',
  'Proxy_Anything',
  'X-HTTP-Method_Override',
  'Transfer-Encoding-',
  '-Host',
  '_X-Remote-User',
  'X-Tenant~',
  'X.Tenant',
  '__proto__',
])('%s is not taken over', (name) => {
  expect(kept(name)).toBe(false);
});

test.each(['X-Remote-User2', 'X-Remote', 'XRemoteUser', 'Cookie', 'X-Tenant', 'Accept', 'User_Agent', 'X-Forwarded'])(
  '%s is',
  (name) => {
    expect(kept(name)).toBe(true);
  },
);

test.each([
  'Content-Type',
  'Content_Type',
  'SOAPAction',
  'Authorization',
  'Signature',
  'Digest',
  'If-None-Match',
  'Range',
])('%s describes a message that is written anew, so it is only passed on with its own body', (name) => {
  expect(kept(name)).toBe(true);
  expect(kept(name, hiddenInMessages)).toBe(false);
});

test.each([
  ['X-A', 'close, X-A', false],
  ['X_A', 'x-a', false],
  ['X-A', 'X_A', false],
  ['X-A', ' keep-alive ,\tx-a', false],
  ['X-A', 'close', true],
  ['X-A', 'x-b', true],
  ['X-A', '', true],
])('%s under Connection: %s passes: %s', (name, connection, passes) => {
  expect(kept(name, hidden, connection)).toBe(passes);
});

test('lines of one name are joined in their order, cookies as cookies', () => {
  const raw = ['X-A', '1', 'Cookie', 'a=1', 'x-a', '2', 'COOKIE', 'b=2', 'X_A', '3'];
  expect({ ...endToEndHeaders(raw, hidden) }).toEqual({ 'x-a': '1, 2', cookie: 'a=1; b=2', x_a: '3' });
});

test('a header named like the prototype is only a header', () => {
  const headers = endToEndHeaders(['valueOf', 'x', 'constructor', 'y'], hidden);
  expect(Object.keys(headers)).toEqual(['valueof', 'constructor']);
  expect(Object.getPrototypeOf(headers)).toBeNull();
});

test.each([
  ['X-User', 'x-user'],
  [' X_User ', 'x-user'],
  ['X.User', 'x-user'],
  ['x-user', 'x-user'],
])('%j is %s', (name, canonical) => {
  expect(canonicalName(name)).toBe(canonical);
});

test.each([
  ['x-app', '', true, true],
  ['set-cookie', '', true, false],
  ['content-type', '', true, false],
  ['etag', '', true, false],
  ['date', '', true, false],
  ['www-authenticate', '', true, false],
  ['server', '', false, false],
  ['transfer-encoding', '', false, false],
  ['x-powered-by', '', false, false],
  ['x-gateway-request-id', '', false, false],
  ['x-app', 'close, X-App', false, false],
])(
  'of an answer, %s under Connection: %s passes as it is: %s, beside another body: %s',
  (name, connection, passes, rewritten) => {
    expect(passesInAnswer(name, connection)).toBe(passes);
    expect(passesInRewrittenAnswer(name, connection)).toBe(rewritten);
  },
);
