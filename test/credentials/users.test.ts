import { createHash } from 'node:crypto';
import { sealPassword } from '../../src/credentials/sealed.js';
import { parseUserFile, type User } from '../../src/credentials/user-file.js';
import { createUserStore, mixesCosts, type UserStore } from '../../src/credentials/users.js';
import { clock, derivations, hashed, RING } from './fixtures.js';

let users: readonly User[];
let opened: number;
let store: UserStore;

/** A user whose password is sealed, and the number of times that it was opened. */
async function sealed(name: string, password: string): Promise<User> {
  const [user] = parseUserFile(`${name}:${await sealPassword(RING, name, password)}:sales`, RING).users;
  if (user?.sealed === undefined) throw new Error('not sealed');
  const { kid, open } = user.sealed;
  return {
    ...user,
    sealed: {
      kid,
      open: () => {
        opened++;
        return open();
      },
    },
  };
}

beforeAll(async () => {
  users = [
    hashed('alice', 'ecilA', ['sales', 'managers']),
    await sealed('carol', 'loraC'),
    { name: 'dora', groups: [] },
  ];
});
beforeEach(() => {
  opened = 0;
  store = createUserStore(users, clock());
});

const NONCE = Buffer.from('nonce of sixteen');
const CREATED = '2026-11-24T12:00:00Z';

/** As the UsernameToken Profile writes it, §3.1: Base64 ( SHA-1 ( nonce + created + password ) ). */
const digest = (password: string, nonce = NONCE, created = CREATED): Buffer =>
  createHash('sha1')
    .update(Buffer.concat([nonce, Buffer.from(created), Buffer.from(password)]))
    .digest();

test('whoever proves a password is who the file says, and no more', async () => {
  const principal = await store.verifyText('alice', 'ecilA');
  expect(principal).toEqual({ name: 'alice', method: 'username', groups: ['sales', 'managers'], claims: {} });
  expect(Object.isFrozen(principal) && Object.isFrozen(principal?.groups) && Object.isFrozen(principal?.claims)).toBe(
    true,
  );
  expect((await store.verifyText('carol', 'loraC'))?.name).toBe('carol');
  expect(store.size).toBe(3);
});

test.each([
  ['alice', 'ecila'],
  ['alice', ''],
  ['alice', 'loraC'],
  ['Alice', 'ecilA'],
  ['alice ', 'ecilA'],
  ['carol', 'loraC '],
  ['carol', ''],
  ['dora', ''],
  ['dora', 'dora'],
  ['nobody', ''],
  ['nobody', 'ecilA'],
  ['__proto__', 'x'],
  ['constructor', 'x'],
])('%s is not proven by %j', async (name, password) => {
  expect(await store.verifyText(name, password)).toBeUndefined();
});

test.each([
  ['a user, right', 'alice', 'ecilA'],
  ['a user, wrong', 'alice', 'x'],
  ['an unknown user', 'nobody', 'x'],
  ['a sealed user, right', 'carol', 'loraC'],
  ['a sealed user, wrong', 'carol', 'x'],
  ['a user without a password', 'dora', 'x'],
])('one derivation for %s', async (_, name, password) => {
  expect(await derivations(() => store.verifyText(name, password))).toBe(1);
});

test('an unknown user costs a derivation even where there are no users', async () => {
  expect(await derivations(() => createUserStore([], clock()).verifyText('nobody', 'x'))).toBe(1);
});

describe('a digest', () => {
  test('known answer: SHA-1 over nonce, created, password', () => {
    // printf 'nonce of sixteen2026-11-24T12:00:00ZloraC' | openssl sha1
    expect(digest('loraC').toString('hex')).toBe('e6d569f34ffa96341d2dd92708848c6972b71401');
  });

  test('known answer: the example of the ONVIF Application Programmer’s Guide', async () => {
    const camera = createUserStore([await sealed('user', 'userpassword')], clock());
    const nonce = Buffer.from('LKqI6G/AikKCQrN0zqZFlg==', 'base64');
    const octets = Buffer.from('tuOSpGlFlIXsozq4HFNeeGeFLEI=', 'base64');
    expect((await camera.verifyDigest('user', nonce, '2010-09-16T07:50:45Z', octets))?.name).toBe('user');
    expect(await camera.verifyDigest('user', nonce, '2010-09-16T07:50:46Z', octets)).toBeUndefined();
  });

  test('proves a user whose password is sealed', async () => {
    expect(await store.verifyDigest('carol', NONCE, CREATED, digest('loraC'))).toEqual({
      name: 'carol',
      method: 'username',
      groups: ['sales'],
      claims: {},
    });
  });

  test.each<[string, string, Buffer]>([
    ['another password', 'carol', digest('x')],
    ['no password', 'carol', digest('')],
    ['another nonce', 'carol', digest('loraC', Buffer.from('other'))],
    ['another time', 'carol', digest('loraC', NONCE, '2026-11-24T12:00:01Z')],
    ['octets moved from nonce to time', 'carol', digest('loraC', NONCE.subarray(0, 15), `n${CREATED}`.slice(0, -1))],
    ['a digest cut short', 'carol', digest('loraC').subarray(0, 19)],
    ['nothing', 'carol', Buffer.alloc(0)],
    ['a user whose password is hashed', 'alice', digest('ecilA')],
    ['a user without a password', 'dora', digest('')],
    ['an unknown user with the sealed password of another', 'nobody', digest('loraC')],
  ])('does not prove %s', async (_, name, octets) => {
    expect(await store.verifyDigest(name, NONCE, CREATED, octets)).toBeUndefined();
  });

  test('opens one seal whoever asks', async () => {
    for (const [index, name] of ['carol', 'alice', 'dora', 'nobody'].entries()) {
      await store.verifyDigest(name, NONCE, CREATED, digest('x'));
      expect(opened).toBe(index + 1);
    }
  });

  test('and none is opened where none is', async () => {
    const plain = createUserStore([hashed('alice', 'ecilA')], clock());
    expect(await plain.verifyDigest('alice', NONCE, CREATED, digest('ecilA'))).toBeUndefined();
  });
});

test('users whose passwords cost differently are told', () => {
  const [alice] = users;
  if (alice?.hash === undefined) throw new Error('no hash');
  const dear: User = { name: 'zoe', groups: [], hash: { ...alice.hash, N: 2 ** 15 } };
  expect(mixesCosts(users)).toBe(false);
  expect(mixesCosts([])).toBe(false);
  expect(mixesCosts([alice, dear])).toBe(true);
});
