import { execFileSync } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { compactDecrypt } from 'jose';
import type { SecurityContext } from '../../src/conversation/context.js';
import { open, seal } from '../../src/conversation/cookie.js';
import { codeOf } from '../crypto/code-of.js';
import { OPENSSL } from '../openssl.js';
import { atOnce } from './at-once.js';
import { jwk, NOW, octets, RING, ring, TYPICAL, with_ } from './fixtures.js';

const FARM_KEY = octets(1, 32);

describe('a sealed cookie', () => {
  test.each<[string, SecurityContext]>([
    ['a typical one', TYPICAL],
    ['a renewed one', with_({ instance: 'urn:uuid:11111111-2222-4333-8444-555555555555' })],
    ['an anonymous one', with_({ principal: { name: '', method: 'anonymous', groups: [], claims: {} } })],
    ['a 128-bit key', with_({ key: octets(9, 16), version: '2004-04' })],
    [
      'claims and characters beyond ASCII',
      with_({
        principal: {
          name: 'Łukasz 🦊 "\\\u0000',
          method: 'saml',
          groups: ['é', ''],
          claims: { email: 'ł@x', __proto: '' },
        },
      }),
    ],
    ['a foreign identifier', with_({ identifier: 'uuid:Ünïcode and spaces' })],
  ])('%s opens as it was', async (_, context) => {
    const opened = atOnce(open(RING, await seal(RING, context), context));
    expect(opened).toEqual(context);
    expect(opened.key.equals(context.key)).toBe(true);
  });

  test('is at most 512 characters for a typical conversation', async () => {
    expect((await seal(RING, TYPICAL)).length).toBeLessThanOrEqual(512);
  });

  test('is another one each time: content key and IV are fresh', async () => {
    const [a, b] = await Promise.all([seal(RING, TYPICAL), seal(RING, TYPICAL)]);
    for (const part of [1, 2, 3, 4]) expect(a!.split('.')[part]).not.toBe(b!.split('.')[part]);
  });

  test('names its key, and opens under it after another one took over', async () => {
    const cookie = await seal(ring(jwk('old', 5, true)), TYPICAL);
    const rotated = ring(jwk('new', 6, true), jwk('old', 5, false));
    expect(atOnce(open(rotated, cookie, TYPICAL))).toEqual(TYPICAL);
    expect(
      atOnce(open(ring(jwk('old', 5, false), jwk('staged', 7, false), jwk('new', 6, true)), cookie, TYPICAL)),
    ).toEqual(TYPICAL);
  });

  test('holds these members and no others, and no password has a place among them', async () => {
    const context = with_({
      instance: 'urn:uuid:i',
      principal: { name: 'alice', method: 'username', groups: ['g'], claims: { c: 'v' } },
    });
    const { plaintext, protectedHeader } = await compactDecrypt(await seal(RING, context), FARM_KEY);
    expect(protectedHeader).toEqual({ alg: 'A256KW', enc: 'A256GCM', kid: '2026-11-24-a1b2' });
    expect(JSON.parse(Buffer.from(plaintext).toString())).toEqual({
      v: 1,
      i: TYPICAL.identifier,
      j: 'urn:uuid:i',
      s: 'orders-production',
      w: '2005-02',
      k: octets(3, 32).toString('base64url'),
      c: NOW,
      e: 1_800_000,
      r: 36_000_000,
      n: 'alice',
      m: 'username',
      g: ['g'],
      a: { c: 'v' },
    });
  });

  test('leaves out what a plain conversation does not have', async () => {
    const context = with_({ principal: { name: 'alice', method: 'username', groups: [], claims: {} } });
    const { plaintext } = await compactDecrypt(await seal(RING, context), FARM_KEY);
    expect(Object.keys(JSON.parse(Buffer.from(plaintext).toString())).join('')).toBe('viswkcernm');
  });

  test('shows nothing of its content', async () => {
    const cookie = await seal(RING, TYPICAL);
    const seen = cookie
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString('latin1'))
      .join('\n');
    for (const canary of ['alice', 'orders', 'uuid', TYPICAL.key.toString('latin1')])
      expect(seen).not.toContain(canary);
  });
});

