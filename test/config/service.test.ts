import { loadConfig } from '../../src/config/load.js';
import type { ServicePolicy } from '../../src/config/types.js';
import { pki } from '../pki/index.js';
import { type Folder, folder, GATEWAY, service } from './folder.js';
import { problemsOf } from './problems-of.js';

let made: Folder | undefined;
afterEach(() => {
  made?.remove();
  made = undefined;
});

const USER = `alice:scrypt$16384$8$1$${Buffer.alloc(16).toString('base64')}$${Buffer.alloc(32).toString('base64')}\n`;
let files: Record<string, string>;
beforeAll(async () => {
  const { service: party, ca } = await pki();
  files = {
    'gateway.yaml': `${GATEWAY}certificates: [{ certificate: s.pem, privateKey: { fromFile: s.key } }]\n`,
    's.pem': party.certificate,
    's.key': party.privateKey,
    'ca.pem': ca.certificate,
    'users.htpasswd': USER,
  };
});

const ORDERS = service('orders')
  .replace('kind: transport', 'kind: symmetric')
  .replace('{ credential: anonymous }', '{ credential: username, users: { file: users.htpasswd } }');

/** ORDERS in which texts stand in place of others, and with more lines at its end. */
function orders(changes: Readonly<Record<string, string>>, more = ''): Folder {
  let yaml = ORDERS + more;
  for (const [from, to] of Object.entries(changes)) {
    if (!yaml.includes(from)) throw new Error(`no ${from}`);
    yaml = yaml.replace(from, to);
  }
  made = folder({ ...files, 'orders.yaml': yaml });
  return made;
}

const policyOf = (place: Folder): ServicePolicy => {
  const [first] = loadConfig(place.file).services;
  if (first === undefined) throw new Error('no service');
  return first;
};
const warningsOf = (place: Folder): string[] =>
  loadConfig(place.file).warnings.map((text) => text.replace(`${place.path}/`, ''));

test('as it stands it is sound', () => {
  expect(problemsOf(orders({}))).toEqual([]);
});

const BINDING = 'kind: symmetric, algorithmSuite: Basic256';
const CREDENTIAL = 'credential: username, users: { file: users.htpasswd }';
const TARGET = '"http://127.0.0.1:1"';

