import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import { createLocalJWKSet, errors, jwtVerify } from 'jose';
import type { IdentityJwt, ServicePolicy } from '../../src/config/types.js';
import type { Principal } from '../../src/conversation/context.js';
import { createIdentitySigner, headerValue, type IdentitySigner, identityHeaders } from '../../src/forward/identity.js';
import { systemRuntime } from '../../src/runtime.js';
import { fakeUpstream, policy, SOAP_11, startGateway } from '../http/harness.js';

function principal(parts: Partial<Principal> = {}): Principal {
  return { name: 'alice', method: 'username', groups: ['sales', 'managers'], claims: {}, ...parts };
}

describe('a value in a header', () => {
  test.each([
    ['alice', 'alice'],
    ['CORP\\alice', 'CORP\\alice'],
    ['O=interop, CN=alice', 'O=interop, CN=alice'],
    ['Łukasz\r\nX: y', '%C5%81ukasz%0D%0AX: y'],
    ['é', '%C3%A9'],
    ['漢字', '%E6%BC%A2%E5%AD%97'],
    ['😀', '%F0%9F%98%80'],
    ['a\0b', 'a%00b'],
    ['a\tb\x7f', 'a%09b%7F'],
    ['\u0085\u2028\u202e', '%C2%85%E2%80%A8%E2%80%AE'],
    ['100%', '100%25'],
    ['%0d%0a', '%250d%250a'],
    [' a b ', '%20a b%20'],
    ['\ud800', '%EF%BF%BD'],
    ['a\udc00b', 'a%EF%BF%BDb'],
    ['', ''],
  ])('%j is written %j', (text, written) => {
    expect(headerValue(text)).toBe(written);
    expect(decodeURIComponent(written)).toBe(Buffer.from(text).toString());
  });
});

describe('identity headers', () => {
  const headers = (templates: Record<string, string>, who = principal()): Record<string, string> =>
    identityHeaders(policy({ identity: { headers: templates } }), who);

  test('are their templates filled in', () => {
    expect(headers({ 'X-User': '{name}', 'X-Groups': '{groups}', 'X-How': 'by {method}: {name}' })).toEqual({
      'x-user': 'alice',
      'x-groups': 'sales,managers',
      'x-how': 'by username: alice',
    });
  });

  test.each<[string, Partial<Principal>, Record<string, string>]>([
    ['a comma in a group is no second group', { groups: ['a,b', 'c'] }, { 'x-g': 'a%2Cb,c', 'x-n': 'alice' }],
    ['no groups, no header', { groups: [] }, { 'x-n': 'alice' }],
    ['a placeholder in a name is a name', { name: '{groups}' }, { 'x-g': 'sales,managers', 'x-n': '{groups}' }],
    ['a name with $& is a name', { name: "$&$1$'" }, { 'x-g': 'sales,managers', 'x-n': "$&$1$'" }],
    ['a name that ends lines', { name: 'a\r\nX: y' }, { 'x-g': 'sales,managers', 'x-n': 'a%0D%0AX: y' }],
  ])('%s', (_, parts, expected) => {
    expect(headers({ 'X-G': '{groups}', 'X-N': '{name}' }, principal(parts))).toEqual(expected);
  });

  test('a claim that the caller has not is empty, and so sends nothing', () => {
    const templates = { 'X-Mail': '{claim:mail}', 'X-Proto': '{claim:__proto__}', 'X-C': '{claim:constructor}' };
    expect(headers(templates)).toEqual({});
    expect(headers(templates, principal({ claims: { mail: 'a@b\n' } }))).toEqual({ 'x-mail': 'a@b%0A' });
  });

  test('the worst name arrives as one harmless header', async () => {
    const upstream = await fakeUpstream();
    const services = [policy({ targets: [upstream.url] })];
    const gateway = await startGateway({
      services,
      soap: async (request) => {
        const answer = await gateway.exchanges.exchange(request.service, {
          body: request.body,
          contentType: request.contentType,
          headers: {
            ...request.headers,
            ...identityHeaders(request.service, principal({ name: 'Łukasz\r\nX: y', groups: [] })),
          },
          signal: request.signal,
          requestId: request.id,
        });
        return { status: answer.status, contentType: 'text/xml', body: answer.body, log: {} };
      },
    });
    const headers = {
      ...SOAP_11,
      'X-Remote-User': 'eve',
      X_Remote_User: 'eve',
      'X.Remote.User': 'eve',
      'X-Farm_Groups': 'admin',
    };
    const response = await fetch(`http://127.0.0.1:${gateway.port}/orders`, { method: 'POST', headers, body: '<m/>' });
    expect(response.status).toBe(200);
    const received = upstream.requests[0]?.rawHeaders ?? [];
    const names = received.filter((_, index) => index % 2 === 0).filter((name) => /remote|^x$|farm/i.test(name));
    expect(names).toEqual(['x-remote-user']);
    expect(upstream.requests[0]?.headers['x-remote-user']).toBe('%C5%81ukasz%0D%0AX: y');
    expect(JSON.stringify(upstream.requests)).not.toMatch(/eve|admin/);
    await gateway.close();
    await upstream.close();
  });
});

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const NOW = Date.parse('2026-11-24T12:00:00.750Z');

function withJwt(key: KeyObject, algorithm: IdentityJwt['algorithm'], parts: Partial<IdentityJwt> = {}): ServicePolicy {
  const jwt: IdentityJwt = {
    header: 'X-Identity',
    audience: 'orders',
    issuer: 'https://gateway.example',
    lifetime: 60_000,
    key,
    algorithm,
    ...parts,
  };
  return policy({ identity: { headers: {}, jwt } });
}

