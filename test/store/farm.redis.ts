import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { contextHash } from '../../src/conversation/context.js';
import { storeKey } from '../../src/store/store.js';
import { projectPath } from '../farm/project.js';
import { type RedisServer, startRedis, tellRedis, until } from './redis-server.js';
import { startTwoNodes, type TwoNodes } from './two-nodes.js';

/** What a node may still accept after another has ended a conversation, as the documentation says; and what a busy machine adds. */
const WINDOW = 500;
const SLACK = 500;

const OK = { status: 200, secured: true, fault: undefined };
const AWAY = { status: 503, secured: false };

let redis: RedisServer;
let nodes: TwoNodes;

beforeAll(async () => {
  redis = await startRedis();
  nodes = await startTwoNodes(
    { addresses: [`127.0.0.1:${redis.port}`], timeout: '150ms', connectTimeout: '1s', prefix: 'farm:' },
    {
      kept: { conversation: { state: 'redis' } },
      keptopen: { conversation: { state: 'redis' }, whenStoreIsAway: 'open' },
      memory: { conversation: { state: 'memory' } },
      farm: { replay: 'farm' },
      farmopen: { replay: 'farm', whenStoreIsAway: 'open' },
      cookie: {},
      users: { credential: 'username', replay: 'farm' },
    },
  );
  await nodes.ready();
}, 60_000);
afterAll(async () => {
  await nodes?.stop();
  await redis?.remove();
});
beforeEach(() => nodes.ready());

const keys = async (pattern: string) => (await tellRedis(redis.port, 'KEYS', `farm:${pattern}`)) as string[];

describe('state: redis', () => {
  test('a bare token, served by the other node, which asks once; renewed, and goes on', async () => {
    const conversation = await nodes.open('kept');
    const { identifier } = conversation.token;
    expect(conversation.opened.body).not.toContain('Cookie');
    expect(await nodes.ping(conversation, 1, 'kept')).toMatchObject(OK);
    expect(await nodes.ping(conversation, 0, 'kept')).toMatchObject(OK);
    const key = storeKey('state', 'kept', identifier, '');
    expect(await keys(`${key}`)).toHaveLength(1);
    expect(Number(await tellRedis(redis.port, 'PTTL', `farm:${key}`))).toBeGreaterThan(29 * 60_000);
    const sealed = String(await tellRedis(redis.port, 'GET', `farm:${key}`));
    expect(sealed.split('.')).toHaveLength(5);
    expect(sealed).not.toContain(identifier);
    await conversation.renew();
    expect(conversation.token.instance).toBeDefined();
    expect(await nodes.ping(conversation, 1, 'kept')).toMatchObject(OK);
    // Nothing is asked of the store any more: what each node has opened it keeps.
    await tellRedis(redis.port, 'DEL', `farm:${key}`);
    expect(await nodes.ping(conversation, 1, 'kept')).toMatchObject(OK);
  });

  test('what stands in the store was not written by us, or for another token: refused', async () => {
    const [one, other] = [await nodes.open('kept'), await nodes.open('kept')];
    const keyOf = (identifier: string) => `farm:${storeKey('state', 'kept', identifier, '')}`;
    const sealed = String(await tellRedis(redis.port, 'GET', keyOf(other.token.identifier)));
    const before = nodes.upstream.seen.length;
    for (const forged of [sealed, `${sealed.slice(0, -4)}AAAA`, 'x', '']) {
      await tellRedis(redis.port, 'SET', keyOf(one.token.identifier), forged);
      const { fault } = await nodes.ping(one, 1, 'kept');
      expect([forged, fault?.subcode]).toEqual([forged, expect.stringMatching(/BadContextToken$/)]);
    }
    await tellRedis(redis.port, 'DEL', keyOf(one.token.identifier));
    expect((await nodes.ping(one, 1, 'kept')).fault?.subcode).toMatch(/BadContextToken$/);
    expect(nodes.upstream.seen).toHaveLength(before);
  });

  test('a token with a cookie is served as well: a service can change its way while conversations last', async () => {
    const conversation = await nodes.open('cookie');
    expect(conversation.opened.body).toContain('Cookie');
    expect(await nodes.ping(conversation, 1, 'cookie')).toMatchObject(OK);
    expect((await nodes.ping(conversation, 1, 'kept')).fault?.subcode).toMatch(/BadContextToken$/);
  });

  test('frozen: each message is answered within the timeout; what is known goes on where the policy says open', async () => {
    const [closed, opened] = [await nodes.open('kept'), await nodes.open('keptopen')];
    expect(await nodes.ping(opened, 1, 'keptopen')).toMatchObject(OK);
    redis.freeze();
    try {
      const begun = performance.now();
      expect(await nodes.ping(closed, 1, 'kept')).toMatchObject(AWAY);
      expect(performance.now() - begun).toBeLessThan(150 + SLACK);
      await expect(nodes.open('kept')).rejects.toMatchObject({ reply: { status: 503 } });
      await until('the nodes notice', () => nodes.gateways.every((gateway) => !gateway.readiness().ready));
      expect(nodes.gateways[0].readiness().reasons).toEqual(['the shared store does not answer']);
      expect(await nodes.ping(opened, 1, 'keptopen')).toMatchObject(OK);
      expect(await nodes.ping(opened, 0, 'keptopen')).toMatchObject(AWAY);
    } finally {
      redis.thaw();
    }
    await nodes.ready();
    expect(await nodes.ping(closed, 1, 'kept')).toMatchObject(OK);
    expect(await nodes.ping(opened, 0, 'keptopen')).toMatchObject(OK);
  });
});

