import { createAuthority, pki as openPki, type Pki } from '../pki/index.js';
import { closeAll, open, openUp, policy, refusalOf } from './opened.js';
import { freePort, type RedisServer, startRedis, tellRedis, until } from './redis-server.js';

const servers: RedisServer[] = [];
const start = async (...options: Parameters<typeof startRedis>): Promise<RedisServer> => {
  const server = await startRedis(...options);
  servers.push(server);
  return server;
};
afterEach(async () => {
  closeAll();
  for (const server of servers.splice(0)) await server.remove();
});

/** What the log says of a store that does not come up. */
async function whyDown(redis: Parameters<typeof open>[0]): Promise<unknown> {
  const { store, lines } = open(redis);
  await until('the log says that it is down', () => lines.some(({ event }) => event === 'store.down'));
  expect(store.up).toBe(false);
  expect((await refusalOf(store.get('x'))).code).toBe('store.unavailable');
  return lines.find(({ event }) => event === 'store.down')?.reason;
}

describe('TLS', () => {
  let pki: Pki;
  let redis: RedisServer;
  beforeAll(async () => {
    pki = await openPki();
  });
  beforeEach(async () => {
    const port = await freePort();
    redis = await start({
      port,
      config: [
        'port 0',
        `tls-port ${port}`,
        `tls-cert-file ${pki.directory}/tls.pem`,
        `tls-key-file ${pki.directory}/tls.key`,
        `tls-ca-cert-file ${pki.directory}/ca.pem`,
        'tls-auth-clients yes',
      ],
    });
  });
  const trust = () => Buffer.from(pki.ca.certificate);
  const own = () => ({
    certificate: Buffer.from(pki.alice.certificate),
    privateKey: Buffer.from(pki.alice.privateKey),
  });

  test('both sides show a certificate', async () => {
    const { store } = await openUp(policy(redis.port, { tls: { trust: trust(), ...own() } }));
    expect(await store.add('m', 1000)).toBe(true);
    const named = {
      addresses: [{ host: '127.0.0.1', port: redis.port }],
      tls: { trust: trust(), ...own(), serverName: 'localhost' },
    };
    expect(await (await openUp(policy(redis.port, named))).store.add('m', 1000)).toBe(false);
  });

  test('an issuer that is not trusted, another name, no certificate, no TLS: not up', async () => {
    const stranger = await createAuthority({ commonName: 'another CA' });
    expect(await whyDown(policy(redis.port, { tls: { trust: Buffer.from(stranger.certificate), ...own() } }))).toMatch(
      /certificate|signature/,
    );
    expect(
      await whyDown(policy(redis.port, { tls: { trust: trust(), ...own(), serverName: 'other.example' } })),
    ).toMatch(/altnames|other\.example/);
    expect(await whyDown(policy(redis.port, { tls: { trust: trust() } }))).toBeDefined();
    expect(await whyDown(policy(redis.port))).toBeDefined();
  });
});

describe('who may', () => {
  test('a password, and a user of an ACL who has the keys of the prefix alone', async () => {
    const redis = await start({
      config: ['user default on >geheim ~* &* +@all', 'user gateway on >secret ~test:* &* +@all -@dangerous +info'],
    });
    const byDefault = await openUp(policy(redis.port, { password: Buffer.from('geheim') }));
    expect(await byDefault.store.add('m', 1000)).toBe(true);
    const gateway = { username: 'gateway', password: Buffer.from('secret') };
    const own = await openUp(policy(redis.port, gateway));
    expect(await own.store.add('m', 1000)).toBe(false);
    await own.store.append('journal', 'x', 1000);
    expect((await own.store.read('journal', '')).entries).toEqual(['x']);
    await own.store.remove('m');
    expect(await whyDown(policy(redis.port, { ...gateway, prefix: 'other:' }))).toMatch(/^NOPERM/);
  });

  test('a wrong password, and none: not up, and the password stands nowhere', async () => {
    const redis = await start({ config: ['requirepass geheim'] });
    const wrong = open(policy(redis.port, { password: Buffer.from('falsches') }));
    await until('it is told', () => wrong.lines.some(({ event }) => event === 'store.down'));
    expect(wrong.lines[0]?.reason).toMatch(/WRONGPASS|invalid/);
    expect(JSON.stringify(wrong.lines)).not.toContain('falsches');
    expect(await whyDown(policy(redis.port))).toMatch(/NOAUTH/);
  });
});

