import { loadConfig } from '../../src/config/load.js';
import { systemRuntime } from '../../src/runtime.js';
import { type Folder, folder, GATEWAY, service } from './folder.js';
import { problemsOf } from './problems-of.js';

let made: Folder;
afterEach(() => made.remove());

test('a small configuration, with every default', () => {
  made = folder({ 'orders.yaml': service('orders', 'http://10.0.0.1:8080') });
  const config = loadConfig(made.file);
  expect(config).toMatchObject({
    listeners: [{ address: '127.0.0.1', port: 0 }],
    admin: undefined,
    trustedProxies: ['127.0.0.1'],
    certificates: [],
    limits: { body: 1_048_576, response: 8_388_608, headers: 32_768, headerCount: 100, inFlight: 1000 },
    timeouts: { headers: 10_000, request: 60_000, idle: 75_000, connect: 3_000, response: 60_000 },
    log: { level: 'info' },
    workers: 1,
    drain: { delay: 0, timeout: 2_000 },
    warnings: [],
  });
  expect(config.services).toHaveLength(1);
  const [orders] = config.services;
  expect(orders).toMatchObject({
    name: 'orders',
    match: { path: '/orders' },
    upstream: { path: '/orders', balance: 'round_robin', health: { passive: { maxFails: 3, failDuration: 10_000 } } },
    conversation: { versions: ['1.3', '2005-02'], state: 'cookie', lifetime: 1_800_000, renewUntil: 36_000_000 },
    timestamp: { ttl: 300_000, skew: 300_000, required: true },
    identity: { headers: {} },
    addressing: 'strip',
    replay: 'node',
    unsignedHeaders: [],
    passthrough: false,
    limits: { body: 1_048_576, response: 8_388_608 },
  });
  expect(orders?.upstream.targets.map(String)).toEqual(['http://10.0.0.1:8080/']);
  expect([...(orders?.replyActions ?? [])]).toEqual([['*', '{action}Response']]);
  expect(orders?.binding).toMatchObject({
    kind: 'transport',
    suite: { name: 'Basic256' },
    derivedKeys: false,
    encryptSignature: false,
    signedParts: { body: false, headers: 'none' },
    encryptedParts: { body: false, headers: [] },
  });
  expect(orders?.bootstrap).toMatchObject([
    { kind: 'transport', credential: 'anonymous', passwords: ['text'], signatureConfirmation: false, trust: [] },
  ]);
});

test('knows every file and folder that it read', () => {
  made = folder({ 'a.yaml': service('a'), 'b.yaml': service('b') });
  const names = ['gateway.yaml', 'farm-keys.json', 'a.yaml', 'b.yaml'].map((name) => `${made.path}/${name}`);
  expect([...loadConfig(made.file).files.keys()].sort()).toEqual([made.path, ...names].sort());
});

test('is frozen all the way down', () => {
  made = folder({ 'orders.yaml': service('orders') });
  const config = loadConfig(made.file);
  const open: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const prototype: unknown = Object.getPrototypeOf(value);
    const plain = prototype === null || prototype === Object.prototype || Array.isArray(value);
    if (plain && !Object.isFrozen(value)) open.push(path);
    if (plain) for (const [key, member] of Object.entries(value)) visit(member, `${path}.${key}`);
  };
  visit(config, 'config');
  expect(open).toEqual([]);
});

test('in place of the workers of the file those of the command line', () => {
  made = folder({ 'orders.yaml': service('orders'), 'gateway.yaml': `${GATEWAY}workers: 2\n` });
  expect([loadConfig(made.file).workers, loadConfig(made.file, { workers: 4 }).workers]).toEqual([2, 4]);
});

test('a service has its own limits, else those of the gateway', () => {
  made = folder({
    'gateway.yaml': `${GATEWAY}limits: { body: 2MiB, response: 3MiB }\n`,
    'a.yaml': `${service('a')}limits: { body: 64KiB }\n`,
  });
  expect(loadConfig(made.file).services[0]?.limits).toEqual({ body: 65_536, response: 3_145_728 });
});

