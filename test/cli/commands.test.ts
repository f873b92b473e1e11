import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseKeyRing } from '../../src/conversation/key-ring.js';
import { parseHash, verifyPassword } from '../../src/credentials/hash.js';
import { parseUserFile } from '../../src/credentials/user-file.js';
import { type Folder, folder, GATEWAY, service } from '../config/folder.js';
import { sctGateway } from './spawn.js';

let made: Folder;
beforeEach(() => {
  made = folder({ 'orders.yaml': service('orders') });
});
afterEach(() => made.remove());

describe('help and version', () => {
  test.each([[[]], [['help']], [['--help']], [['-h']]])('%j lists every command', async (args) => {
    const { code, out, err } = await sctGateway(args);
    expect([code, err]).toEqual([0, '']);
    for (const name of ['run', 'check', 'keys generate', 'hash-password', 'version', 'help']) {
      expect(out).toMatch(new RegExp(`^  ${name} {2,}\\S`, 'm'));
    }
  });

  test.each([
    'run',
    'check',
    'keys generate',
    'keys rotate',
    'keys list',
    'keys retire',
    'keys check',
    'hash-password',
    'version',
  ])('help %s has examples', async (name) => {
    const asked = await sctGateway(['help', ...name.split(' ')]);
    const flagged = await sctGateway([...name.split(' '), '--help']);
    expect([asked.code, asked.err]).toEqual([0, '']);
    expect(asked.out).toMatch(new RegExp(`^Usage: sct-gateway ${name}`));
    expect(asked.out).toContain('Examples\n  sct-gateway');
    expect(flagged).toEqual(asked);
  });

  test.each(['version', '--version', '-v'])('%s', async (name) => {
    expect(await sctGateway([name])).toEqual({
      code: 0,
      out: `sct-gateway 0.1.0 (Node ${process.version})\n`,
      err: '',
    });
  });
});

test.each([
  [['serve'], 'unknown command "serve"'],
  [['toString'], 'unknown command "toString"'],
  [['keys'], 'unknown command "keys"'],
  [['help', 'me'], 'unknown command "me"'],
  [['check', '--confg', 'x'], "Unknown option '--confg'"],
  [['check', 'gateway.yaml'], "Unexpected argument 'gateway.yaml'"],
  [['check', '--config'], "Option '-c, --config <value>' argument missing"],
  [['run', '--workers', '0'], '--workers must be a number from 1 to 256'],
  [['run', '--workers', '257'], '--workers must be a number from 1 to 256'],
  [['run', '--workers', 'many'], '--workers must be a number from 1 to 256'],
  [['keys', 'retire'], '--key is needed: the kid of the key to retire'],
  [['keys', 'list', '--ring', 'a', '--config', 'b'], '--ring and --config name the ring twice'],
  [['keys', 'rotate', '--ring', 'a', '--seal-after', '5'], '--seal-after must be a duration such as 30s'],
  [['keys', 'rotate', '--ring', 'a', '--certificate', 'b'], '--certificate and --private-key are needed together'],
  [['keys', 'check', '--admin', 'node-1:9090'], '--admin node-1:9090 is not an http URL'],
  [['hash-password'], '--user is needed: the line begins with the name'],
  [['hash-password', '--user', ''], 'the name is empty'],
  [['hash-password', '--user', 'a:b'], 'a name must not begin with "#", nor hold ":" or a line end'],
  [['hash-password', '--user', '#a'], 'a name must not begin with "#", nor hold ":" or a line end'],
  [['hash-password', '--user', 'a\nb'], 'a name must not begin with "#", nor hold ":" or a line end'],
  [['hash-password', '--user', 'a', '--groups', 'x,x'], 'a group stands twice'],
  [['hash-password', '--user', 'a', '--groups', 'x:y'], 'a group must not hold ":" or a line end'],
])('%j is a wrong command line', async (args, message) => {
  const { code, out, err } = await sctGateway(args, { input: 'password\n' });
  expect([code, out]).toEqual([2, '']);
  expect(err).toBe(`sct-gateway: ${message}\nSee: sct-gateway help\n`);
});

