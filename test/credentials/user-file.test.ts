import { sealPassword } from '../../src/credentials/sealed.js';
import { parseUserFile } from '../../src/credentials/user-file.js';
import { hashed, jwk, line, RING, ring } from './fixtures.js';

const ALICE = line(hashed('alice', 'ecilA'));
const HASH = ALICE.slice('alice:'.length);

test('a file is its users, in order', async () => {
  const sealed = await sealPassword(RING, 'carol', 'loraC');
  const text = `# users\n\n${ALICE}\r\nbob:${HASH}:sales,managers\n  \ncarol:${sealed}:\nÅsa Łuk@example.com:${HASH}\n`;
  const { users, problems } = parseUserFile(text, RING);
  expect(problems).toEqual([]);
  expect(users.map(({ name, groups }) => [name, groups])).toEqual([
    ['alice', []],
    ['bob', ['sales', 'managers']],
    ['carol', []],
    ['Åsa Łuk@example.com', []],
  ]);
  expect(users.map(({ hash, sealed: own }) => [hash !== undefined, own !== undefined])).toEqual([
    [true, false],
    [true, false],
    [false, true],
    [true, false],
  ]);
});

test('an empty file has no users and no problems', () => {
  expect(parseUserFile('', RING)).toEqual({ users: [], problems: [] });
});

const SECRET = 'canary7f3a';

test.each<[string, string, RegExp]>([
  ['no colon', SECRET, /name:password/],
  ['too many colons', `bob:${HASH}:a:b`, /name:password/],
  ['no name', `:${HASH}`, /name is empty/],
  ['a name with space at an end', ` bob:${HASH}`, /white space/],
  ['a byte order mark', `\ufeffbob:${HASH}`, /white space/],
  ['a control in the name', `bo\u0007b:${HASH}`, /control/],
  ['a line separator in the name', `bo\u2028b:${HASH}`, /control/],
  ['a name too long', `${'b'.repeat(257)}:${HASH}`, /256 characters/],
  ['a password in clear', `bob:${SECRET}`, /scrypt\$ or sealed\$/],
  ['no password', 'bob:', /scrypt\$ or sealed\$/],
  ['an Apache hash', `bob:$apr1$${SECRET}`, /scrypt\$ or sealed\$/],
  ['a scheme in capitals', `bob:${HASH.replace('scrypt', 'SCRYPT')}`, /scrypt\$ or sealed\$/],
  ['a broken hash', `bob:scrypt$${SECRET}`, /must be scrypt\$N/],
  ['a broken seal', `bob:sealed$${SECRET}`, /compact JWE/],
  ['an empty group', `bob:${HASH}:a,,b`, /group/],
  ['a group twice', `bob:${HASH}:a,a`, /twice/],
  ['a group with space', `bob:${HASH}:a, b`, /white space/],
  ['a group with a control', `bob:${HASH}:a\tb`, /controls/],
  ['a group too long', `bob:${HASH}:${'a'.repeat(65)}`, /64 characters/],
  ['too many groups', `bob:${HASH}:${Array.from({ length: 65 }, (_, i) => i).join(',')}`, /more than 64/],
  ['a name twice', `alice:${HASH}`, /second time/],
])('%s is a problem of its line, and quotes no password', (_, wrong, message) => {
  const { users, problems } = parseUserFile(`${ALICE}\n# next\n${wrong}\nzoe:${HASH}\n`, RING);
  expect(problems).toEqual([{ line: 3, message: expect.stringMatching(message) }]);
  expect(users.map(({ name }) => name)).toEqual(['alice', 'zoe']);
  expect(JSON.stringify(problems)).not.toContain(SECRET);
  expect(JSON.stringify(problems)).not.toContain(HASH.slice(-20));
});

test('all problems are told at once', () => {
  const { problems } = parseUserFile('a\nb\n\nc:x\n', RING);
  expect(problems.map(({ line: at }) => at)).toEqual([1, 2, 4]);
});

test('names differ octet by octet', () => {
  const { users, problems } = parseUserFile(
    `alice:${HASH}\nAlice:${HASH}\nalic\u00e9:${HASH}\nalice\u0301:${HASH}\n`,
    RING,
  );
  expect(problems).toEqual([]);
  expect(users).toHaveLength(4);
});

describe('a sealed password', () => {
  test.each([
    ['of another user', async () => sealPassword(RING, 'alice', SECRET), /another user/],
    [
      'of a key that the ring has not',
      async () => sealPassword(ring(jwk('other', 9, true)), 'bob', SECRET),
      /key "other"/,
    ],
  ])('%s is a problem', async (_, seal, message) => {
    const { problems } = parseUserFile(`bob:${await seal()}`, RING);
    expect(problems).toEqual([{ line: 1, message: expect.stringMatching(message) }]);
    expect(JSON.stringify(problems)).not.toContain(SECRET);
  });

  test('is no problem where the ring is missing: that is told elsewhere', async () => {
    const { users, problems } = parseUserFile(`bob:${await sealPassword(RING, 'bob', SECRET)}`, undefined);
    expect(problems).toEqual([]);
    expect(users).toEqual([{ name: 'bob', groups: [] }]);
  });
});
