import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';
import { parseSealed, type SealedPassword, sealPassword } from '../../src/credentials/sealed.js';
import { symmetric } from '../conversation/fixtures.js';
import { failureOf, RING } from './fixtures.js';

const jweOf = (sealed: string): string => sealed.slice('sealed$'.length);

function parsed(text: string, user = 'alice'): SealedPassword {
  const result = parseSealed(text, user, RING);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

async function forge(header: Record<string, unknown>, key: Uint8Array = symmetric(RING.current).key): Promise<string> {
  const full = {
    alg: 'A256KW',
    enc: 'A256GCM',
    typ: 'sct-gateway-password',
    kid: RING.current.kid,
    sub: 'alice',
    ...header,
  };
  const jwe = await new CompactEncrypt(Buffer.from('ecilA')).setProtectedHeader(full).encrypt(key);
  return `sealed$${jwe}`;
}

test('what is sealed opens with jose alone, and says whose it is', async () => {
  const sealed = await sealPassword(RING, 'Łucja', 'ecilA ż');
  expect(decodeProtectedHeader(jweOf(sealed))).toEqual({
    alg: 'A256KW',
    enc: 'A256GCM',
    typ: 'sct-gateway-password',
    kid: RING.current.kid,
    sub: 'Łucja',
  });
  const { plaintext } = await compactDecrypt(jweOf(sealed), symmetric(RING.current).key);
  expect(Buffer.from(plaintext).toString()).toBe('ecilA ż');
  expect((await parsed(sealed, 'Łucja').open()).toString()).toBe('ecilA ż');
  expect(sealed).not.toContain('ecilA');
});

test('two seals of one password have nothing in common', async () => {
  const [a, b] = [await sealPassword(RING, 'alice', 'x'), await sealPassword(RING, 'alice', 'x')];
  expect(a.split('.').slice(1)).not.toEqual(b.split('.').slice(1));
});

test('one that jose made opens', async () => {
  expect((await parsed(await forge({})).open()).toString()).toBe('ecilA');
});

test.each<[string, () => Promise<string>, RegExp]>([
  ['nothing', async () => 'sealed$', /compact JWE/],
  ['a part less', async () => (await forge({})).split('.').slice(0, 4).join('.'), /compact JWE/],
  ['a part more', async () => `${await forge({})}.a`, /compact JWE/],
  ['padding', async () => `${await forge({})}=`, /compact JWE/],
  ['white space', async () => (await forge({})).replace('.', '.\t'), /compact JWE/],
  ['a short tag', async () => (await forge({})).slice(0, -2), /compact JWE/],
  ['too much', async () => `sealed$${'a'.repeat(5_000)}`, /compact JWE/],
  ['another type: a cookie of the farm', async () => forge({ typ: 'JWT' }), /hash-password --reversible/],
  ['no type', async () => forge({ typ: undefined }), /hash-password --reversible/],
  ['dir, which has no wrapped key', async () => forge({ alg: 'dir' }), /compact JWE/],
  ['A256GCMKW', async () => forge({ alg: 'A256GCMKW' }), /hash-password --reversible/],
  ['another user', async () => forge({ sub: 'bob' }), /another user/],
  ['no user', async () => forge({ sub: undefined }), /another user/],
  ['an unknown key', async () => forge({ kid: 'nobody' }), /key "nobody"/],
  ['no key id', async () => forge({ kid: undefined }), /key undefined/],
  [
    'a header that is no JSON',
    async () => (await forge({})).replace(/\$[^.]+/, '$bm9uZQ'),
    /hash-password --reversible/,
  ],
  ['a header that is null', async () => (await forge({})).replace(/\$[^.]+/, '$bnVsbA'), /hash-password --reversible/],
  [
    'compression',
    async () => {
      const [header = '', ...rest] = jweOf(await forge({})).split('.');
      const zipped = { ...JSON.parse(Buffer.from(header, 'base64url').toString()), zip: 'DEF' };
      return `sealed$${[Buffer.from(JSON.stringify(zipped)).toString('base64url'), ...rest].join('.')}`;
    },
    /hash-password --reversible/,
  ],
])('%s is refused', async (_, make, problem) => {
  expect(parseSealed(await make(), 'alice', RING)).toMatch(problem);
});

test.each<[string, (parts: string[]) => void]>([
  [
    'header',
    (parts) =>
      parts.splice(
        0,
        1,
        Buffer.from(
          JSON.stringify({ ...JSON.parse(Buffer.from(parts[0] ?? '', 'base64url').toString()), x: 1 }),
        ).toString('base64url'),
      ),
  ],
  ['wrapped key', (parts) => parts.splice(1, 1, flip(parts[1]))],
  ['initialisation vector', (parts) => parts.splice(2, 1, flip(parts[2]))],
  ['ciphertext', (parts) => parts.splice(3, 1, flip(parts[3]))],
  ['tag', (parts) => parts.splice(4, 1, flip(parts[4]))],
])('an altered %s does not open', async (_, alter) => {
  const parts = jweOf(await sealPassword(RING, 'alice', 'ecilA')).split('.');
  alter(parts);
  const error = await failureOf(() => parsed(`sealed$${parts.join('.')}`).open());
  expect(error.code).toBe('auth.failed');
  expect(error.details).toEqual({ username: 'alice', kid: RING.current.kid });
});

test('nor does one under another key of the same name', async () => {
  expect((await failureOf(async () => parsed(await forge({}, Buffer.alloc(32))).open())).code).toBe('auth.failed');
});

function flip(part = ''): string {
  const octets = Buffer.from(part, 'base64url');
  octets[0] = (octets[0] ?? 0) ^ 1;
  return octets.toString('base64url');
}