describe('check', () => {
  test('a sound configuration: exit code 0 and what it is', async () => {
    const { code, out, err } = await sctGateway(['check', '--config', made.file]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`${made.file} is valid\n`);
    expect(out).toContain('service orders\n  /orders → http://127.0.0.1:1 /orders\n');
    expect(out).toContain('  bootstrap anonymous, transport, Basic256\n');
  });

  test('gateway.yaml of the working directory is the default', async () => {
    const { code, out } = await sctGateway(['check'], { cwd: made.path });
    expect([code, out.split('\n')[0]]).toEqual([0, 'gateway.yaml is valid']);
  });

  test('warnings do not make it wrong', async () => {
    made.write('orders.yaml', `${service('orders')}replay: "off"\n`);
    const { code, err } = await sctGateway(['check'], { cwd: made.path });
    expect(code).toBe(0);
    expect(err).toBe('warning: orders.yaml:7:9: replay: a message can be sent again for as long as it is fresh\n');
  });

  test('every problem of every file, exit code 1', async () => {
    made.write('gateway.yaml', `${GATEWAY}wrokers: 2\n`);
    made.write('orders.yaml', service('orders').replace('anonymous', 'pasword'));
    const { code, out, err } = await sctGateway(['check'], { cwd: made.path });
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe(
      [
        'sct-gateway: the configuration has 2 problems',
        'gateway.yaml:7:1: wrokers: unknown key "wrokers"; did you mean "workers"?',
        'orders.yaml:6:19: bootstrap[0].credential: must be one of username, x509, anonymous',
        '',
      ].join('\n'),
    );
  });

  test('a file that is not there', async () => {
    const { code, err } = await sctGateway(['check', '--config', 'nowhere.yaml'], { cwd: made.path });
    expect([code, err]).toEqual([
      1,
      'sct-gateway: the configuration has 1 problem\nnowhere.yaml:1:1: does not exist\n',
    ]);
  });

  test('environment variables are those of the process', async () => {
    const variable = '$'.concat('{LISTEN_PORT}');
    made.write(
      'gateway.yaml',
      GATEWAY.replace('{ address: 127.0.0.1, port: 0 }', `address: 127.0.0.1\n    port: ${variable}`).replace(
        /fromFile: [^ ]+/,
        'fromEnv: RING',
      ),
    );
    const env = { LISTEN_PORT: '8081', RING: readFileSync(join(made.path, 'farm-keys.json'), 'utf8') };
    const good = await sctGateway(['check'], { cwd: made.path, env });
    expect([good.code, good.out]).toEqual([0, expect.stringContaining('listeners http://127.0.0.1:8081')]);
    const bad = await sctGateway(['check'], { cwd: made.path });
    expect(bad.err).toContain('environment variable LISTEN_PORT is not set');
  });
});

