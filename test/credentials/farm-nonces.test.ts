import { createGate } from '../../src/credentials/gate.js';
import { createNonceWindow } from '../../src/credentials/nonces.js';
import { createThrottle } from '../../src/credentials/throttle.js';
import { type UsernameRules, usernameAuthenticator } from '../../src/credentials/username.js';
import { GatewayError } from '../../src/errors.js';
import { type Clock, clock } from './fixtures.js';

/** Nonces that all nodes remember: what this node has not seen may be known to another. */

const alice = { name: 'alice', method: 'username', groups: [], claims: {} } as const;
const users: UsernameRules['users'] = {
  size: 1,
  verifyText: async (_, password) => (password === 'ecilA' ? alice : undefined),
  verifyDigest: async () => undefined,
};
const token = { username: 'alice', password: 'ecilA', type: 'text', nonce: Buffer.from('n') } as const;

let time: Clock;
beforeEach(() => {
  time = clock();
});

function node() {
  return usernameAuthenticator({
    runtime: time,
    throttle: createThrottle({ userFailures: 2, addressFailures: 10, refill: 60_000 }, time),
    nonces: createNonceWindow(10, time),
    gate: createGate(1, 10),
  });
}

function rules(rememberOnFarm: UsernameRules['rememberOnFarm']): UsernameRules {
  return { users, passwords: ['text'], clientAddress: '192.0.2.1', ttl: 300_000, skew: 60_000, rememberOnFarm };
}

test('a nonce that another node has seen is refused, and asked for with its end', async () => {
  const seen = new Map<string, number>();
  const farm = rules(async (key, until) => {
    const isNew = !seen.has(key);
    seen.set(key, until);
    return isNew;
  });
  expect(await node()(token, farm)).toEqual(alice);
  await expect(node()(token, farm)).rejects.toMatchObject({ code: 'auth.replay' });
  expect([...seen]).toEqual([['bg== alice', time.now() + 300_000 + 2 * 60_000]]);
  expect(await node()({ ...token, nonce: Buffer.from('m') }, farm)).toEqual(alice);
});

test('what this node has seen is not asked, nor what is not proven, nor a token without a nonce', async () => {
  let asked = 0;
  const farm = rules(async () => {
    asked++;
    return true;
  });
  const authenticate = node();
  await authenticate(token, farm);
  await expect(authenticate(token, farm)).rejects.toMatchObject({ code: 'auth.replay' });
  await expect(authenticate({ ...token, password: 'wrong' }, farm)).rejects.toMatchObject({ code: 'auth.failed' });
  await authenticate({ username: 'alice', password: 'ecilA', type: 'text' }, farm);
  expect(asked).toBe(1);
});

test('a store that is away is no wrong password: nobody is throttled', async () => {
  const away = rules(async () => {
    throw new GatewayError('store.unavailable', 'away');
  });
  const authenticate = node();
  for (let index = 0; index < 5; index++) {
    const nonce = Buffer.from(`n${index}`);
    await expect(authenticate({ ...token, nonce }, away)).rejects.toMatchObject({ code: 'store.unavailable' });
  }
  expect(
    await authenticate(
      { ...token, nonce: Buffer.from('later') },
      rules(async () => true),
    ),
  ).toEqual(alice);
});
