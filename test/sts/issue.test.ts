import { compactDecrypt } from 'jose';
import { open } from '../../src/conversation/cookie.js';
import { readPlaced } from '../../src/conversation/placement.js';
import type { SuiteName } from '../../src/crypto/suites.js';
import { type Issued, issueToken, type Sts } from '../../src/sts/issue.js';
import type { TokenRequest } from '../../src/sts/rst.js';
import { atOnce } from '../conversation/at-once.js';
import {
  ALICE,
  C04,
  C05,
  C13,
  counting,
  cutCookie,
  entropy13,
  fixedSts,
  HOUR,
  issue13,
  MINUTE,
  NOW,
  octets,
  RING,
  readRequest,
  S04,
  serviceOf,
  T04,
  T05,
  T13,
  V04,
  WSSE,
  WSU,
  XENC,
} from './fixtures.js';
import { canonicalForms } from './oracles.js';

const COMBINED_256 = '2f738c0d36c86c17dc1c0c4578d6a194847b817095b34c840403604f0947ac4c';
const COMBINED_128 = '593218badbc5ad10ad733f444f0da4c0';

const issue = (document: string, suite: SuiteName = 'Basic256'): Promise<Issued> =>
  issueToken(fixedSts(), serviceOf(suite), readRequest(document), ALICE);

/** The same request in 2005/02, and in 2004/04 with entropy that came encrypted. */
const in2005 = (document: string) => document.replaceAll(T13, T05).replaceAll(C13, C05);
const request2004 = (entropy: Buffer | undefined, name: string | undefined): TokenRequest => ({
  ...readRequest(
    `<t:RequestSecurityToken xmlns:t="${T04}"><t:TokenType>${S04}</t:TokenType><t:RequestType>${V04}/Issue</t:RequestType></t:RequestSecurityToken>`,
  ),
  entropy,
  entropyKey: { name },
});

const UUID = '00000000-0000-4000-8000-00000000000';

const token = (conversation: string) =>
  `<wsc:SecurityContextToken xmlns:wsc="${conversation}" xmlns:wsu="${WSU}" wsu:Id="sct-${UUID}2">` +
  `<wsc:Identifier>urn:uuid:${UUID}1</wsc:Identifier><g:Cookie xmlns:g="urn:sct-gateway:cookie">…</g:Cookie></wsc:SecurityContextToken>`;
const str = (attributes: string) =>
  `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference ${attributes}></wsse:Reference></wsse:SecurityTokenReference>`;
const lifetime = (local: string, expires = '2026-11-24T12:30:00.123Z') =>
  `<wst:${local}><wsu:Created xmlns:wsu="${WSU}">2026-11-24T12:00:00.123Z</wsu:Created><wsu:Expires xmlns:wsu="${WSU}">${expires}</wsu:Expires></wst:${local}>`;
const SERVER_ENTROPY_256 = counting(0x80, 32).toString('base64');

const content = (trust: string, conversation: string) =>
  `<wst:TokenType>${conversation}/sct</wst:TokenType><wst:RequestedSecurityToken>${token(conversation)}</wst:RequestedSecurityToken>` +
  `<wst:RequestedAttachedReference>${str(`URI="#sct-${UUID}2"`)}</wst:RequestedAttachedReference>` +
  `<wst:RequestedUnattachedReference>${str(`URI="urn:uuid:${UUID}1" ValueType="${conversation}/sct"`)}</wst:RequestedUnattachedReference>` +
  `<wst:RequestedProofToken><wst:ComputedKey>${trust}/CK/PSHA1</wst:ComputedKey></wst:RequestedProofToken>` +
  `<wst:Entropy><wst:BinarySecret Type="${trust}/Nonce">${SERVER_ENTROPY_256}</wst:BinarySecret></wst:Entropy>` +
  `${lifetime('Lifetime')}<wst:KeySize>256</wst:KeySize>`;

