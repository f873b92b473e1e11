import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { certificateJwk } from '../../src/conversation/certificate-key.js';
import { open, seal, survivors } from '../../src/conversation/cookie.js';
import { type KeyRing, parseKeyRing } from '../../src/conversation/key-ring.js';
import { writePayload } from '../../src/conversation/payload.js';
import { parseSealed, sealPassword } from '../../src/credentials/sealed.js';
import { GatewayError } from '../../src/errors.js';
import { codeOf, failureOf } from '../crypto/code-of.js';
import { type KeyKind, type Pair, selfSigned } from './certificates.js';
import { type Jwk, jwk, RING, ring, TYPICAL } from './fixtures.js';

const ALGORITHMS = [
  ['RSA-2048', 'RSA-OAEP-256', 843],
  ['RSA-3072', 'RSA-OAEP-256', 1013],
  ['P-256', 'ECDH-ES+A256KW', 735],
  ['P-384', 'ECDH-ES+A256KW', 791],
] as const;

const pairs = new Map<KeyKind, Pair>();
beforeAll(async () => {
  for (const kind of ['RSA-1024', 'RSA-2048', 'RSA-3072', 'P-256', 'P-384', 'P-521'] as const) {
    pairs.set(kind, await selfSigned(kind));
  }
});

const pair = (kind: KeyKind): Pair => pairs.get(kind)!;
const refuse = (reason: string) => new GatewayError('key.invalid', reason);
const keyOf = (kind: KeyKind, wraps = true): Jwk => ({
  ...certificateJwk(pair(kind).certificate, pair(kind).privateKey, refuse),
  key_ops: wraps ? ['wrapKey', 'unwrapKey'] : ['unwrapKey'],
});
const failure = async (act: () => unknown): Promise<unknown> => {
  try {
    await act();
    return 'none';
  } catch (error) {
    return error instanceof GatewayError ? error.code : error;
  }
};

describe.each(ALGORITHMS)('a cookie under a certificate: %s', (kind, alg, size) => {
  let sealing: KeyRing;
  beforeAll(() => {
    sealing = ring(keyOf(kind));
  });

  test(`opens as it was, and takes ${size} characters for a typical conversation`, async () => {
    const cookie = await seal(sealing, TYPICAL);
    expect(await open(sealing, cookie, TYPICAL)).toEqual(TYPICAL);
    expect(cookie).toHaveLength(size);
  });

  test('is a JWE that jose opens, whose kid is the thumbprint', async () => {
    const { plaintext, protectedHeader } = await compactDecrypt(await seal(sealing, TYPICAL), pair(kind).privateKey);
    const kid = createHash('sha256').update(pair(kind).certificate.raw).digest('base64url');
    expect(protectedHeader).toMatchObject({ alg, enc: 'A256GCM', kid });
    expect(Object.keys(protectedHeader).sort()).toEqual(
      kind.startsWith('P') ? ['alg', 'enc', 'epk', 'kid'] : ['alg', 'enc', 'kid'],
    );
    expect(Buffer.from(plaintext).equals(writePayload(TYPICAL))).toBe(true);
  });

  test('opens where jose has sealed it', async () => {
    const cookie = await new CompactEncrypt(writePayload(TYPICAL))
      .setProtectedHeader({ alg, enc: 'A256GCM', kid: sealing.current.kid })
      .encrypt(pair(kind).certificate.publicKey);
    expect(await open(sealing, cookie, TYPICAL)).toEqual(TYPICAL);
  });

  test.each([0, 1, 2, 3, 4])('is refused if part %d was touched, whatever was', async (part) => {
    const cookie = await seal(sealing, TYPICAL);
    const parts = cookie.split('.');
    for (const touch of [
      (text: string) => `${text.slice(0, 4)}${text[4] === 'A' ? 'B' : 'A'}${text.slice(5)}`,
      (text: string) => text.slice(0, -4),
      (text: string) => `${text}=`,
      () => '',
    ]) {
      const touched = parts.map((text, index) => (index === part ? touch(text) : text)).join('.');
      expect(['token.open', 'token.format']).toContain(await failure(() => open(sealing, touched, TYPICAL)));
    }
    expect(await failure(() => open(sealing, cookie, { ...TYPICAL, service: 'other' }))).toBe('token.binding');
  });

  test('is refused under another key that took its name away', async () => {
    const cookie = await seal(sealing, TYPICAL);
    expect(codeOf(() => open(RING, cookie, TYPICAL))).toBe('token.key-unknown');
  });

  test('gives way to a symmetric key, and the other way round', async () => {
    const rotated = ring({ ...keyOf(kind), key_ops: ['unwrapKey'] }, jwk('new', 1, true));
    expect(await open(rotated, await seal(sealing, TYPICAL), TYPICAL)).toEqual(TYPICAL);
    const back = ring(keyOf(kind), jwk('new', 1, false));
    expect(open(back, await seal(rotated, TYPICAL), TYPICAL)).toEqual(TYPICAL);
  });

  test('a password sealed under it opens again', async () => {
    const sealed = await sealPassword(sealing, 'alice', 'ecilA');
    const parsed = parseSealed(sealed, 'alice', sealing);
    expect(typeof parsed === 'string' ? parsed : (await parsed.open()).toString()).toBe('ecilA');
    expect(parseSealed(sealed, 'bob', sealing)).toBe('the sealed password is that of another user');
  });
});