describe('Sentinel', () => {
  test('the master is found; when it dies its replica is taken within seconds, and Sentinels may ask for a password', async () => {
    const master = await start();
    const replica = await start({ config: [`replicaof 127.0.0.1 ${master.port}`, 'repl-diskless-sync-delay 0'] });
    const sentinels = await Promise.all(
      [1, 2, 3].map(() =>
        start({
          sentinel: true,
          config: [
            `sentinel monitor farm 127.0.0.1 ${master.port} 2`,
            'sentinel down-after-milliseconds farm 500',
            'sentinel failover-timeout farm 2000',
            'requirepass sentinels',
            'sentinel sentinel-pass sentinels',
          ],
        }),
      ),
    );
    const { store, lines } = await openUp(
      policy(master.port, {
        mode: 'sentinel',
        master: 'farm',
        addresses: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
        sentinelPassword: Buffer.from('sentinels'),
      }),
    );
    expect(await store.add('m', 60_000)).toBe(true);
    await until('the replica has it', async () => (await tellRedis(replica.port, 'EXISTS', 'test:m')) === 1);
    await until('the sentinels know each other', () => /\+slave/.test(sentinels[0]?.output() ?? ''));
    await master.kill();
    expect((await refusalOf(store.add('n', 1000))).ms).toBeLessThan(500);
    const begun = performance.now();
    const isTaken = async () => ((await tellRedis(replica.port, 'ROLE')) as unknown[])[0] === 'master';
    await until('the replica is the master', isTaken, 30_000);
    const replaced = performance.now() - begun;
    await until(
      'the store is up again',
      async () => (await store.add(`t${Math.random()}`, 1000).catch(() => false)) === true,
      10_000,
    );
    expect(performance.now() - begun - replaced).toBeLessThan(8000);
    expect(await store.add('m', 60_000)).toBe(false);
    expect(lines.map(({ event }) => event)).toEqual(expect.arrayContaining(['store.down']));
  });
});

describe('Cluster', () => {
  test('keys of all three masters; a master that dies is refused by what it holds', async () => {
    const masters = await Promise.all(
      [0, 1, 2].map(() =>
        start({ config: ['cluster-enabled yes', 'cluster-node-timeout 1000', 'cluster-require-full-coverage no'] }),
      ),
    );
    const [first] = masters as [RedisServer, ...RedisServer[]];
    const ranges = [
      [0, 5460],
      [5461, 10922],
      [10923, 16383],
    ];
    for (const [index, { port }] of masters.entries()) {
      await tellRedis(port, 'CLUSTER', 'ADDSLOTSRANGE', ...(ranges[index] ?? []).map(String));
      await tellRedis(port, 'CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    }
    for (const { port } of masters.slice(1)) await tellRedis(first.port, 'CLUSTER', 'MEET', '127.0.0.1', String(port));
    for (const { port } of masters) {
      await until('the cluster knows itself', async () =>
        /cluster_state:ok[\s\S]*cluster_slots_ok:16384[\s\S]*cluster_known_nodes:3/.test(
          String(await tellRedis(port, 'CLUSTER', 'INFO')),
        ),
      );
    }
    const { store } = await openUp(
      policy(first.port, {
        mode: 'cluster',
        addresses: masters.slice(1).map(({ port }) => ({ host: '127.0.0.1', port })),
      }),
    );
    const names = Array.from({ length: 60 }, (_, index) => `message ${index}`);
    for (const name of names) expect([name, await store.add(name, 60_000)]).toEqual([name, true]);
    for (const name of names) expect([name, await store.add(name, 60_000)]).toEqual([name, false]);
    const sizes = await Promise.all(masters.map(({ port }) => tellRedis(port, 'DBSIZE')));
    expect(sizes.every((size) => Number(size) > 5)).toBe(true);
    await store.append('journal', 'x', 1000);
    expect((await store.read('journal', '')).entries).toEqual(['x']);

    await first.kill();
    for (const name of names) {
      const { ms } = await refusalOf(store.add(name, 60_000).then((isNew) => Promise.reject(new Error(String(isNew)))));
      expect(ms).toBeLessThan(1500);
    }
    await first.start();
    await until(
      'all keys are served again',
      async () => {
        const answers = await Promise.all(names.map((name) => store.add(name, 60_000).catch(() => undefined)));
        return answers.every((answer) => answer !== undefined);
      },
      20_000,
    );
  });
});