describe('a key that is wrong', () => {
  test.each([
    [
      { 'service: orders': 'service: "or ders"' },
      '',
      '1:10: service: must be 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first',
    ],
    [{ 'service: orders': 'service:' }, '', '1:1: service: must be a string'],
    [{ 'service: orders\n': '' }, '', '1:1: service: is required'],
    [
      { 'path: /orders': 'path: orders' },
      '',
      '2:16: match.path: must be a path that begins with "/", without query or fragment',
    ],
    [
      { 'path: /orders': 'path: /a?b' },
      '',
      '2:16: match.path: must be a path that begins with "/", without query or fragment',
    ],
    [{ 'path: /orders': 'path: /a/../b' }, '', '2:16: match.path: must not have "." or ".." as a segment'],
    [{ 'path: /orders': 'path: /a/%2E%2e/b' }, '', '2:16: match.path: must not have "." or ".." as a segment'],
    [
      { 'path: /orders': 'path: "/a b"' },
      '',
      '2:16: match.path: must be a path that begins with "/", without query or fragment',
    ],
    [{ [`[${TARGET}]`]: '[]' }, '', '3:22: upstream.targets: must hold at least 1 entry'],
    [{ [TARGET]: '"nonsense"' }, '', '3:23: upstream.targets[0]: must be an origin such as http://10.0.0.11:8080'],
    [{ [TARGET]: '"ftp://a"' }, '', '3:23: upstream.targets[0]: must begin with http:// or https://'],
    [{ [TARGET]: '"http://a/b"' }, '', '3:23: upstream.targets[0]: must not have a path; upstream.path is for that'],
    [{ [TARGET]: '"http://a/?b"' }, '', '3:23: upstream.targets[0]: must not have a query or a fragment'],
    [{ [TARGET]: '"http://u:p@a"' }, '', '3:23: upstream.targets[0]: must not hold a user or a password'],
    [{ [TARGET]: '"http://a", "http://A:80"' }, '', '3:35: upstream.targets[1]: http://a stands here a second time'],
    [{ '] }': '], tls: { serverName: a } }' }, '', '3:51: upstream.tls: has no meaning: no target is https'],
    [
      { [TARGET]: '"https://a"', '] }': '], tls: { certificate: s.pem } }' },
      '',
      '3:42: upstream.tls: certificate and privateKey are needed together',
    ],
    [{ '] }': '], balance: sticky }' }, '', '3:55: upstream.balance: must be one of round_robin, least_requests'],
    [{ '] }': '], health: { active: {} } }' }, '', '3:56: upstream.health.active.path: is required'],
    [
      { [BINDING]: 'kind: symetric, algorithmSuite: Basic256' },
      '',
      '4:18: binding.kind: must be one of symmetric, transport',
    ],
    [
      { [BINDING]: 'kind: asymmetric, algorithmSuite: Basic256' },
      '',
      '4:18: binding.kind: must be one of symmetric, transport',
    ],
    [{ ', algorithmSuite: Basic256': '' }, '', '4:1: binding.algorithmSuite: is required'],
    [{ 'Basic256 }': 'Basic256, signedParts: { body: false } }' }, '', '4:76: binding.signedParts.body: must be true'],
    [
      { 'Basic256 }': 'Basic256, signedParts: { headers: some } }' },
      '',
      '4:79: binding.signedParts.headers: must be addressing, none or a list of qualified names',
    ],
    [
      { 'Basic256 }': 'Basic256, signedParts: { headers: [a] } }' },
      '',
      '4:80: binding.signedParts.headers[0]: must be a qualified name: "{namespace}local"',
    ],
    [
      { 'Basic256 }': 'Basic256, signedParts: { headers: none } }' },
      '',
      '4:79: binding.signedParts.headers: none needs allowInsecureUnsignedAddressing: true beside it',
    ],
    [
      { 'Basic256 }': 'Basic256, signedParts: { headers: ["{urn:x}Action"] } }' },
      '',
      '4:79: binding.signedParts.headers: a list without wsa:Action needs allowInsecureUnsignedAddressing: true beside it',
    ],
    [{ [CREDENTIAL]: 'credential: username' }, '', '6:5: bootstrap[0]: credential username needs users'],
    [{ [CREDENTIAL]: 'credential: x509' }, '', '6:5: bootstrap[0]: credential x509 needs trust'],
    [
      { 'credential: username': 'credential: anonymous' },
      '',
      '6:37: bootstrap[0].users: has no meaning for credential anonymous',
    ],
    [
      { [CREDENTIAL]: 'credential: anonymous, allowInsecurePlaintextPassword: true' },
      '',
      '6:62: bootstrap[0].allowInsecurePlaintextPassword: has no meaning for credential anonymous',
    ],
    [
      { [CREDENTIAL]: `${CREDENTIAL}, binding: asymmetric` },
      '',
      '6:19: bootstrap[0].credential: must be x509: over asymmetric the client signs with its certificate',
    ],
    [
      { [CREDENTIAL]: 'credential: x509, trust: { file: ca.pem }, binding: asymmetric, derivedKeys: true' },
      '',
      '6:84: bootstrap[0].derivedKeys: has no meaning for asymmetric: there is no key to derive from',
    ],
    [
      { [CREDENTIAL]: `${CREDENTIAL}, encryptedParts: { body: false }` },
      '',
      "6:86: bootstrap[0].encryptedParts.body: must be true: the token's key is made of what the request and its answer hold",
    ],
    [{ 'users.htpasswd': 'ca.pem' }, '', /^orders\.yaml|^ca\.pem:1:1: must be name:password/],
    [{ [CREDENTIAL]: `${CREDENTIAL}, passwords: []` }, '', '6:73: bootstrap[0].passwords: must hold at least 1 entry'],
    [
      { [CREDENTIAL]: `${CREDENTIAL}, passwords: [hash]` },
      '',
      '6:74: bootstrap[0].passwords[0]: must be one of text, digest',
    ],
    [{}, 'conversation: { versions: ["1.4"] }', '7:28: conversation.versions[0]: must be one of 1.3, 2005-02, 2004-04'],
    [{}, 'conversation: { versions: ["1.3", "1.3"] }', '7:27: conversation.versions: a version stands twice'],
    [{}, 'conversation: { versions: [1.3] }', '7:28: conversation.versions[0]: must be one of 1.3, 2005-02, 2004-04'],
    [
      {},
      'conversation: { state: redis }',
      "7:24: conversation.state: redis needs the shared store: redis in the gateway's file",
    ],
    [{}, 'replay: farm', "7:9: replay: farm needs the shared store: redis in the gateway's file"],
    [{}, 'whenStoreIsAway: open', "7:18: whenStoreIsAway: needs the shared store: redis in the gateway's file"],
    [{}, 'whenStoreIsAway: shut', '7:18: whenStoreIsAway: must be one of open, closed'],
    [
      {},
      'conversation: { lifetime: 2h, renewUntil: 1h }',
      '7:43: conversation.renewUntil: must not be shorter than lifetime',
    ],
    [{}, 'timestamp: { skew: 2h }', '7:20: timestamp.skew: must be between 0s and 1h'],
    [
      {},
      'identity: { headers: { Content-Type: x } }',
      '7:24: identity.headers.Content-Type: is a header that the gateway or HTTP itself sets',
    ],
    [
      {},
      'identity: { headers: { X_Forwarded_For: x } }',
      '7:24: identity.headers.X_Forwarded_For: is a header that the gateway or HTTP itself sets',
    ],
    [
      {},
      'identity: { headers: { "X User": x } }',
      '7:24: identity.headers."X User": must be the name of an HTTP header',
    ],
    [
      {},
      'identity: { headers: { X-User: a, x_user: b } }',
      '7:43: identity.headers.x_user: is the same header as X-User for many servers',
    ],
    [
      {},
      'identity: { headers: { X-User: "{nam}" } }',
      '7:32: identity.headers.X-User: "{nam}" is not one of {name}, {groups}, {method}',
    ],
    [
      {},
      'identity: { headers: { X-User: "{name" } }',
      '7:32: identity.headers.X-User: "{name" is not one of {name}, {groups}, {method}',
    ],
    [{}, 'identity: { headers: { X-User: "é" } }', '7:32: identity.headers.X-User: must be printable ASCII'],
    [{}, 'identity: { jwt: {} }', '7:13: identity.jwt.key: is required'],
    [
      {},
      'identity: { jwt: { key: { fromFile: ca.pem } } }',
      /identity\.jwt\.key: the key holds no PEM private key$|can be read/,
    ],
    [
      {},
      'identity: { jwt: { key: { fromFile: s.key }, lifetime: 10m } }',
      '7:56: identity.jwt.lifetime: must be between 10s and 5m',
    ],
    [
      {},
      'replyActions: { "urn:a": "a b" }',
      '7:26: replyActions.urn:a: must be an action (a URI), or hold {action}'.replace('urn:a', '"urn:a"'),
    ],
    [{}, 'replyActions: { "urn:a": "" }', '7:26: replyActions."urn:a": must be an action (a URI), or hold {action}'],
    [
      {},
      'replyActions: { "*": "{acton}Response" }',
      '7:22: replyActions."*": must be an action (a URI), or hold {action}',
    ],
    [{}, 'replyActions: { "a b": "urn:a" }', '7:17: replyActions."a b": must be an action (a URI), or "*"'],
    [{}, 'replay: on', '7:9: replay: must be one of node, farm, off'],
    [{}, 'unsignedHeaders: ["Trace"]', '7:19: unsignedHeaders[0]: must be a qualified name: "{namespace}local"'],
    [{}, 'passthrough: yes', '7:14: passthrough: must be true, false or a map with paths'],
    [{}, 'passthrough: { paths: [help] }', '7:24: passthrough.paths[0]: must be a path that begins with "/"'],
    [
      {},
      'passthrough: { paths: [/help], methods: [DELETE] }',
      '7:42: passthrough.methods[0]: must be one of GET, HEAD, POST',
    ],
    [
      {},
      'passthrough: { paths: [/help], method: [GET] }',
      '7:32: passthrough.method: unknown key "method"; did you mean "methods"?',
    ],
    [{}, 'limits: { body: 1TiB }', '7:17: limits.body: must be a size such as 512B, 64KiB or 1MiB'],
    [{}, 'signatureConfirmation: true', '7:1: signatureConfirmation: unknown key "signatureConfirmation"'],
  ])('%j %s', (changes, more, problem) => {
    const problems = problemsOf(orders(changes as Record<string, string>, more === '' ? '' : `${more}\n`));
    const [first] = problems;
    if (typeof problem === 'string') expect(problems).toEqual([`orders.yaml:${problem}`]);
    else expect(first).toMatch(problem);
  });
});

