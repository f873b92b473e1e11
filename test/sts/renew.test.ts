import { type SecurityContext, securityContext } from '../../src/conversation/context.js';
import { open } from '../../src/conversation/cookie.js';
import type { SuiteName } from '../../src/crypto/suites.js';
import { faultOf } from '../../src/errors.js';
import type { Issued } from '../../src/sts/issue.js';
import { renewToken } from '../../src/sts/renew.js';
import { isTarget, type RequestTarget, type TargetedToken } from '../../src/sts/target.js';
import {
  ALICE,
  C05,
  C13,
  counting,
  cutCookie,
  entropy13,
  fixedSts,
  HOUR,
  MINUTE,
  NOW,
  octets,
  RING,
  readRequest,
  serviceOf,
  T05,
  T13,
  WSSE,
  WSU,
} from './fixtures.js';
import { canonicalForms } from './oracles.js';

const UUID = '00000000-0000-4000-8000-00000000000';

/** Issued an hour ago under another key, and expired. */
const current = (changes: Partial<SecurityContext> = {}) =>
  securityContext({
    identifier: 'urn:uuid:0d1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b',
    service: 'orders',
    version: '1.3',
    key: octets(9, 32),
    created: NOW - HOUR,
    expires: NOW - HOUR / 2,
    renewUntil: NOW + HOUR,
    principal: ALICE,
    ...changes,
  });

const renewal = (more = '') =>
  `<t:RequestSecurityToken xmlns:t="${T13}"><t:TokenType>${C13}/sct</t:TokenType><t:RequestType>${T13}/Renew</t:RequestType>${more}` +
  `<t:RenewTarget><o:SecurityTokenReference xmlns:o="${WSSE}"><o:Reference URI="${current().identifier}"/></o:SecurityTokenReference></t:RenewTarget></t:RequestSecurityToken>`;
const in2005 = (document: string) => document.replaceAll(T13, T05).replaceAll(C13, C05);

const renew = (document: string, context = current(), suite: SuiteName = 'Basic256'): Promise<Issued> =>
  renewToken(fixedSts(), serviceOf(suite), readRequest(document), context);

describe('a renewed context', () => {
  test('has the Identifier, the principal and the end of the old one, and a new Instance and key', async () => {
    const { context, action } = await renew(renewal(entropy13(counting(0, 32))));
    expect(context).toMatchObject({
      identifier: current().identifier,
      instance: `urn:uuid:${UUID}1`,
      service: 'orders',
      version: '1.3',
      created: NOW,
      expires: NOW + 30 * MINUTE,
      renewUntil: NOW + HOUR,
      principal: ALICE,
    });
    expect(context.key.toString('hex')).toBe('2f738c0d36c86c17dc1c0c4578d6a194847b817095b34c840403604f0947ac4c');
    expect(action).toBe(`${T13}/RSTR/SCT/Renew`);
  });

  test('gets another Instance each time', async () => {
    const sts = fixedSts();
    const first = await renewToken(sts, serviceOf(), readRequest(renewal()), current());
    const second = await renewToken(sts, serviceOf(), readRequest(renewal()), first.context);
    expect(second.context.identifier).toBe(first.context.identifier);
    expect(second.context.instance).not.toBe(first.context.instance);
  });

  test('is what its cookie opens to, and the old cookie is not its own', async () => {
    const { context, body } = await renew(renewal());
    const { cookie } = cutCookie(body);
    expect(open(RING, cookie, context)).toEqual(context);
    expect(() => open(RING, cookie, current())).toThrow(expect.objectContaining({ code: 'token.binding' }));
  });

  test.each<[string, number, number]>([
    ['its policy gives', NOW + 10 * HOUR, 30 * MINUTE],
    ['the conversation has left', NOW + 20 * MINUTE, 20 * MINUTE],
    ['the conversation has left', NOW + 1, 1],
  ])('lives for what %s', async (_, renewUntil, expected) => {
    const { context } = await renew(renewal(), current({ renewUntil }));
    expect(context.expires).toBe(NOW + expected);
    expect(context.renewUntil).toBe(renewUntil);
  });

  test('lives for what was asked for', async () => {
    const asked = `<t:Lifetime xmlns:u="${WSU}"><u:Created>2026-11-24T12:00:00Z</u:Created><u:Expires>2026-11-24T12:05:00Z</u:Expires></t:Lifetime>`;
    expect((await renew(renewal(asked))).context.expires).toBe(NOW + 5 * MINUTE);
  });

  test.each<[SuiteName, number]>([
    ['Basic256', 32],
    ['Basic128', 16],
    ['TripleDes', 24],
  ])('has a key of the length of %s', async (suite, length) => {
    for (const asked of ['', '<t:KeySize>256</t:KeySize>']) {
      const { context, body } = await renew(renewal(asked), current({ key: octets(3, 16) }), suite);
      expect(context.key).toHaveLength(length);
      expect(body).toContain(`<wst:KeySize>${length * 8}</wst:KeySize>`);
    }
  });
});