describe('state: memory', () => {
  test('the token is bare, and good on its own node alone', async () => {
    const conversation = await nodes.open('memory');
    expect(conversation.opened.body).not.toContain('Cookie');
    expect(await nodes.ping(conversation, 0, 'memory')).toMatchObject(OK);
    expect((await nodes.ping(conversation, 1, 'memory')).fault?.subcode).toMatch(/BadContextToken$/);
    await conversation.renew();
    expect(await nodes.ping(conversation, 0, 'memory')).toMatchObject(OK);
    await conversation.cancel();
    expect((await nodes.ping(conversation, 0, 'memory')).fault?.subcode).toMatch(/BadContextToken$/);
  });
});

describe('replay', () => {
  test.each([
    ['farm', /InvalidSecurity$/],
    ['cookie', undefined],
  ] as const)('at %s the very octets again, at the other node', async (service, refused) => {
    const conversation = await nodes.open(service);
    const first = await nodes.ping(conversation, 0, service);
    expect(first).toMatchObject(OK);
    const before = nodes.upstream.seen.length;
    const second = await conversation.repeat(first, { url: nodes.url(1, service) });
    if (refused === undefined) expect(second.fault).toBeUndefined();
    else expect(second.fault?.subcode).toMatch(refused);
    expect(nodes.upstream.seen.length - before).toBe(refused === undefined ? 1 : 0);
    expect(await nodes.ping(conversation, 1, service)).toMatchObject(OK);
  });

  test('of the same octets at both nodes at once one is accepted', async () => {
    const conversation = await nodes.open('farm');
    const first = await nodes.ping(conversation, 0, 'farm');
    await tellRedis(redis.port, 'FLUSHALL');
    const before = nodes.upstream.seen.length;
    const again = await Promise.all(
      [0, 1, 1, 0].map((node) => conversation.repeat(first, { url: nodes.url(node as 0 | 1, 'farm') })),
    );
    expect(again.filter(({ fault }) => fault === undefined)).toHaveLength(1);
    expect(nodes.upstream.seen.length - before).toBe(1);
  });

  test('what is remembered ends with what could be fresh: ttl and twice the skew', async () => {
    await tellRedis(redis.port, 'FLUSHALL');
    await nodes.ping(await nodes.open('farm'), 0, 'farm');
    const lives = await Promise.all((await keys('message:*')).map((key) => tellRedis(redis.port, 'PTTL', key)));
    expect(lives.length).toBeGreaterThan(0);
    for (const life of lives) expect(Number(life)).toBeGreaterThan(880_000);
    for (const life of lives) expect(Number(life)).toBeLessThanOrEqual(900_000);
  });

  test('a request for a token again, at the other node: its message is known', async () => {
    const { opened, repeat } = await nodes.open('users');
    const again = await repeat(opened, { url: nodes.url(1, 'users') });
    expect(again.fault?.subcode).toMatch(/InvalidSecurity$/);
  });

  test('away: closed refuses, and open accepts what its node has not seen; both are back by themselves', async () => {
    const [closed, opened] = [await nodes.open('farm'), await nodes.open('farmopen')];
    const seen = await nodes.ping(opened, 0, 'farmopen');
    await redis.kill();
    const before = nodes.upstream.seen.length;
    try {
      for (let index = 0; index < 5; index++) expect(await nodes.ping(closed, 0, 'farm')).toMatchObject(AWAY);
      expect(nodes.upstream.seen).toHaveLength(before);
      expect(await nodes.ping(opened, 0, 'farmopen')).toMatchObject(OK);
      expect((await opened.repeat(seen, { url: nodes.url(0, 'farmopen') })).fault?.subcode).toMatch(/InvalidSecurity$/);
      expect(await nodes.ping(await nodes.open('cookie'), 1, 'cookie')).toMatchObject(OK);
    } finally {
      await redis.start();
    }
    await nodes.ready();
    expect(await nodes.ping(closed, 0, 'farm')).toMatchObject(OK);
    const text = await nodes.gateways[0].metrics.text();
    expect(text).toMatch(/sct_gateway_store_decisions_total\{route="farm",decision="closed"\} [1-9]/);
    expect(text).toMatch(/sct_gateway_store_decisions_total\{route="farmopen",decision="open"\} [1-9]/);
    expect(text).toMatch(/sct_gateway_store_up 1/);
  });

  test('full: closed refuses, whatever it could not write down', async () => {
    const conversation = await nodes.open('farm');
    await tellRedis(redis.port, 'CONFIG', 'SET', 'maxmemory', '1');
    try {
      expect(await nodes.ping(conversation, 0, 'farm')).toMatchObject(AWAY);
    } finally {
      await tellRedis(redis.port, 'CONFIG', 'SET', 'maxmemory', '0');
    }
    expect(await nodes.ping(conversation, 0, 'farm')).toMatchObject(OK);
  });
});