test.each([
  [
    '{ "urn:a": "urn:b" }',
    [
      ['*', '{action}Response'],
      ['urn:a', 'urn:b'],
    ],
  ],
  ['{ "*": "{action}/answer" }', [['*', '{action}/answer']]],
  ['{ "*": "urn:one" }', [['*', 'urn:one']]],
])('replyActions %s', (yaml, expected) => {
  made = folder({ 'a.yaml': `${service('a')}replyActions: ${yaml}\n` });
  expect([...(loadConfig(made.file).services[0]?.replyActions ?? [])]).toEqual(expected);
});

test('what it holds prints no secret', () => {
  made = folder({ 'orders.yaml': service('orders') });
  const text = JSON.stringify(loadConfig(made.file));
  expect(text).toContain('"keys":"[secret]"');
  expect(text).not.toMatch(/[A-Za-z0-9_-]{43}/);
});

describe('policies', () => {
  test('a folder: each *.yaml and *.yml, but not gateway.yaml and what is hidden', () => {
    made = folder({ 'b.yml': service('b'), 'a.yaml': service('a'), '.c.yaml': service('c'), 'd.txt': 'no' });
    expect(loadConfig(made.file).services.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test.each([
    ['a.yaml', ['a']],
    ['[a.yaml, b.yaml]', ['a', 'b']],
    ['"*a.yaml"', ['a', 'aa']],
    ['[b.yaml, "a*.yaml"]', ['b', 'a', 'aa']],
  ])('%s', (policies, expected) => {
    made = folder({
      'gateway.yaml': `${GATEWAY}policies: ${policies}\n`,
      'a.yaml': service('a'),
      'aa.yaml': service('aa'),
      'b.yaml': service('b'),
    });
    expect(loadConfig(made.file).services.map(({ name }) => name)).toEqual(expected);
  });

  test.each([
    ['c.yaml', 'c.yaml:1:1: does not exist'],
    ['nowhere', 'nowhere:1:1: does not exist'],
    ['"c*.yaml"', 'gateway.yaml:7:11: policies: c*.yaml holds no policy (*.yaml)'],
    ['[a.yaml, "x/*.yaml"]', 'gateway.yaml:7:20: policies[1]: x/*.yaml cannot be read'],
    ['[a.yaml, "a*.yaml"]', 'gateway.yaml:7:11: policies: a.yaml is meant twice'],
    ['[]', 'gateway.yaml:7:11: policies: must hold at least 1 entry'],
    ['3', 'gateway.yaml:7:11: policies: must be a folder, a file or a list of them'],
  ])('%s is wrong', (policies, problem) => {
    made = folder({ 'gateway.yaml': `${GATEWAY}policies: ${policies}\n`, 'a.yaml': service('a') });
    expect(problemsOf(made)).toEqual([problem]);
  });

  test('none at all', () => {
    made = folder();
    expect(problemsOf(made)).toEqual([`gateway.yaml:1:1: policies: . holds no policy (*.yaml)`]);
  });
});

test('all problems of all files come at once, in their order', () => {
  made = folder({
    'gateway.yaml': `${GATEWAY.replace('farm-keys.json', 'nothing.json')}wrokers: 2\nlog: { level: loud }\n`,
    'a.yaml': service('a').replace('/a', 'a').replace('transport', 'trasport'),
    'b.yaml': service('b').replace('anonymous', 'username'),
    'c.yaml': 'service: [\n',
  });
  expect(problemsOf(made)).toEqual([
    'gateway.yaml:4:23: farmKeys.fromFile: nothing.json does not exist',
    'gateway.yaml:7:1: wrokers: unknown key "wrokers"; did you mean "workers"?',
    'gateway.yaml:8:15: log.level: must be one of trace, debug, info, warn, error, fatal, silent',
    'a.yaml:2:16: match.path: must be a path that begins with "/", without query or fragment',
    'a.yaml:4:18: binding.kind: must be one of symmetric, transport',
    'b.yaml:6:5: bootstrap[0]: credential username needs users',
    expect.stringMatching(/^c\.yaml:2:1: .*Flow sequence/),
  ]);
});

test('the time of a certificate is that of the runtime', () => {
  made = folder({ 'orders.yaml': service('orders') });
  expect(() => loadConfig(made.file, { runtime: { ...systemRuntime, now: () => 0 } })).not.toThrow();
});
