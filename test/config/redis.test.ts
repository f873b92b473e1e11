import { inspect } from 'node:util';
import { loadConfig } from '../../src/config/load.js';
import { type Folder, folder, GATEWAY, service } from './folder.js';
import { problemsOf } from './problems-of.js';

let made: Folder;
afterEach(() => made.remove());

const configured = (redis: string, more: { readonly gateway?: string; readonly service?: string } = {}): Folder =>
  folder({
    'gateway.yaml': `redis: ${redis}\n${GATEWAY}${more.gateway ?? ''}`,
    'orders.yaml': `${service('orders')}${more.service ?? ''}`,
    'redis-password': 'geheim\n',
  });

test.each([
  ['{}', 'redis.addresses: is required'],
  ['{ addresses: [] }', 'redis.addresses: must hold at least 1 entry'],
  ['{ addresses: ["a"] }', 'redis.addresses[0]: must be a host and a port: 10.0.0.5:6379'],
  ['{ addresses: ["a:0"] }', 'redis.addresses[0]: must be a host and a port: 10.0.0.5:6379'],
  ['{ addresses: ["a:65536"] }', 'redis.addresses[0]: must be a host and a port: 10.0.0.5:6379'],
  ['{ addresses: ["redis://a:1"] }', 'redis.addresses[0]: must be a host and a port: 10.0.0.5:6379'],
  ['{ addresses: ["user:x@a:1"] }', 'redis.addresses[0]: must be a host and a port: 10.0.0.5:6379'],
  ['{ addresses: ["a:1", "b:1"] }', 'redis.addresses: in mode single there is one'],
  ['{ addresses: ["a:1"], mode: ring }', 'redis.mode: must be one of single, sentinel, cluster'],
  ['{ addresses: ["a:1"], mode: sentinel }', 'redis.mode: sentinel needs master: the name it knows'],
  ['{ addresses: ["a:1"], master: m }', 'redis.master: has a meaning in mode sentinel only'],
  ['{ addresses: ["a:1"], mode: cluster, database: 1 }', 'redis.database: a cluster has only database 0'],
  ['{ addresses: ["a:1"], username: u }', 'redis.username: needs a password'],
  [
    '{ addresses: ["a:1"], password: geheim }',
    'redis.password: a secret is written { fromFile: … } or { fromEnv: … }, never inline',
  ],
  [
    '{ addresses: ["a:1"], password: { fromFile: nowhere } }',
    /^gateway\.yaml:1:\d+: redis\.password\.fromFile: .*nowhere does not exist$/,
  ],
  ['{ addresses: ["a:1"], timeout: 9ms }', 'redis.timeout: must be between 10ms and 5s'],
  ['{ addresses: ["a:1"], timeout: 6s }', 'redis.timeout: must be between 10ms and 5s'],
  ['{ addresses: ["a:1"], prefix: "a b" }', 'redis.prefix: must be of A-Z a-z 0-9 : . _ -'],
  ['{ addresses: ["a:1"], tls: { certificate: ca.pem } }', 'redis.tls: certificate and privateKey are needed together'],
  ['{ addresses: ["a:1"], url: x }', /unknown key "url"/],
] as const)('a redis that is wrong: %s', (redis, problem) => {
  made = configured(redis);
  const [first] = problemsOf(made);
  if (typeof problem === 'string') expect(first?.replace(/^gateway\.yaml:1:\d+: /, '')).toBe(problem);
  else expect(first).toMatch(problem);
});

test('what is left out has sane values; the password prints nowhere', () => {
  made = configured('{ addresses: ["10.0.0.5:6379"], username: gateway, password: { fromFile: redis-password } }');
  const { redis, warnings } = loadConfig(made.file);
  expect(redis).toMatchObject({
    mode: 'single',
    addresses: [{ host: '10.0.0.5', port: 6379 }],
    database: 0,
    timeout: 250,
    connectTimeout: 2000,
    prefix: 'sct-gateway:',
    username: 'gateway',
  });
  expect(redis?.password?.toString('utf8')).toBe('geheim');
  expect(inspect(redis) + JSON.stringify(redis)).not.toContain('geheim');
  expect(warnings).toEqual([expect.stringContaining('redis: without tls anyone on the way')]);
});

test('over TLS, and on the machine itself, there is nothing to warn of', () => {
  made = configured('{ addresses: ["[::1]:6379"] }');
  expect(loadConfig(made.file)).toMatchObject({ warnings: [], redis: { addresses: [{ host: '::1', port: 6379 }] } });
  made.remove();
  made = configured('{ addresses: ["redis.example:6379"], tls: {} }');
  expect(loadConfig(made.file)).toMatchObject({ warnings: [], redis: { tls: {} } });
});

test.each([
  ['', 'open'],
  ['replay: farm\n', 'closed'],
  ['conversation: { state: redis }\n', 'closed'],
  ['conversation: { state: redis }\nwhenStoreIsAway: open\n', 'open'],
  ['whenStoreIsAway: closed\n', 'closed'],
] as const)('while the store is away, a service with %j is %s', (text, expected) => {
  made = configured('{ addresses: ["127.0.0.1:6379"] }', { service: text });
  expect(loadConfig(made.file).services).toMatchObject([{ whenStoreIsAway: expected }]);
});

test('state in memory needs one worker, wherever their number is said', () => {
  made = configured('{ addresses: ["127.0.0.1:6379"] }', { service: 'conversation: { state: memory }\n' });
  expect(loadConfig(made.file).services).toMatchObject([{ conversation: { state: 'memory' } }]);
  expect(() => loadConfig(made.file, { workers: 2 })).toThrow(/memory needs one worker, and there are 2/);
});