describe('the answer', () => {
  test('in 1.3: a collection of one', async () => {
    const { body, action } = await issue(issue13(`${entropy13(counting(0, 32))}<t:KeySize>256</t:KeySize>`));
    expect(cutCookie(body).rest).toBe(
      `<wst:RequestSecurityTokenResponseCollection xmlns:wst="${T13}"><wst:RequestSecurityTokenResponse>` +
        `${content(T13, C13)}</wst:RequestSecurityTokenResponse></wst:RequestSecurityTokenResponseCollection>`,
    );
    expect(action).toBe(`${T13}/RSTR/SCT`);
  });

  test('in 2005/02: bare, with the Context of the request', async () => {
    const document = in2005(issue13(entropy13(counting(0, 32)))).replace(
      ' xmlns',
      ' Context="a &quot;&lt;&#9;&#xD;" xmlns',
    );
    const { body, action } = await issue(document);
    expect(cutCookie(body).rest).toBe(
      `<wst:RequestSecurityTokenResponse xmlns:wst="${T05}" Context="a &quot;&lt;&#x9;&#xD;">${content(T05, C05)}</wst:RequestSecurityTokenResponse>`,
    );
    expect(action).toBe(`${T05}/RSTR/SCT`);
  });

  test("in 2004/04: one reference, LifeTime, entropy wrapped under the client's", async () => {
    const answer = await issueToken(
      fixedSts(),
      serviceOf('Basic128'),
      request2004(counting(0, 16), 'Token-<2>'),
      ALICE,
    );
    expect(answer.action).toBe(`${V04}/RSTR/SCT`);
    expect(cutCookie(answer.body).rest).toBe(
      `<wst:RequestSecurityTokenResponse xmlns:wst="${T04}"><wst:TokenType>${S04}</wst:TokenType>` +
        `<wst:RequestedSecurityToken>${token(C04)}</wst:RequestedSecurityToken>` +
        `<wst:RequestedTokenReference>${str(`URI="urn:uuid:${UUID}1" ValueType="${S04}"`)}</wst:RequestedTokenReference>` +
        `<wst:RequestedProofToken><wst:ComputedKey>${V04}/CK/PSHA1</wst:ComputedKey></wst:RequestedProofToken>` +
        `<wst:Entropy><xenc:EncryptedKey xmlns:xenc="${XENC}"><xenc:EncryptionMethod Algorithm="${XENC}kw-aes128"></xenc:EncryptionMethod>` +
        '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:KeyName>Token-&lt;2&gt;</ds:KeyName></ds:KeyInfo>' +
        // RFC 3394 by `openssl enc -id-aes128-wrap -K 000102…0f` of 80…8f
        `<xenc:CipherData><xenc:CipherValue>o0v7LmLYWqeH7rQHTzin8P9Vq6Hd3Dlz</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></wst:Entropy>` +
        `${lifetime('LifeTime')}<wst:KeySize>128</wst:KeySize></wst:RequestSecurityTokenResponse>`,
    );
    expect(answer.context.key.toString('hex')).toBe(COMBINED_128);
  });

  test('to a client without entropy: the key, and no Entropy', async () => {
    const { body, context } = await issue(issue13());
    expect(body).toContain(
      `<wst:RequestedProofToken><wst:BinarySecret Type="${T13}/SymmetricKey">${SERVER_ENTROPY_256}</wst:BinarySecret></wst:RequestedProofToken><wst:Lifetime>`,
    );
    expect(body).not.toContain('Entropy');
    expect(context.key).toEqual(counting(0x80, 32));
  });

  test.each<[string, () => Promise<Issued>]>([
    ['1.3', () => issue(issue13(entropy13(counting(0, 32))).replace(' xmlns', ' Context="ä&#xA;&amp;" xmlns'))],
    ['2005/02', () => issue(in2005(issue13()))],
    ['2004/04', () => issueToken(fixedSts(), serviceOf(), request2004(counting(0, 32), 'a & b'), ALICE)],
    [
      '2004/04 without a name',
      () => issueToken(fixedSts(), serviceOf(), request2004(counting(0, 24), undefined), ALICE),
    ],
  ])('of %s is its own exclusive canonical form', async (_, answer) => {
    const { body } = await answer();
    expect(canonicalForms(body)).toEqual({ own: body, xmlCrypto: body, libxml2: body });
  });
});

