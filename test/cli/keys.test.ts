import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseKeyRing } from '../../src/conversation/key-ring.js';
import { reportRing } from '../../src/conversation/ring-report.js';
import { type Folder, folder, GATEWAY, service } from '../config/folder.js';
import { selfSigned } from '../conversation/certificates.js';
import { endAll, type Serving, sctGateway, serve } from './spawn.js';

/** Several processes start, on a machine that may have other work. */
const PATIENT = 120_000;

let made: Folder;
let file: string;
beforeEach(() => {
  made = folder({
    'gateway.yaml': `${GATEWAY.replace('admin: false', 'admin: { port: 0 }')}watch: { interval: 1s }\n`,
    'orders.yaml': `${service('orders')}conversation: { renewUntil: 2h }\n`,
  });
  file = join(made.path, 'farm-keys.json');
});
afterEach(async () => {
  await endAll();
  made.remove();
}, PATIENT);

const keys = (...args: readonly string[]) => sctGateway(['keys', ...args], { cwd: made.path });
const ring = () => parseKeyRing(readFileSync(file, 'utf8'), 'ring');
const states = () => reportRing(ring(), Date.now()).keys.map(({ state }) => state);

describe('keys rotate', () => {
  test('by the configuration: twice its interval and the skew of clocks, its longest renewUntil', async () => {
    chmodSync(file, 0o640);
    const { code, out, err } = await keys('rotate');
    const [old, added] = ring().keys;
    expect([code, out]).toEqual([0, '']);
    expect(err.split('\n')[0]).toBe('wrote farm-keys.json');
    expect(err).toContain(
      `key ${added?.kid} opens from now on, and seals from ${new Date(added?.sealsFrom ?? 0).toISOString()} on`,
    );
    expect(err).toContain(
      `key ${old?.kid} opens until ${new Date(old?.endsAt ?? 0).toISOString()}, and may then be retired`,
    );
    expect(states()).toEqual(['active', 'staged']);
    const wait = (added?.sealsFrom ?? 0) - (added?.madeAt ?? 0);
    expect([wait - 302_000 <= 1000, wait >= 302_000]).toEqual([true, true]);
    expect((old?.endsAt ?? 0) - (added?.sealsFrom ?? 0)).toBe(2 * 3_600_000 + 300_000);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(made.path).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('what is a link stays one', async () => {
    mkdirSync(join(made.path, 'real'));
    writeFileSync(join(made.path, 'real', 'ring.json'), readFileSync(file), { mode: 0o600 });
    symlinkSync(join('real', 'ring.json'), join(made.path, 'link.json'));
    expect((await keys('rotate', '--ring', 'link.json')).code).toBe(0);
    expect(lstatSync(join(made.path, 'link.json')).isSymbolicLink()).toBe(true);
    expect(parseKeyRing(readFileSync(join(made.path, 'real', 'ring.json'), 'utf8'), 'x').kids).toHaveLength(2);
  });

  test('to a certificate', async () => {
    const { texts, certificate } = await selfSigned('P-256');
    made.write('c.pem', texts.certificate);
    made.write('k.pem', texts.privateKey);
    const pair = ['--certificate', 'c.pem', '--private-key', 'k.pem'];
    expect((await keys('rotate', '--seal-after', '0s', ...pair)).code).toBe(0);
    const [, added] = ring().keys;
    expect(added?.alg === 'ECDH-ES+A256KW' && added.certificate.raw.equals(certificate.raw)).toBe(true);
    made.write('k.pem', (await selfSigned('P-256')).texts.privateKey);
    const { code, err } = await keys('generate', ...pair);
    expect([code, err]).toEqual([1, 'sct-gateway: k.pem is not the private key of its certificate\n']);
  });

  test.each<[string, () => void, string[], string]>([
    ['a second time before its time', () => undefined, ['-r', 'farm-keys.json'], 'is staged already, and seals from'],
    ['while another edit is under way', () => made.write('.farm-keys.json.new', ''), [], 'another edit is under way'],
    ['of a file that is not there', () => undefined, ['-r', 'none.json'], 'none.json does not exist'],
    ['of what is no ring', () => made.write('x.json', '{}'), ['-r', 'x.json'], 'x.json: is not a JSON Web Key Set'],
    [
      'of a ring in the environment',
      () => made.write('gateway.yaml', GATEWAY.replace('fromFile: farm-keys.json', 'fromEnv: RING')),
      ['--seal-after', '0s', '--renew-until', '1h'],
      'the ring is in the environment: edit the file that it is made from, with --ring',
    ],
  ])('%s changes nothing', async (_, prepare, args, message) => {
    if (args[1] === 'farm-keys.json') await keys('rotate', ...args);
    prepare();
    const before = readFileSync(file);
    const { code, out, err } = await keys('rotate', ...args);
    expect([code, out, err]).toEqual([1, '', expect.stringContaining(message)]);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('without a watch needs to be told when all have it', async () => {
    made.write('gateway.yaml', `${GATEWAY}watch: false\n`);
    const { code, err } = await keys('rotate');
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('--seal-after is needed: the nodes do not watch their files'),
    ]);
  });
});

describe('keys retire', () => {
  test('refuses what would refuse good tokens, and does it when forced', async () => {
    const [first] = ring().kids;
    await keys('rotate', '--seal-after', '0s');
    const refused = await keys('retire', '--key', first ?? '');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('opens tokens that may be good until')]);
    expect(states()).toEqual(['retiring', 'active']);
    const forced = await keys('retire', '--key', first ?? '', '--force');
    expect([forced.code, forced.err]).toEqual([0, `wrote farm-keys.json without key ${first}\n`]);
    expect(states()).toEqual(['active']);
  });

  test('refuses a key that a users file is sealed under', async () => {
    const sealed = await sctGateway(['hash-password', '-u', 'alice', '--reversible'], {
      cwd: made.path,
      input: 'ecilA\n',
    });
    made.write('users.htpasswd', sealed.out);
    made.write(
      'orders.yaml',
      service('orders').replace('credential: anonymous', 'credential: username, users: { file: users.htpasswd }'),
    );
    const [first = ''] = ring().kids;
    const [old] = JSON.parse(readFileSync(file, 'utf8')).keys;
    const [next] = JSON.parse((await keys('generate')).out).keys;
    made.write(
      'farm-keys.json',
      JSON.stringify({
        keys: [
          { ...old, exp: 2 },
          { ...next, nbf: 1 },
        ],
      }),
    );
    expect(states()).toEqual(['ended', 'active']);
    const { code, err } = await keys('retire', '--key', first);
    expect([code, err]).toEqual([1, expect.stringContaining(`needs key "${first}"`)]);
    expect(ring().kids).toContain(first);
  });
});