describe('headers that are refused before a key is touched', () => {
  const forged = (changes: Record<string, unknown>, kind: KeyKind = 'RSA-2048') => {
    const header = { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: ring(keyOf(kind)).current.kid, ...changes };
    const part = Buffer.from(JSON.stringify(header)).toString('base64url');
    return [part, 'A'.repeat(342), 'A'.repeat(16), 'A'.repeat(8), 'A'.repeat(22)].join('.');
  };
  test.each<[string, Record<string, unknown>]>([
    ['RSA-OAEP with SHA-1', { alg: 'RSA-OAEP' }],
    ['RSA1_5', { alg: 'RSA1_5' }],
    ['ECDH-ES without wrapping', { alg: 'ECDH-ES' }],
    ['dir', { alg: 'dir' }],
    ['A256KW of a certificate', { alg: 'A256KW' }],
    [
      'ECDH-ES+A256KW of an RSA key',
      { alg: 'ECDH-ES+A256KW', epk: { x: 'A'.repeat(43), crv: 'P-256', kty: 'EC', y: 'A'.repeat(43) } },
    ],
    ['another content encryption', { enc: 'A128GCM' }],
    ['zip', { zip: 'DEF' }],
    ['crit', { crit: ['b64'] }],
    ['a certificate of its own', { x5c: ['MIIB'] }],
    ['jwk', { jwk: {} }],
  ])('%s', (_, changes) => {
    const code = codeOf(() => open(ring(keyOf('RSA-2048')), forged(changes), TYPICAL));
    expect(['token.format', 'token.key-unknown']).toContain(code);
  });

  test('a key point that is on no curve does not open', async () => {
    const ec = ring(keyOf('P-256'));
    const epk = { x: 'A'.repeat(43), crv: 'P-256', kty: 'EC', y: 'A'.repeat(43) };
    const header = { alg: 'ECDH-ES+A256KW', enc: 'A256GCM', kid: ec.current.kid, epk };
    const part = Buffer.from(JSON.stringify(header)).toString('base64url');
    const cookie = [part, 'A'.repeat(54), 'A'.repeat(16), 'A'.repeat(8), 'A'.repeat(22)].join('.');
    expect(await failure(() => open(ec, cookie, TYPICAL))).toBe('token.open');
  });
});

describe('a ring refuses', () => {
  const reasonOf = (...keys: readonly Jwk[]) => {
    const failed = failureOf(() => parseKeyRing(JSON.stringify({ keys }), 'ring.json'));
    return Array.isArray(failed) ? (failed[2] as { reason: string }).reason : failed;
  };
  const THUMBPRINT = "kid must be the certificate's SHA-256 thumbprint in base64url";
  test.each<[string, () => Jwk, string]>([
    ['no certificate', () => ({ ...keyOf('P-256'), x5c: undefined }), 'x5c must hold the certificate, and no other'],
    [
      'two',
      () => ({ ...keyOf('P-256'), x5c: [keyOf('P-256').x5c, 'x'].flat() }),
      'x5c must hold the certificate, and no other',
    ],
    ['what is none', () => ({ ...keyOf('P-256'), x5c: ['AAAA'] }), 'x5c holds no X.509 certificate'],
    ['another kid', () => ({ ...keyOf('P-256'), kid: 'farm' }), THUMBPRINT],
    ['another certificate', () => ({ ...keyOf('P-256'), x5c: keyOf('P-384').x5c }), THUMBPRINT],
    [
      'the certificate of another key',
      () => ({ ...keyOf('P-256'), x5c: keyOf('RSA-2048').x5c, kid: keyOf('RSA-2048').kid }),
      'is not the private key of its certificate',
    ],
    ['no private key', () => ({ ...keyOf('P-256'), d: undefined }), 'holds no private key'],
    ['another alg', () => ({ ...keyOf('P-256'), alg: 'RSA-OAEP-256' }), 'alg must be "ECDH-ES+A256KW"'],
    ['RSA-OAEP with SHA-1', () => ({ ...keyOf('RSA-2048'), alg: 'RSA-OAEP' }), 'alg must be "RSA-OAEP-256"'],
    ['a member of another type', () => ({ ...keyOf('P-256'), k: 'AAAA' }), 'has a member that is not known here'],
  ])('%s', (_, key, reason) => {
    expect(reasonOf(key())).toBe(reason);
  });

  test.each(['RSA-1024', 'P-521'] as const)('%s', (kind) => {
    expect(codeOf(() => keyOf(kind))).toBe('key.invalid');
  });

  test('a certificate that another key has', () => {
    const make = () => certificateJwk(pair('P-256').certificate, pair('P-384').privateKey, refuse);
    expect(failureOf(make)).toEqual(['key.invalid', 'is not the private key of its certificate', {}, undefined]);
  });
});

test('neither the key nor a refusal of it shows a secret', () => {
  const key = keyOf('P-256') as Jwk & { d: string };
  const shown = [
    inspect(ring(key), { depth: 9, showHidden: true }),
    inspect(ring(key).current, { depth: 9, showHidden: true }),
    JSON.stringify(ring(key).current),
    JSON.stringify(failureOf(() => ring({ ...key, y: 'AAAA' }))),
  ];
  for (const text of shown) expect(text).not.toContain(key.d.slice(0, 12));
});

test('a cookie opened under a certificate is forgotten with it', async () => {
  const both = ring(keyOf('P-256'), jwk('s', 1, false));
  const cookie = await seal(both, TYPICAL);
  expect(survivors(both, both)(cookie)).toBe(true);
  expect(survivors(both, ring(jwk('s', 1, true)))(cookie)).toBe(false);
});