describe('what must be named to be had', () => {
  const RSA15 =
    'RSA 1.5 key transport: open to padding oracles (Bleichenbacher) wherever an answer or its time differs';

  test('an insecure suite', () => {
    const without = orders({ Basic256: 'Basic256Rsa15' });
    expect(problemsOf(without)).toEqual([
      `orders.yaml:4:45: binding.algorithmSuite: Basic256Rsa15 needs allowInsecureAlgorithms: true beside it: ${RSA15}`,
    ]);
    without.remove();
    const named = orders({ Basic256: 'Basic256Rsa15, allowInsecureAlgorithms: true' });
    expect(warningsOf(named)).toEqual([
      `orders.yaml:4:45: binding.algorithmSuite: Basic256Rsa15 is insecure: ${RSA15}`,
    ]);
  });

  test.each([
    [
      { 'Basic256 }': 'Basic256, signedParts: { headers: none }, allowInsecureUnsignedAddressing: true }' },
      '',
      'binding.allowInsecureUnsignedAddressing',
    ],
    [
      { [CREDENTIAL]: `${CREDENTIAL}, allowInsecurePlaintextPassword: true` },
      '',
      'bootstrap[0].allowInsecurePlaintextPassword',
    ],
    [{}, 'conversation: { allowInsecureAnonymousCancel: true }\n', 'conversation.allowInsecureAnonymousCancel'],
    [{}, 'replay: off\n', 'replay'],
    [{ [CREDENTIAL]: `${CREDENTIAL}, passwords: [digest]` }, '', 'bootstrap[0].passwords'],
  ])('%j %s is a warning', (changes, more, key) => {
    expect(warningsOf(orders(changes as Record<string, string>, more))).toEqual([
      expect.stringContaining(`: ${key}: `),
    ]);
  });

  test('hashes of different cost are a warning, for time tells who exists', () => {
    const place = orders({});
    place.write('users.htpasswd', USER + USER.replace('alice', 'bob').replace('16384', '32768'));
    expect(warningsOf(place)).toEqual([
      expect.stringContaining('users.htpasswd: not all hashes have the same cost, so time tells which names exist'),
    ]);
  });
});