function signerOf(services: readonly ServicePolicy[], entries = 10): { signer: IdentitySigner; at(now: number): void } {
  let now = NOW;
  const signer = createIdentitySigner({ services, entries, runtime: { ...systemRuntime, now: () => now } });
  return {
    signer,
    at: (next) => {
      now = next;
    },
  };
}

describe.each<[IdentityJwt['algorithm'], KeyObject, string | null]>([
  ['ES256', ec, 'sha256'],
  ['ES384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey, 'sha384'],
  ['EdDSA', generateKeyPairSync('ed25519').privateKey, null],
  ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'sha256'],
])('an assertion by %s', (algorithm, key, hash) => {
  const service = withJwt(key, algorithm);
  const { signer } = signerOf([service]);

  test('is proven by jose over the published keys, and says who calls', async () => {
    const jwt = await signer.sign(service, principal({ name: 'Łukasz\r\nX: y' }), 'urn:uuid:1');
    const keys = createLocalJWKSet((await signer.jwks()) as Parameters<typeof createLocalJWKSet>[0]);
    const { payload, protectedHeader } = await jwtVerify(jwt, keys, {
      issuer: 'https://gateway.example',
      audience: 'orders',
      algorithms: [algorithm],
      typ: 'JWT',
      currentDate: new Date(NOW),
      requiredClaims: ['exp', 'nbf', 'iat', 'jti', 'sub'],
    });
    expect(protectedHeader).toEqual({ alg: algorithm, typ: 'JWT', kid: (await signer.jwks()).keys[0]?.kid });
    expect(payload).toEqual({
      iss: 'https://gateway.example',
      aud: 'orders',
      sub: 'Łukasz\r\nX: y',
      groups: ['sales', 'managers'],
      amr: ['username'],
      iat: 1795521600,
      nbf: 1795521600,
      exp: 1795521660,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    await expect(jwtVerify(jwt, keys, { currentDate: new Date(NOW + 60_000) })).rejects.toThrow(errors.JWTExpired);
    await expect(jwtVerify(jwt, keys, { audience: 'stock', currentDate: new Date(NOW) })).rejects.toThrow(/aud/);
  });

  test('is proven by node:crypto, and not once it is altered', async () => {
    const jwt = await signer.sign(service, principal(), 'urn:uuid:2');
    const [head = '', body = '', signature = ''] = jwt.split('.');
    const proves = (text: string): boolean =>
      verify(
        hash,
        Buffer.from(text),
        { key: createPublicKey(key), dsaEncoding: 'ieee-p1363' },
        Buffer.from(signature, 'base64url'),
      );
    expect(proves(`${head}.${body}`)).toBe(true);
    const altered = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), sub: 'eve' }),
    );
    expect(proves(`${head}.${altered.toString('base64url')}`)).toBe(false);
  });

  test('its published key holds nothing private', async () => {
    const { keys } = await signer.jwks();
    expect(keys).toHaveLength(1);
    const allowed = new Set(['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'use', 'alg']);
    expect(Object.keys(keys[0] ?? {}).filter((name) => !allowed.has(name))).toEqual([]);
    expect(keys[0]).toMatchObject({ use: 'sig', alg: algorithm });
  });
});

describe('when an assertion is signed', () => {
  const service = withJwt(ec, 'ES256');

  test('once a conversation and half its lifetime', async () => {
    const { signer, at } = signerOf([service]);
    const first = await signer.sign(service, principal(), 'a');
    at(NOW + 29_999);
    expect(await signer.sign(service, principal(), 'a')).toBe(first);
    at(NOW + 30_000);
    expect(await signer.sign(service, principal(), 'a')).not.toBe(first);
  });

  test.each<[string, Partial<Principal>]>([
    ['another name', { name: 'bob' }],
    ['another method', { method: 'x509' }],
    ['fewer groups', { groups: ['sales'] }],
    ['other groups', { groups: ['sales', 'admins'] }],
  ])('anew for the same conversation with %s', async (_, parts) => {
    const { signer } = signerOf([service]);
    const first = await signer.sign(service, principal(), 'a');
    expect(await signer.sign(service, principal(parts), 'a')).not.toBe(first);
  });

  test('anew for another conversation and another service', async () => {
    const other = { ...withJwt(ec, 'ES256', { audience: 'stock' }), name: 'stock' };
    const { signer } = signerOf([service, other]);
    const tokens = await Promise.all([
      signer.sign(service, principal(), 'a'),
      signer.sign(service, principal(), 'b'),
      signer.sign(other, principal(), 'a'),
    ]);
    expect(new Set(tokens).size).toBe(3);
    expect((await signer.jwks()).keys).toHaveLength(1);
  });

  test('two at once for one conversation share one signature', async () => {
    const { signer } = signerOf([service]);
    const [a, b] = await Promise.all([signer.sign(service, principal(), 'a'), signer.sign(service, principal(), 'a')]);
    expect(a).toBe(b);
  });

  test('only so many are kept', async () => {
    const { signer } = signerOf([service], 2);
    const first = await signer.sign(service, principal(), 'a');
    await signer.sign(service, principal(), 'b');
    await signer.sign(service, principal(), 'c');
    expect(await signer.sign(service, principal(), 'a')).not.toBe(first);
  });

  test('not at all for a service without one', async () => {
    const { signer } = signerOf([policy()]);
    await expect(signer.sign(policy(), principal(), 'a')).rejects.toThrow(new TypeError('no identity.jwt in orders'));
    expect(await signer.jwks()).toEqual({ keys: [] });
  });

  test('a failure is not kept', async () => {
    const wrong = withJwt(ec, 'RS256');
    const { signer } = signerOf([wrong]);
    await expect(signer.sign(wrong, principal(), 'a')).rejects.toThrow();
    await expect(signer.sign(wrong, principal(), 'a')).rejects.toThrow();
  });
});