const answer = (conversation: string, proof: string) =>
  `<wst:TokenType>${conversation}/sct</wst:TokenType><wst:RequestedSecurityToken>` +
  `<wsc:SecurityContextToken xmlns:wsc="${conversation}" xmlns:wsu="${WSU}" wsu:Id="sct-${UUID}2">` +
  `<wsc:Identifier>${current().identifier}</wsc:Identifier><wsc:Instance>urn:uuid:${UUID}1</wsc:Instance>` +
  '<g:Cookie xmlns:g="urn:sct-gateway:cookie">…</g:Cookie></wsc:SecurityContextToken></wst:RequestedSecurityToken>' +
  `<wst:RequestedAttachedReference><wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="#sct-${UUID}2"></wsse:Reference></wsse:SecurityTokenReference></wst:RequestedAttachedReference>` +
  `<wst:RequestedUnattachedReference><wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference xmlns:wsc="${conversation}" URI="${current().identifier}" ValueType="${conversation}/sct" wsc:Instance="urn:uuid:${UUID}1"></wsse:Reference></wsse:SecurityTokenReference></wst:RequestedUnattachedReference>` +
  `${proof}<wst:Lifetime><wsu:Created xmlns:wsu="${WSU}">2026-11-24T12:00:00.123Z</wsu:Created><wsu:Expires xmlns:wsu="${WSU}">2026-11-24T12:30:00.123Z</wsu:Expires></wst:Lifetime><wst:KeySize>256</wst:KeySize>`;
const secret = counting(0x80, 32).toString('base64');

describe('the answer', () => {
  test('to CXF, which sends no entropy: the key', async () => {
    const { body } = await renew(in2005(renewal()), current({ version: '2005-02' }));
    const proof = `<wst:RequestedProofToken><wst:BinarySecret Type="${T05}/SymmetricKey">${secret}</wst:BinarySecret></wst:RequestedProofToken>`;
    expect(cutCookie(body).rest).toBe(
      `<wst:RequestSecurityTokenResponse xmlns:wst="${T05}">${answer(C05, proof)}</wst:RequestSecurityTokenResponse>`,
    );
  });

  test("to WCF and Metro, which do: the server's entropy", async () => {
    const { body } = await renew(renewal(entropy13(counting(0, 32))));
    const proof =
      `<wst:RequestedProofToken><wst:ComputedKey>${T13}/CK/PSHA1</wst:ComputedKey></wst:RequestedProofToken>` +
      `<wst:Entropy><wst:BinarySecret Type="${T13}/Nonce">${secret}</wst:BinarySecret></wst:Entropy>`;
    expect(cutCookie(body).rest).toBe(
      `<wst:RequestSecurityTokenResponseCollection xmlns:wst="${T13}"><wst:RequestSecurityTokenResponse>${answer(C13, proof)}` +
        '</wst:RequestSecurityTokenResponse></wst:RequestSecurityTokenResponseCollection>',
    );
  });

  test('is its own exclusive canonical form, whatever the Identifier', async () => {
    for (const identifier of [current().identifier, 'uuid:a&b<c>"d"\t\r\n']) {
      const { body } = await renew(renewal(), current({ identifier }));
      expect(canonicalForms(body)).toEqual({ own: body, xmlCrypto: body, libxml2: body });
    }
  });
});