describe('what a bootstrap takes from the binding', () => {
  test('of the same kind everything that it does not say', () => {
    const { bootstrap } = policyOf(
      orders({
        'Basic256 }': 'Basic256, protectionOrder: encrypt-before-sign, encryptSignature: false, derivedKeys: false }',
      }),
    );
    expect(bootstrap[0]).toMatchObject({
      kind: 'symmetric',
      suite: { name: 'Basic256' },
      protectionOrder: 'encrypt-before-sign',
      encryptSignature: false,
      derivedKeys: false,
    });
  });

  test('of another kind the suite alone', () => {
    const { bootstrap } = policyOf(
      orders({ 'Basic256 }': 'Basic128, derivedKeys: true }', [CREDENTIAL]: `${CREDENTIAL}, binding: transport` }),
    );
    expect(bootstrap[0]).toMatchObject({
      kind: 'transport',
      suite: { name: 'Basic128' },
      derivedKeys: false,
      signedParts: { body: false, headers: 'none' },
    });
  });

  test('what it says itself', () => {
    const { bootstrap, binding } = policyOf(
      orders({ [CREDENTIAL]: `${CREDENTIAL}, algorithmSuite: Basic192, signatureConfirmation: true` }),
    );
    expect([bootstrap[0]?.suite.name, binding.suite.name, bootstrap[0]?.signatureConfirmation]).toEqual([
      'Basic192',
      'Basic256',
      true,
    ]);
  });

  test.each([
    'protectionOrder: sign-before-encrypt',
    'encryptSignature: true',
    'signedParts: {}',
    'encryptedParts: {}',
  ])('over transport %s has no meaning', (key) => {
    const problems = problemsOf(orders({ [CREDENTIAL]: `${CREDENTIAL}, binding: transport, ${key}` }));
    expect(problems).toEqual([expect.stringMatching(/ has no meaning over transport: TLS protects the message$/)]);
  });
});