describe('independent openers agree', () => {
  test('WebCrypto: AES-KW, then AES-GCM over the header as associated data', async () => {
    const [header, wrapped, iv, ciphertext, tag] = (await seal(RING, TYPICAL)).split('.');
    const { subtle } = webcrypto;
    const bytes = (text: string | undefined) => Buffer.from(text!, 'base64url');
    const kek = await subtle.importKey('raw', FARM_KEY, 'AES-KW', false, ['unwrapKey']);
    const cek = await subtle.unwrapKey('raw', bytes(wrapped), kek, 'AES-KW', 'AES-GCM', false, ['decrypt']);
    const plaintext = await subtle.decrypt(
      { name: 'AES-GCM', iv: bytes(iv), additionalData: Buffer.from(header!), tagLength: 128 },
      cek,
      Buffer.concat([bytes(ciphertext), bytes(tag)]),
    );
    expect(JSON.parse(Buffer.from(plaintext).toString()).i).toBe(TYPICAL.identifier);
  });

  if (OPENSSL) {
    test('the openssl command: id-aes256-wrap, then counter mode from GCM’s second block', async () => {
      const [, wrapped, iv, ciphertext] = (await seal(RING, TYPICAL))
        .split('.')
        .map((part) => Buffer.from(part, 'base64url'));
      const run = (cipher: string, key: Buffer, start: string, input: Buffer) =>
        execFileSync('openssl', ['enc', '-d', `-${cipher}`, '-K', key.toString('hex'), '-iv', start], { input });
      const cek = run('id-aes256-wrap', FARM_KEY, 'A6A6A6A6A6A6A6A6', wrapped!);
      const plaintext = run('aes-256-ctr', cek, `${iv!.toString('hex')}00000002`, ciphertext!);
      expect(JSON.parse(plaintext.toString()).n).toBe('alice@example.com');
    });
  }
});

describe('a principal that is too big', () => {
  const named = (length: number) =>
    with_({ principal: { name: 'a'.repeat(length), method: 'username', groups: [], claims: {} } });
  const base = 1536 - 231;

  test('is refused at issue, one octet beyond 1536; at 1536 the cookie fits the opener’s limit', async () => {
    let length = base;
    while ((await outcome(named(length))) === 'none') length++;
    while ((await outcome(named(length))) !== 'none') length--;
    const cookie = await seal(RING, named(length));
    const { plaintext } = await compactDecrypt(cookie, FARM_KEY);
    expect(plaintext).toHaveLength(1536);
    expect(atOnce(open(RING, cookie, TYPICAL)).principal.name).toHaveLength(length);
    expect(await outcome(named(length + 1))).toBe('sts.token-too-large');
  });

  test('by groups and by claims too', async () => {
    const groups = Array.from({ length: 200 }, (_, i) => `CN=group-${i}`);
    expect(await outcome(with_({ principal: { ...TYPICAL.principal, groups } }))).toBe('sts.token-too-large');
    const claims = Object.fromEntries(groups.map((name) => [name, name]));
    expect(await outcome(with_({ principal: { ...TYPICAL.principal, claims } }))).toBe('sts.token-too-large');
  });

  async function outcome(context: SecurityContext): Promise<unknown> {
    const sealed = await seal(RING, context).then(
      () => () => undefined,
      (error: unknown) => () => {
        throw error;
      },
    );
    return codeOf(sealed);
  }
});

describe('binding: a cookie moved into another token (T1)', () => {
  const instance = 'urn:uuid:instance';

  test.each([
    ['identifier', { identifier: 'urn:uuid:0d1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5c' }],
    ['identifier', { identifier: TYPICAL.identifier.toUpperCase() }],
    ['identifier', { identifier: `${TYPICAL.identifier} ` }],
    ['instance', { instance }],
    ['instance', { instance: '' }],
    ['service', { service: 'orders' }],
    ['version', { version: '1.3' as const }],
  ])('%s %j', async (member, changes) => {
    const cookie = await seal(RING, TYPICAL);
    const act = () => atOnce(open(RING, cookie, { ...TYPICAL, ...changes }));
    expect(codeOf(act)).toBe('token.binding');
    expect(act).toThrow(expect.objectContaining({ details: expect.objectContaining({ differs: [member] }) }));
  });

  test('a renewed one presented without its instance, or with another', async () => {
    const cookie = await seal(RING, with_({ instance }));
    expect(codeOf(() => atOnce(open(RING, cookie, TYPICAL)))).toBe('token.binding');
    expect(codeOf(() => atOnce(open(RING, cookie, { ...TYPICAL, instance: 'urn:uuid:other' })))).toBe('token.binding');
    expect(codeOf(() => atOnce(open(RING, cookie, { ...TYPICAL, instance })))).toBe('none');
  });
});

test('an expired one opens: whether it may be renewed is asked elsewhere', async () => {
  const context = with_({ created: 1000, expires: 2000, renewUntil: 3000 });
  expect(atOnce(open(RING, await seal(RING, context), context))).toEqual(context);
});
