import { createHash } from 'node:crypto';
import type { Principal } from '../../src/conversation/context.js';
import { createGate } from '../../src/credentials/gate.js';
import { createNonceWindow } from '../../src/credentials/nonces.js';
import { createThrottle } from '../../src/credentials/throttle.js';
import {
  type AuthenticateUsername,
  type UsernameCredential,
  type UsernameRules,
  usernameAuthenticator,
} from '../../src/credentials/username.js';
import type { UserStore } from '../../src/credentials/users.js';
import { type Clock, clock, failureOf, START } from './fixtures.js';

/** What reaches the store: the proof itself is tested in users.test.ts. */
let asked: string[];
const alice: Principal = { name: 'alice', method: 'username', groups: [], claims: {} };
const sha1 = (text: string): Buffer => createHash('sha1').update(text).digest();
const users: UserStore = {
  size: 1,
  verifyText: async (name, password) => {
    asked.push(`text ${name}`);
    return name === 'alice' && password === 'ecilA' ? alice : undefined;
  },
  verifyDigest: async (name, nonce, created, digest) => {
    asked.push(`digest ${name} ${created}`);
    return digest.equals(sha1(`${nonce.toString()}${created}ecilA`)) ? alice : undefined;
  },
};

const TTL = 300_000;
const SKEW = 60_000;
let time: Clock;
let authenticate: AuthenticateUsername;

function create(
  parts: { nonces?: number; userFailures?: number; addressFailures?: number } = {},
): AuthenticateUsername {
  const { nonces = 10, userFailures = 3, addressFailures = 100 } = parts;
  return usernameAuthenticator({
    runtime: time,
    throttle: createThrottle({ userFailures, addressFailures, refill: 60_000 }, time),
    nonces: createNonceWindow(nonces, time),
    gate: createGate(2, 10),
  });
}

beforeEach(() => {
  asked = [];
  time = clock();
  authenticate = create();
});

const text = (parts: Partial<UsernameCredential> = {}): UsernameCredential => ({
  username: 'alice',
  password: 'ecilA',
  type: 'text',
  ...parts,
});

function digest(parts: Partial<UsernameCredential> & { at?: number } = {}): UsernameCredential {
  const created = new Date(parts.at ?? START).toISOString();
  const nonce = parts.nonce ?? Buffer.from('n');
  const password = sha1(`${nonce.toString()}${created}ecilA`).toString('base64');
  return { username: 'alice', type: 'digest', password, nonce, created, ...parts };
}

const rules = (parts: Partial<UsernameRules> = {}): UsernameRules => ({
  users,
  passwords: ['text', 'digest'],
  clientAddress: '192.0.2.1',
  ttl: TTL,
  skew: SKEW,
  ...parts,
});

test('a password as text proves, with or without nonce and time', async () => {
  expect(await authenticate(text(), rules())).toBe(alice);
  expect(await authenticate(text({ nonce: Buffer.from('n') }), rules())).toBe(alice);
  expect(await authenticate(text({ created: '2026-11-24T12:00:00.123456789+00:00' }), rules())).toBe(alice);
  // WCF sends neither, again and again
  expect(await authenticate(text(), rules())).toBe(alice);
});

test('a digest proves, over the time as it was written', async () => {
  expect(await authenticate(digest(), rules())).toBe(alice);
  expect(asked).toEqual(['digest alice 2026-11-24T12:00:00.000Z']);
});

test.each<[string, UsernameCredential, Partial<UsernameRules>]>([
  ['no name', text({ username: '' }), {}],
  ['a name with a control', text({ username: 'al\nice' }), {}],
  ['a name with space at its end', text({ username: 'alice ' }), {}],
  ['a name too long', text({ username: 'a'.repeat(257) }), {}],
  ['no password', text({ password: undefined }), {}],
  ['an empty password', text({ password: '' }), {}],
  ['a password too long', text({ password: 'a'.repeat(1025) }), {}],
  ['a password with NUL', text({ password: 'ecilA\0' }), {}],
  ['text where digests are taken', text(), { passwords: ['digest'] }],
  ['a digest where text is taken', digest(), { passwords: ['text'] }],
  ['anything where nothing is taken', text(), { passwords: [] }],
  ['an empty nonce', text({ nonce: Buffer.alloc(0) }), {}],
  ['a nonce too long', text({ nonce: Buffer.alloc(129) }), {}],
  ['a digest without nonce', { ...digest(), nonce: undefined }, {}],
  ['a digest without time', { ...digest(), created: undefined }, {}],
  ['a time that is none', text({ created: 'now' }), {}],
  ['a time without zone', text({ created: '2026-11-24T12:00:00' }), {}],
  ['a day that is none', text({ created: '2026-13-24T12:00:00Z' }), {}],
  ['a time with spaces', text({ created: ' 2026-11-24T12:00:00Z' }), {}],
  ['a year of five digits', text({ created: '12026-11-24T12:00:00Z' }), {}],
])('%s is refused before any work', async (_, credential, parts) => {
  const error = await failureOf(() => authenticate(credential, rules(parts)));
  expect(error.code).toBe('auth.failed');
  expect(asked).toEqual([]);
  expect(JSON.stringify([error.message, error.details])).not.toContain('ecilA');
});