describe('is refused', () => {
  test.each<[string, string, SecurityContext, string]>([
    ['at the end of the conversation', renewal(), current({ renewUntil: NOW }), 'sts.unable-to-renew'],
    ['past the end of the conversation', renewal(), current({ renewUntil: NOW - 1 }), 'sts.unable-to-renew'],
    ["in another version than the token's", renewal(), current({ version: '2005-02' }), 'sts.request'],
    ["in another version than the token's", in2005(renewal()), current(), 'sts.request'],
    ['for the token of another service', renewal(), current({ service: 'invoices' }), 'sts.request'],
    [
      'for another service',
      renewal(
        '<p:AppliesTo xmlns:p="http://www.w3.org/ns/ws-policy" xmlns:a="http://www.w3.org/2005/08/addressing"><a:EndpointReference><a:Address>http://h/invoices</a:Address></a:EndpointReference></p:AppliesTo>',
      ),
      current(),
      'sts.scope',
    ],
  ])('%s', async (_, document, context, code) => {
    await expect(renew(document, context)).rejects.toMatchObject({ code });
  });

  test('in a version that the service has given up', async () => {
    const service = serviceOf();
    const only2005 = { ...service, conversation: { ...service.conversation, versions: ['2005-02' as const] } };
    await expect(renewToken(fixedSts(), only2005, readRequest(renewal()), current())).rejects.toMatchObject({
      code: 'sts.type',
    });
  });

  test('with the fault that says so', async () => {
    const error = await renew(renewal(), current({ renewUntil: NOW })).catch((thrown: unknown) => thrown);
    expect(faultOf(error)).toMatchObject({ role: 'Sender', namespace: 'conversation', subcode: 'UnableToRenew' });
  });
});

describe('a target names', () => {
  const token = { identifier: 'urn:uuid:1', instance: 'urn:uuid:2', id: 'sct-1' };
  const whole = { identifier: 'urn:uuid:1', token: {} } as unknown as RequestTarget;

  test.each<[string, RequestTarget, TargetedToken]>([
    ['by Identifier', { identifier: 'urn:uuid:1' }, { identifier: 'urn:uuid:1' }],
    ['by Identifier alone after a renewal (Metro)', { identifier: 'urn:uuid:1' }, token],
    ['by Identifier and Instance', { identifier: 'urn:uuid:1', instance: 'urn:uuid:2' }, token],
    ['by Id', { identifier: '', local: 'sct-1' }, token],
    ['by # and Identifier (StAX)', { identifier: '', local: 'urn:uuid:1' }, token],
    ['by the whole token', whole, { identifier: 'urn:uuid:1' }],
  ])('a token %s', (_, target, named) => {
    expect(isTarget(target, named)).toBe(true);
  });

  test.each<[string, RequestTarget, TargetedToken]>([
    ['another Identifier', { identifier: 'urn:uuid:3' }, token],
    ['another Instance', { identifier: 'urn:uuid:1', instance: 'urn:uuid:3' }, token],
    [
      'an Instance where there is none',
      { identifier: 'urn:uuid:1', instance: 'urn:uuid:2' },
      { identifier: 'urn:uuid:1' },
    ],
    ['the whole token of another Instance', whole, token],
    ['another Id', { identifier: '', local: 'sct-2' }, token],
    ['an Id of a token without one', { identifier: '', local: 'undefined' }, { identifier: 'urn:uuid:1' }],
    ['nothing', { identifier: '' }, token],
    ['nothing, locally', { identifier: '', local: '' }, { identifier: 'urn:uuid:1' }],
  ])('not %s', (_, target, other) => {
    expect(isTarget(target, other)).toBe(false);
  });
});