describe('the key', () => {
  test.each<[string, SuiteName, number, number, string]>([
    ['of both entropies', 'Basic256', 32, 256, COMBINED_256],
    ['of both entropies', 'Basic128', 16, 128, COMBINED_128],
    ['of the suite where Metro and CXF ask for more', 'Basic128', 16, 128, COMBINED_128],
  ])('%s under %s', async (_, suite, entropy, size, expected) => {
    const { context, body } = await issue(
      issue13(`${entropy13(counting(0, entropy))}<t:KeySize>256</t:KeySize>`),
      suite,
    );
    expect(context.key.toString('hex')).toBe(expected);
    expect(body).toContain(`<wst:KeySize>${size}</wst:KeySize>`);
  });

  test.each<[SuiteName, number]>([
    ['Basic256', 256],
    ['Basic192', 192],
    ['Basic128', 128],
    ['TripleDes', 192],
    ['Basic128Sha256Rsa15', 128],
    ['Basic256GCM', 256],
    ['Basic128GCMSha256', 128],
  ])('of %s has %d bits, whatever is asked for, and the answer says so', async (suite, bits) => {
    for (const asked of [
      '',
      '<t:KeySize>128</t:KeySize>',
      '<t:KeySize>192</t:KeySize>',
      '<t:KeySize>256</t:KeySize>',
    ]) {
      for (const entropy of ['', entropy13(counting(0, 16)), entropy13(counting(0, 64))]) {
        const { context, body } = await issue(issue13(entropy + asked), suite);
        expect(context.key).toHaveLength(bits / 8);
        expect(body).toContain(`<wst:KeySize>${bits}</wst:KeySize>`);
        const secret = /<wst:BinarySecret[^>]*>([^<]*)</.exec(body)![1]!;
        expect(Buffer.from(secret, 'base64')).toHaveLength(bits / 8);
      }
    }
  });

  test.each<[string, number]>([
    ['<t:KeySize>256</t:KeySize>', 256],
    ['<t:KeySize>128</t:KeySize>', 128],
    ['', 128],
  ])('over transport has what is asked for (%s), for a WCF client of another suite', async (asked, bits) => {
    const request = readRequest(issue13(entropy13(counting(0, 32)) + asked));
    const { context, body } = await issueToken(
      fixedSts(),
      serviceOf('Basic128', '/orders', 'transport'),
      request,
      ALICE,
    );
    expect(context.key).toHaveLength(bits / 8);
    expect(body).toContain(`<wst:KeySize>${bits}</wst:KeySize>`);
  });

  test('is another one for the same entropy: the server always adds its own', async () => {
    const request = readRequest(issue13(entropy13(counting(0, 32))));
    const sts = fixedSts();
    const other: Sts = {
      ring: RING,
      placement: 'extension',
      runtime: { ...sts.runtime, randomBytes: (size: number) => counting(0x20, size) },
    };
    const [a, b] = [
      await issueToken(sts, serviceOf(), request, ALICE),
      await issueToken(other, serviceOf(), request, ALICE),
    ];
    expect(a.context.key.equals(b.context.key)).toBe(false);
  });

  test('prints nowhere', async () => {
    const { context } = await issue(issue13(entropy13(counting(0, 32))));
    expect(JSON.stringify(context)).not.toContain(COMBINED_256);
    expect(JSON.stringify(context)).toContain('[secret]');
  });
});

describe('placement: identifier', () => {
  test('puts the cookie into the Identifier, and nothing beside it', async () => {
    const sts: Sts = { ...fixedSts(), placement: 'identifier' };
    const { context, body } = await issueToken(
      sts,
      serviceOf(),
      readRequest(issue13(entropy13(counting(0, 32)))),
      ALICE,
    );
    const [, written = ''] = /<wsc:Identifier>([^<]*)<\/wsc:Identifier><\/wsc:SecurityContextToken>/.exec(body) ?? [];
    const { identifier, cookie = '' } = readPlaced(written);
    expect(identifier).toBe(context.identifier);
    expect(atOnce(open(RING, cookie, { identifier, service: 'orders', version: '1.3' })).key.equals(context.key)).toBe(
      true,
    );
    expect(body).toContain(`<wsse:Reference URI="${written}" ValueType="${C13}/sct"></wsse:Reference>`);
    expect(body).not.toContain('Cookie');
  });

  test.each(['urn:uuid:0d1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b', 'urn:sct-gateway:x:y', 'urn:sct-gateway:', ''])(
    '%p is an Identifier like any other',
    (written) => {
      expect(readPlaced(written)).toEqual({ identifier: written, cookie: undefined });
    },
  );
});

