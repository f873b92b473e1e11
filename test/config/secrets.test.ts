import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyRing } from '../../src/conversation/key-ring.js';
import { systemRuntime } from '../../src/runtime.js';
import { type Folder, folder, GATEWAY, service } from './folder.js';
import { problemsOf } from './problems-of.js';

/** Stands in a file where a secret belongs, and must not come out again in any message. */
const LEAK = 'tH1s-must-not-be-seen';
const RING = generateKeyRing(systemRuntime);

let made: Folder;
afterEach(() => made.remove());

const withRing = (source: string): Folder =>
  folder({ 'gateway.yaml': GATEWAY.replace('{ fromFile: farm-keys.json }', source), 'orders.yaml': service('orders') });

describe('where a secret may be', () => {
  test.each([
    [LEAK, 'gateway.yaml:4:11: farmKeys: a secret is written { fromFile: … } or { fromEnv: … }, never inline'],
    [`[${LEAK}]`, 'gateway.yaml:4:11: farmKeys: a secret is written { fromFile: … } or { fromEnv: … }, never inline'],
    ['', 'gateway.yaml:4:1: farmKeys: a secret is written { fromFile: … } or { fromEnv: … }, never inline'],
    ['{}', 'gateway.yaml:4:11: farmKeys: needs one of fromFile, fromEnv and fromFolder'],
    ['{ fromFile: a, fromEnv: B }', 'gateway.yaml:4:11: farmKeys: needs one of fromFile, fromEnv and fromFolder'],
    ['{ fromFile: "" }', 'gateway.yaml:4:23: farmKeys.fromFile: must name a file'],
    ['{ fromEnv: "A B" }', 'gateway.yaml:4:22: farmKeys.fromEnv: must be the name of an environment variable'],
    ['{ value: x }', 'gateway.yaml:4:13: farmKeys.value: unknown key "value"'],
    ['{ fromfile: x }', 'gateway.yaml:4:13: farmKeys.fromfile: unknown key "fromfile"; did you mean "fromFile"?'],
    ['{ fromFile: nowhere.json }', 'gateway.yaml:4:23: farmKeys.fromFile: nowhere.json does not exist'],
    ['{ fromFile: . }', 'gateway.yaml:4:23: farmKeys.fromFile: . is not a file'],
    ['{ fromFile: gateway.yaml/x }', 'gateway.yaml:4:23: farmKeys.fromFile: gateway.yaml/x does not exist'],
    ['{ fromEnv: NONE }', 'gateway.yaml:4:22: farmKeys.fromEnv: environment variable NONE is not set'],
    ['{ fromEnv: EMPTY }', 'gateway.yaml:4:22: farmKeys.fromEnv: environment variable EMPTY is empty'],
    ['{ fromEnv: toString }', 'gateway.yaml:4:22: farmKeys.fromEnv: environment variable toString is not set'],
  ])('%s', (source, problem) => {
    made = withRing(source);
    expect(problemsOf(made, { EMPTY: '' })).toEqual([problem]);
  });

  test('a file beside gateway.yaml, an absolute one, a variable', () => {
    made = withRing('{ fromFile: farm-keys.json }');
    expect(problemsOf(made)).toEqual([]);
    made.write('gateway.yaml', GATEWAY.replace('farm-keys.json', join(made.path, 'farm-keys.json')));
    expect(problemsOf(made)).toEqual([]);
    made.write('gateway.yaml', GATEWAY.replace('fromFile: farm-keys.json', 'fromEnv: RING'));
    expect(problemsOf(made, { RING })).toEqual([]);
  });

  test('a file is relative to the file that names it', () => {
    made = folder({ 'gateway.yaml': `${GATEWAY}policies: sub\n` });
    mkdirSync(join(made.path, 'sub'));
    const users = service('orders').replace('anonymous', 'username, users: { file: users.htpasswd }');
    made.write('sub/orders.yaml', users);
    expect(problemsOf(made)).toEqual([
      'sub/orders.yaml:6:44: bootstrap[0].users.file: sub/users.htpasswd does not exist',
    ]);
  });
});