test('keys list shows what each key does, and no key', async () => {
  await keys('rotate');
  const { code, out } = await keys('list');
  expect(code).toBe(0);
  const [head, first, second, last] = out.split('\n');
  expect(head).toMatch(/^KID +ALGORITHM +STATE +SEALS FROM +ENDS$/);
  expect(first).toMatch(/^\S+ +A256KW +active +- +\d{4}-\S+Z$/);
  expect(second).toMatch(/^\S+ +A256KW +staged +\d{4}-\S+Z +-$/);
  expect(last).toBe(`fingerprint ${ring().fingerprint()}`);
  for (const { k } of JSON.parse(readFileSync(file, 'utf8')).keys) expect(out).not.toContain(k.slice(0, 8));
});

describe('keys check', () => {
  const urlOf = async (node: Serving): Promise<string> => {
    await node.ready();
    const open = node.lines.find(({ event, admin }) => event === 'listener.open' && admin === true);
    return `http://127.0.0.1:${open?.port}`;
  };

  test(
    'compares nodes, one of them of several workers, before and after they take a new ring over by themselves',
    async () => {
      const nodes = [serve(['--config', made.file]), serve(['--config', made.file, '--workers', '2'])];
      const admins = (await Promise.all(nodes.map(urlOf))).flatMap((url) => ['--admin', url]);
      const good = await keys('check', ...admins);
      expect([good.code, good.err]).toEqual([0, '']);
      expect(good.out).toContain('all 2 nodes hold the same ring\n');
      const since = nodes.map(({ lines }) => lines.length);
      await keys('rotate', '--seal-after', '0s');
      const behind = await keys('check', '--ring', 'farm-keys.json', ...admins);
      expect([behind.code, behind.err]).toEqual([1, 'there are 2 different rings\n']);
      await Promise.all(nodes.map((node, index) => node.line('config.loaded', since[index])));
      await until(async () => (await keys('check', '--ring', 'farm-keys.json', ...admins)).code === 0);
      const silent = await keys('check', ...admins, '--admin', 'http://127.0.0.1:9');
      expect([silent.code, silent.err]).toEqual([1, '1 of 3 nodes did not say which ring they hold\n']);
    },
    PATIENT,
  );

  async function until(good: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 20; tries++) if (await good()) return;
    throw new Error('not within 20 tries');
  }
});

test(
  'a file that is wrong is refused by itself, the old one serves, and the right one is taken',
  async () => {
    const node = serve(['--config', made.file, '--workers', '2']);
    await node.ready();
    made.write('farm-keys.json', '{}');
    const failed = await node.line('config.failed');
    expect(failed.problems).toEqual([expect.stringContaining('is not a JSON Web Key Set')]);
    const since = node.lines.length;
    made.write('farm-keys.json', (await keys('generate')).out);
    expect((await node.line('config.loaded', since)).farm_keys).toBe(ring().fingerprint());
    const open = node.lines.find(({ event, admin }) => event === 'listener.open' && admin === true);
    const metrics = await (await fetch(`http://127.0.0.1:${open?.port}/metrics`)).text();
    expect(metrics).toMatch(/^sct_gateway_config_reloads_total\{result="failure"\} 1$/m);
    expect(metrics).toMatch(/^sct_gateway_config_last_reload_successful 1$/m);
    expect(metrics).toMatch(/^sct_gateway_farm_keys\{kid="[^"]+",state="active"\} 2$/m);
  },
  PATIENT,
);