describe('the context', () => {
  const asked = (expires: string) =>
    issue13(
      `<t:Lifetime xmlns:u="${WSU}"><u:Created>2026-11-24T12:00:00Z</u:Created><u:Expires>${expires}</u:Expires></t:Lifetime>`,
    );

  test.each<[string, string, number]>([
    ['what was asked for', '2026-11-24T12:05:00Z', 5 * MINUTE],
    ['a millisecond', '2026-11-24T12:00:00.001Z', 1],
    ['no more than the policy gives', '2026-11-24T12:30:00.001Z', 30 * MINUTE],
    ['no more than the policy gives', '9999-12-31T23:59:59.9999999Z', 30 * MINUTE],
  ])('lives for %s', async (_, expires, expected) => {
    const { context, body } = await issue(asked(expires));
    expect([context.created, context.expires, context.renewUntil]).toEqual([NOW, NOW + expected, NOW + 10 * HOUR]);
    expect(body).toContain(lifetime('Lifetime', new Date(NOW + expected).toISOString()));
  });

  test('never outlives its conversation', async () => {
    const service = serviceOf();
    const short = { ...service, conversation: { ...service.conversation, renewUntil: 10 * MINUTE } };
    const { context } = await issueToken(fixedSts(), short, readRequest(issue13()), ALICE);
    expect(context.expires).toBe(NOW + 10 * MINUTE);
  });

  test('is what the cookie opens to', async () => {
    const { context, body } = await issue(in2005(issue13(entropy13(counting(0, 32)))));
    const opened = atOnce(open(RING, cutCookie(body).cookie, context));
    expect(opened).toEqual(context);
    expect(opened.key.equals(context.key)).toBe(true);
    expect(opened).toMatchObject({
      identifier: `urn:uuid:${UUID}1`,
      service: 'orders',
      version: '2005-02',
      principal: ALICE,
    });
    expect(opened.instance).toBeUndefined();
  });

  test('holds no more of the user than the principal', async () => {
    const { body } = await issue(issue13(entropy13(counting(0, 32))));
    const { plaintext, protectedHeader } = await compactDecrypt(cutCookie(body).cookie, octets(1, 32));
    expect(protectedHeader).toEqual({ alg: 'A256KW', enc: 'A256GCM', kid: '2026-11-24-a1b2' });
    expect(JSON.parse(Buffer.from(plaintext).toString())).toEqual({
      v: 1,
      i: `urn:uuid:${UUID}1`,
      s: 'orders',
      w: '1.3',
      k: Buffer.from(COMBINED_256, 'hex').toString('base64url'),
      c: NOW,
      e: 30 * MINUTE,
      r: 10 * HOUR,
      n: 'alice',
      m: 'username',
      g: ['sales'],
    });
  });

  test('its Identifier and Id are new each time', async () => {
    const sts = fixedSts();
    const bodies = [];
    for (let i = 0; i < 3; i++) bodies.push((await issueToken(sts, serviceOf(), readRequest(issue13()), ALICE)).body);
    expect(new Set(bodies.map((body) => /<wsc:Identifier>[^<]*/.exec(body)![0])).size).toBe(3);
    expect(new Set(bodies.map((body) => /wsu:Id="[^"]*/.exec(body)![0])).size).toBe(3);
  });
});

describe('is refused', () => {
  const to = (written: string) =>
    issue13(
      '<p:AppliesTo xmlns:p="http://www.w3.org/ns/ws-policy" xmlns:a="http://www.w3.org/2005/08/addressing">' +
        `<a:EndpointReference><a:Address>${written}</a:Address></a:EndpointReference></p:AppliesTo>`,
    );

  test.each([
    'http://host/orders',
    'https://host.example:8443/orders',
    'HTTP://HOST/orders',
    'http://10.0.0.1/orders?wsdl',
    'http://host/orders#x',
    'http://host/./x/../orders',
  ])('not: an AppliesTo of %s', async (written) => {
    await expect(issue(to(written))).resolves.toMatchObject({ context: { service: 'orders' } });
  });

  test.each([
    'http://host/invoices',
    'http://host/orders/',
    'http://host/Orders',
    'http://host/orders/secret',
    'http://host/',
    'http://host',
    '/orders',
    'orders',
    'urn:orders',
    'ftp://host/orders',
    'file:///orders',
    'javascript:/orders',
    'http://host/invoices?/orders',
    'http://host/%6Frders',
    'http:///',
    '*',
  ])('an AppliesTo of %s', async (written) => {
    await expect(issue(to(written))).rejects.toMatchObject({ code: 'sts.scope' });
  });

  test('a version that the service does not speak', async () => {
    const service = serviceOf();
    const only13 = { ...service, conversation: { ...service.conversation, versions: ['1.3' as const] } };
    await expect(issueToken(fixedSts(), only13, readRequest(in2005(issue13())), ALICE)).rejects.toMatchObject({
      code: 'sts.type',
      details: { version: '2005-02', service: 'orders' },
    });
  });

  test('a principal that does not fit into a token', async () => {
    const groups = Array.from({ length: 200 }, (_, i) => `group-${i}`);
    await expect(
      issueToken(fixedSts(), serviceOf(), readRequest(issue13()), { ...ALICE, groups }),
    ).rejects.toMatchObject({ code: 'sts.token-too-large' });
  });
});