describe('who may read a secret', () => {
  const readable = 'can be read by everyone';
  test.each([
    [0o600, undefined],
    [0o400, undefined],
    [0o640, undefined],
    [0o660, undefined],
    [0o644, `${readable} (mode 0644): chmod o-rwx`],
    [0o604, `${readable} (mode 0604): chmod o-rwx`],
    [0o777, `${readable} (mode 0777): chmod o-rwx`],
  ])('mode %o', (mode, problem) => {
    made = withRing('{ fromFile: farm-keys.json }');
    chmodSync(join(made.path, 'farm-keys.json'), mode);
    const expected = problem === undefined ? [] : [`gateway.yaml:4:23: farmKeys.fromFile: farm-keys.json ${problem}`];
    expect(problemsOf(made)).toEqual(expected);
  });

  test('a link is judged by what it leads to, as Kubernetes mounts secrets', () => {
    made = withRing('{ fromFile: link.json }');
    symlinkSync(join(made.path, 'farm-keys.json'), join(made.path, 'link.json'));
    expect(problemsOf(made)).toEqual([]);
    chmodSync(join(made.path, 'farm-keys.json'), 0o644);
    expect(problemsOf(made)).toHaveLength(1);
  });

  test('users files too', () => {
    made = folder({
      'orders.yaml': service('orders').replace('anonymous', 'username, users: { file: users.htpasswd }'),
      'users.htpasswd': '',
    });
    chmodSync(join(made.path, 'users.htpasswd'), 0o644);
    expect(problemsOf(made)).toEqual([
      'orders.yaml:6:44: bootstrap[0].users.file: users.htpasswd can be read by everyone (mode 0644): chmod o-rwx',
    ]);
  });
});

describe('what is wrong with a secret is said without it', () => {
  const jwk = (changes: object): string =>
    JSON.stringify({ keys: [{ ...JSON.parse(RING).keys[0], kid: 'one', ...changes }] });

  test.each([
    ['no JSON', LEAK, 'is not JSON'],
    ['no key set', `{"key":"${LEAK}"}`, 'is not a JSON Web Key Set: {"keys": […]}'],
    ['no key', '{"keys":[]}', 'holds no key'],
    ['another algorithm', jwk({ alg: 'dir' }), 'key one: alg must be "A256KW"'],
    ['a short key', jwk({ k: Buffer.from(LEAK).toString('base64url') }), 'key one: k must be 32 octets'],
    ['no base64url', jwk({ k: `${LEAK}=` }), 'key one: k is not canonical base64url'],
    ['none that seals', jwk({ key_ops: ['unwrapKey'] }), 'no key has key_ops "wrapKey": one must seal new cookies'],
  ])('%s', (_, text, reason) => {
    made = withRing('{ fromFile: ring.json }');
    made.write('ring.json', text);
    const problems = problemsOf(made);
    expect(problems).toEqual([`gateway.yaml:4:11: farmKeys: ring.json: ${reason}`]);
    expect(problems.join()).not.toContain(LEAK);
    made.write('gateway.yaml', GATEWAY.replace('fromFile: farm-keys.json', 'fromEnv: RING'));
    expect(problemsOf(made, { RING: text })).toEqual([
      `gateway.yaml:4:11: farmKeys: environment variable RING: ${reason}`,
    ]);
  });

  test('one line end at its end is not part of a file', () => {
    made = withRing('{ fromFile: farm-keys.json }');
    made.write('farm-keys.json', '');
    expect(problemsOf(made)).toEqual(['gateway.yaml:4:23: farmKeys.fromFile: farm-keys.json is empty']);
    made.write('farm-keys.json', '\n');
    expect(problemsOf(made)).toEqual(['gateway.yaml:4:23: farmKeys.fromFile: farm-keys.json is empty']);
  });

  test('lines of a users file are named, passwords are not', () => {
    made = folder({
      'orders.yaml': service('orders').replace('anonymous', 'username, users: { file: users.htpasswd }'),
      'users.htpasswd': `# users\nalice:${LEAK}\nbob\nalice:scrypt$1$8$1$${LEAK}$x\n`,
    });
    const problems = problemsOf(made);
    expect(problems).toEqual([
      'users.htpasswd:2:1: the password must begin with scrypt$ or sealed$, as `sct-gateway hash-password` writes it',
      'users.htpasswd:3:1: must be name:password or name:password:group,group',
      'users.htpasswd:4:1: N must be a power of two from 16384 to 1048576',
    ]);
    expect(problems.join()).not.toContain(LEAK);
  });
});