test.each<[string, UsernameCredential]>([
  ['a wrong password', text({ password: 'x' })],
  ['an unknown user', text({ username: 'nobody' })],
  ['a wrong digest', digest({ password: sha1('x').toString('base64') })],
])('%s is refused after the work, in the same words', async (_, credential) => {
  const error = await failureOf(() => authenticate(credential, rules()));
  expect(error.code).toBe('auth.failed');
  expect(error.message).toBe(`no user proves this ${credential.type}`);
  expect(asked).toHaveLength(1);
});

test.each([
  '',
  'not base64',
  sha1('x').subarray(1).toString('base64'),
  Buffer.alloc(21).toString('base64'),
  `${sha1('x').toString('base64')}=`,
])('a digest written %j proves nothing', async (password) => {
  expect((await failureOf(() => authenticate(digest({ password }), rules()))).code).toBe('auth.failed');
  expect(asked).toEqual([]);
});

describe('freshness, to the millisecond', () => {
  test.each([
    [0, true],
    [TTL + SKEW, true],
    [TTL + SKEW + 1, false],
    [-SKEW, true],
    [-SKEW - 1, false],
  ])('%i ms after its creation a token is good: %s', async (age, good) => {
    time.set(START + age);
    const work = (): Promise<Principal> => authenticate(digest(), rules());
    if (good) expect(await work()).toBe(alice);
    else expect((await failureOf(work)).details).toMatchObject({ age, ttl: TTL, skew: SKEW });
  });

  test('a nonce is good once, for as long as its token could be fresh', async () => {
    await authenticate(digest(), rules());
    for (const age of [0, 1, TTL, TTL + SKEW]) {
      time.set(START + age);
      expect((await failureOf(() => authenticate(digest(), rules()))).code).toBe('auth.replay');
    }
    time.set(START + TTL + SKEW + 1);
    expect((await failureOf(() => authenticate(digest(), rules()))).code).toBe('auth.failed');
  });

  test('a nonce without a time is remembered as long as the message that carried it could be fresh', async () => {
    const credential = text({ nonce: Buffer.from('n') });
    await authenticate(credential, rules());
    time.set(START + TTL + 2 * SKEW);
    expect((await failureOf(() => authenticate(credential, rules()))).code).toBe('auth.replay');
    time.set(START + TTL + 2 * SKEW + 1);
    expect(await authenticate(credential, rules())).toBe(alice);
  });

  test('two at once with one nonce: one is refused', async () => {
    const both = await Promise.allSettled([authenticate(digest(), rules()), authenticate(digest(), rules())]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('a guess burns no nonce, of nobody', async () => {
    await failureOf(() => authenticate(digest({ password: sha1('x').toString('base64') }), rules()));
    expect(await authenticate(digest(), rules())).toBe(alice);
  });

  test('a full window refuses, and forgets nothing for it', async () => {
    authenticate = create({ nonces: 2 });
    await authenticate(digest({ nonce: Buffer.from('a') }), rules());
    await authenticate(digest({ nonce: Buffer.from('b') }), rules());
    const third = await failureOf(() => authenticate(digest({ nonce: Buffer.from('c') }), rules()));
    expect(third.code).toBe('auth.unavailable');
    expect((await failureOf(() => authenticate(digest({ nonce: Buffer.from('a') }), rules()))).code).toBe(
      'auth.replay',
    );
  });
});

describe('guessing', () => {
  const guess = (parts: Partial<UsernameCredential> = {}, clientAddress = '192.0.2.1') =>
    failureOf(() => authenticate(text({ password: 'x', ...parts }), rules({ clientAddress })));

  test('is cut off for the user, who is then not even asked about, right or wrong', async () => {
    for (let i = 0; i < 3; i++) expect((await guess()).code).toBe('auth.failed');
    expect(asked).toHaveLength(3);
    const cut = await failureOf(() => authenticate(text(), rules({ clientAddress: '198.51.100.1' })));
    expect(cut.code).toBe('auth.throttled');
    expect(cut.details).toEqual({ by: 'user' });
    expect(asked).toHaveLength(3);
    time.set(START + 60_000);
    expect(await authenticate(text(), rules())).toBe(alice);
  });

  test('is cut off for the address, whatever user it tries', async () => {
    authenticate = create({ addressFailures: 2 });
    await guess({ username: 'a' });
    await guess({ username: 'b' });
    const cut = await guess({ username: 'c' });
    expect([cut.code, cut.details]).toEqual(['auth.throttled', { by: 'address' }]);
    expect((await guess({ username: 'c' }, '198.51.100.1')).code).toBe('auth.failed');
  });

  test('unknown users are cut off like known ones', async () => {
    for (let i = 0; i < 3; i++) await guess({ username: 'nobody' });
    expect((await guess({ username: 'nobody' })).code).toBe('auth.throttled');
  });

  test('those that wait for their turn while others fail are cut off too', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => guess()));
    const codes = all.map(({ code }) => code);
    expect(codes.filter((code) => code === 'auth.throttled').length).toBeGreaterThan(0);
    // as many as may, and those that were proven beside the last of them
    expect(asked.length).toBeLessThanOrEqual(3 + 1);
  });

  test('success forgives the user', async () => {
    await guess();
    await guess();
    await authenticate(text(), rules());
    await guess();
    await guess();
    expect(await authenticate(text(), rules())).toBe(alice);
  });
});