/** Milliseconds until the other node refuses. */
async function measure(refused: () => Promise<boolean>): Promise<number> {
  const begun = performance.now();
  await until('it is refused', refused, 5000);
  return performance.now() - begun;
}

describe('revocation', () => {
  test('Cancel on one node: the other refuses within the window', async () => {
    for (const service of ['cookie', 'kept', 'farm']) {
      const conversation = await nodes.open(service);
      expect(await nodes.ping(conversation, 1, service)).toMatchObject(OK);
      await conversation.cancel();
      const ms = await measure(async () => (await nodes.ping(conversation, 1, service)).fault !== undefined);
      expect([service, ms < WINDOW + SLACK]).toEqual([service, true]);
    }
  });

  test('while Redis is away a Cancel is told of when it is back', async () => {
    const conversation = await nodes.open('cookie');
    expect(await nodes.ping(conversation, 1, 'cookie')).toMatchObject(OK);
    await redis.kill();
    try {
      await conversation.cancel();
      expect((await nodes.ping(conversation, 0, 'cookie')).fault?.subcode).toMatch(/BadContextToken$/);
      expect(await nodes.ping(conversation, 1, 'cookie')).toMatchObject(OK);
    } finally {
      await redis.start();
    }
    await measure(async () => (await nodes.ping(conversation, 1, 'cookie')).fault !== undefined);
  });

  test('a node that starts later knows of it before it is ready', async () => {
    const conversation = await nodes.open('cookie');
    await conversation.cancel();
    await sleep(WINDOW);
    const { startGateway } = await import('../../src/gateway.js');
    const late = await startGateway(nodes.file, { destination: { write: () => {} } });
    try {
      expect(late.readiness()).toMatchObject({ ready: false });
      await until('it is ready', () => late.readiness().ready);
      const url = `http://127.0.0.1:${late.addresses[0]?.port}/cookie`;
      const { fault } = await conversation.call('<x xmlns="urn:x"/>', { action: 'urn:x', url });
      expect(fault?.subcode).toMatch(/BadContextToken$/);
    } finally {
      await late.stop();
    }
  });

  const revoke = (...args: string[]) =>
    spawnSync(process.execPath, [projectPath('dist/cli.js'), 'revoke', '--config', nodes.file, ...args], {
      encoding: 'utf8',
    });

  test('sct-gateway revoke: a session, a user, a time; others go on (needs npm run build)', async () => {
    const [one, other, user] = [await nodes.open('cookie'), await nodes.open('cookie'), await nodes.open('users')];
    const refused = (conversation: typeof one, service: string) => async () => {
      const faults = await Promise.all(
        ([0, 1] as const).map(async (node) => (await nodes.ping(conversation, node, service)).fault?.subcode),
      );
      return faults.every((subcode) => subcode?.endsWith('BadContextToken'));
    };
    expect(revoke('--session', contextHash(one.token.identifier))).toMatchObject({ status: 0 });
    await measure(refused(one, 'cookie'));
    const told = nodes.lines.filter(({ event }) => event === 'token.revoked');
    expect(told).toMatchObject([one, one].map(({ token }) => ({ session: contextHash(token.identifier) })));
    expect(await nodes.ping(other, 1, 'cookie')).toMatchObject(OK);
    expect(revoke('--session', other.token.identifier)).toMatchObject({ status: 0 });
    await measure(refused(other, 'cookie'));
    expect(revoke('--user', 'alice', '--service', 'users')).toMatchObject({ status: 0 });
    await measure(refused(user, 'users'));
    await sleep(2100);
    const again = await nodes.open('users');
    expect(await nodes.ping(again, 1, 'users')).toMatchObject(OK);
    const old = await nodes.open('cookie');
    await sleep(20);
    expect(revoke('--issued-before', new Date().toISOString(), '--service', 'cookie')).toMatchObject({ status: 0 });
    await measure(refused(old, 'cookie'));
    expect(await nodes.ping(again, 1, 'users')).toMatchObject(OK);
    expect(await nodes.ping(await nodes.open('cookie'), 1, 'cookie')).toMatchObject(OK);
  });

  test('sct-gateway revoke: what it does not do', async () => {
    const sealing = nodes.gateways[0].config.keyRing.current.kid;
    for (const [args, status, words] of [
      [[], 2, /needs one of --session/],
      [['--service', 'cookie'], 2, /needs one of/],
      [['--issued-before', 'yesterday'], 2, /a time with a zone/],
      [['--user', 'alice', '--service', 'nowhere'], 2, /no service is named nowhere/],
      [['--key', sealing], 2, /seals new tokens/],
    ] as const) {
      const { status: code, stderr } = revoke(...args);
      expect([args, code, words.test(stderr)]).toEqual([args, status, true]);
    }
    redis.freeze();
    try {
      const { status, stderr } = revoke('--user', 'bob');
      expect([status, stderr]).toEqual([1, expect.stringContaining('redis is not reached')]);
    } finally {
      redis.thaw();
    }
  });
});