describe('keys generate', () => {
  test('a ring on standard output', async () => {
    const { code, out, err } = await sctGateway(['keys', 'generate']);
    expect([code, err]).toEqual([0, '']);
    const ring = parseKeyRing(out, 'output');
    expect(ring.kids).toEqual([ring.current.kid]);
    expect((await sctGateway(['keys', 'generate'])).out).not.toBe(out);
  });

  test('a ring in a file that only its owner can read', async () => {
    const file = join(made.path, 'new.json');
    const { code, out } = await sctGateway(['keys', 'generate', '--out', file]);
    expect([code, out]).toEqual([0, '']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(parseKeyRing(readFileSync(file, 'utf8'), file).kids).toHaveLength(1);
  });

  test('a ring that is there is not overwritten', async () => {
    const file = join(made.path, 'farm-keys.json');
    const before = readFileSync(file, 'utf8');
    const { code, err } = await sctGateway(['keys', 'generate', '--out', file]);
    expect([code, err]).toEqual([1, `sct-gateway: ${file} exists already and is not overwritten\n`]);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  test('a folder that is not there', async () => {
    const file = join(made.path, 'no', 'ring.json');
    const { code, err } = await sctGateway(['keys', 'generate', '-o', file]);
    expect([code, err]).toEqual([1, `sct-gateway: ${file} cannot be written: the folder does not exist\n`]);
  });
});

describe('hash-password', () => {
  test('a line that the users file takes, without the password', async () => {
    const { code, out, err } = await sctGateway(['hash-password', '--user', 'alice', '--groups', 'sales,admins'], {
      input: 'ecilA ü\n',
    });
    expect([code, err]).toEqual([0, '']);
    const { users, problems } = parseUserFile(out, undefined);
    expect(problems).toEqual([]);
    expect(users).toMatchObject([{ name: 'alice', groups: ['sales', 'admins'] }]);
    const hash = parseHash(out.split(':')[1] ?? '');
    if (typeof hash === 'string') throw new Error(hash);
    expect(await verifyPassword('ecilA ü', hash)).toBe(true);
    expect(await verifyPassword('ecilA ü\n', hash)).toBe(false);
    expect(out).not.toContain('ecilA');
  });

  test.each([
    ['without a line end', 'ecilA'],
    ['with that of Windows', 'ecilA\r\nmore\r\n'],
  ])('the first line of the input, %s', async (_, input) => {
    const { out } = await sctGateway(['hash-password', '-u', 'alice'], { input });
    const hash = parseHash(out.trim().split(':')[1] ?? '');
    if (typeof hash === 'string') throw new Error(hash);
    expect(await verifyPassword('ecilA', hash)).toBe(true);
  });

  test.each([
    ['', 'the password is empty'],
    ['\n', 'the password is empty'],
    [`${'x'.repeat(1025)}\n`, 'the password has more than 1024 characters'],
    ['x'.repeat(70_000), 'the input is too long for a password'],
  ])('a password that cannot be one', async (input, message) => {
    const { code, err } = await sctGateway(['hash-password', '-u', 'alice'], { input });
    expect([code, err]).toEqual([2, `sct-gateway: ${message}\nSee: sct-gateway help\n`]);
  });

  test("a password that can be read back, under the farm's key", async () => {
    const { code, out } = await sctGateway(['hash-password', '-u', 'alice', '--reversible', '-c', made.file], {
      input: 'ecilA\n',
    });
    expect(code).toBe(0);
    const ring = parseKeyRing(readFileSync(join(made.path, 'farm-keys.json'), 'utf8'), 'ring');
    const { users, problems } = parseUserFile(out, ring);
    expect(problems).toEqual([]);
    expect((await users[0]?.sealed?.open())?.toString()).toBe('ecilA');
    expect(out).not.toContain('ecilA');
  });

  test('the ring is enough: the users file that a policy names need not be there yet', async () => {
    made.write('orders.yaml', service('orders').replace('anonymous }', 'username, users: { file: users.htpasswd } }'));
    expect((await sctGateway(['check'], { cwd: made.path })).code).toBe(1);
    const { code, out } = await sctGateway(['hash-password', '-u', 'alice', '--reversible'], {
      input: 'ecilA\n',
      cwd: made.path,
    });
    expect(code).toBe(0);
    made.write('users.htpasswd', out);
    expect((await sctGateway(['check'], { cwd: made.path })).code).toBe(0);
  });

  test('without a ring nothing is asked for', async () => {
    mkdirSync(join(made.path, 'empty'));
    const { code, err } = await sctGateway(['hash-password', '-u', 'alice', '--reversible'], {
      cwd: join(made.path, 'empty'),
      input: 'ecilA\n',
    });
    expect([code, err]).toEqual([
      1,
      'sct-gateway: the configuration has 1 problem\ngateway.yaml:1:1: does not exist\n',
    ]);
  });
});