describe('what no file knows by itself', () => {
  test('names and paths of services are their own', () => {
    const place = orders({});
    place.write('stock.yaml', ORDERS);
    expect(problemsOf(place)).toEqual([
      'stock.yaml:1:10: service: orders is also that of orders.yaml',
      'stock.yaml:2:16: match.path: /orders is also that of orders.yaml',
    ]);
  });

  test('without TLS there is no transport', () => {
    const place = orders({ 'kind: symmetric': 'kind: transport' });
    place.write('gateway.yaml', GATEWAY.replace('[127.0.0.1]', '[]'));
    expect(problemsOf(place)).toEqual([
      'orders.yaml:4:18: binding.kind: transport needs a listener with tls, or trustedProxies that terminate it',
    ]);
  });

  test('without a certificate nothing can be encrypted for it', () => {
    const place = orders({});
    place.write('gateway.yaml', GATEWAY);
    expect(problemsOf(place)).toEqual([
      "orders.yaml:6:5: bootstrap[0]: symmetric needs a certificate that clients encrypt for: certificates in the gateway's file",
    ]);
  });

  test.each(['/orders', '/*', '/ORDERS', '/orders/', '/orders/*', '/legacy/orders.asmx', '/legacy/*'])(
    'a POST to %s would go around the proof',
    (path) => {
      const place = orders(
        { '] }': '], path: /legacy/Orders.asmx }' },
        `passthrough: { paths: [/help, "${path}"], methods: [GET, POST] }\n`,
      );
      expect(problemsOf(place)).toEqual([
        'orders.yaml:7:31: passthrough.paths[1]: with POST this would let messages of orders pass without proof',
      ]);
    },
  );

  test.each(['/help', '/order', '/ordersx', '/orders2/*', '/orders/help'])('a POST to %s would not', (path) => {
    expect(problemsOf(orders({}, `passthrough: { paths: ["${path}"], methods: [POST] }\n`))).toEqual([]);
  });

  test("nor may one service's passthrough reach another", () => {
    const place = orders({});
    place.write('files.yaml', `${service('files')}passthrough: { paths: [/orders], methods: [POST] }\n`);
    expect(problemsOf(place)).toEqual([
      'files.yaml:7:24: passthrough.paths[0]: with POST this would let messages of orders pass without proof',
    ]);
  });
});
