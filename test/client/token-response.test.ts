import type { Answer } from './answer.js';
import { psha1 } from './ciphers.js';
import { AnswerError, type ReceivedDocument } from './document.js';
import { domDocument } from './dom-document.js';
import { textOf } from './element.js';
import { runtimeAt } from './fixtures.js';
import { VERSIONS, type Version, WSSE, WSU } from './names.js';
import { serialize } from './serialize.js';
import { DEFAULT_SHAPE, type Shape } from './shape.js';
import type { StyleName } from './styles/index.js';
import type { TokenRequest } from './token-request.js';
import { issueRequest, renewRequest } from './token-request.js';
import { readCancelResponse, readTokenResponse } from './token-response.js';

const CLIENT = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');
const SERVER = Buffer.from('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f', 'hex');
/** Wire facts §2.3: what these two make together. */
const COMBINED = '2f738c0d36c86c17dc1c0c4578d6a194847b817095b34c840403604f0947ac4c';

/** The parts of a response that every client accepts, in the order in which WCF writes them. */
function parts(version: Version): Record<string, string> {
  const { base, conversation, contextToken } = VERSIONS[version];
  return {
    TokenType: `<t:TokenType>${contextToken}</t:TokenType>`,
    Token: `<t:RequestedSecurityToken><c:SecurityContextToken xmlns:c="${conversation}" u:Id="uuid-7"><c:Identifier>urn:uuid:1</c:Identifier><g:Cookie xmlns:g="urn:example:cookie">A.B</g:Cookie></c:SecurityContextToken></t:RequestedSecurityToken>`,
    Attached:
      '<t:RequestedAttachedReference><o:SecurityTokenReference><o:Reference URI="#uuid-7"/></o:SecurityTokenReference></t:RequestedAttachedReference>',
    Unattached: `<t:RequestedUnattachedReference><o:SecurityTokenReference><o:Reference URI="urn:uuid:1" ValueType="${contextToken}"/></o:SecurityTokenReference></t:RequestedUnattachedReference>`,
    Proof: `<t:RequestedProofToken><t:ComputedKey>${base}/CK/PSHA1</t:ComputedKey></t:RequestedProofToken>`,
    Entropy: `<t:Entropy><t:BinarySecret Type="${base}/Nonce">${SERVER.toString('base64')}</t:BinarySecret></t:Entropy>`,
    Lifetime:
      '<t:Lifetime><u:Created>2026-11-25T12:00:00Z</u:Created><u:Expires>2026-11-25T12:30:00Z</u:Expires></t:Lifetime>',
    KeySize: '<t:KeySize>256</t:KeySize>',
  };
}

function answer(
  shape: Shape,
  changes: Readonly<Record<string, string>> = {},
  wrap?: (response: string) => string,
): Answer {
  const { trust, collection } = VERSIONS[shape.version];
  const content = Object.values({ ...parts(shape.version), ...changes }).join('');
  const response = `<t:RequestSecurityTokenResponse>${content}</t:RequestSecurityTokenResponse>`;
  const collected = (one: string): string =>
    collection ? `<t:RequestSecurityTokenResponseCollection>${one}</t:RequestSecurityTokenResponseCollection>` : one;
  const document = domDocument(
    `<Body xmlns:t="${trust}" xmlns:u="${WSU}" xmlns:o="${WSSE}">${(wrap ?? collected)(response)}</Body>`,
  );
  return {
    secured: true,
    body: '',
    fault: undefined,
    addressing: {},
    layout: '',
    document: document as ReceivedDocument,
    bodyNode: document.root,
  };
}

const shapeOf = (style: StyleName, version: Version = '2005-02'): Shape => ({ ...DEFAULT_SHAPE, style, version });

function asked(shape: Shape): TokenRequest {
  return { ...issueRequest(shape, { appliesTo: 'http://x/', entropy: CLIENT }, runtimeAt(0)), context: undefined };
}

function read(shape: Shape, changes?: Readonly<Record<string, string>>, wrap?: (response: string) => string) {
  return readTokenResponse(shape, answer(shape, changes, wrap), asked(shape), runtimeAt(0));
}

function ruleOf(act: () => unknown): string {
  try {
    act();
    return 'accepted';
  } catch (error) {
    return error instanceof AnswerError ? error.rule : String(error);
  }
}

const STYLES: readonly StyleName[] = ['wcf', 'cxf', 'cxf-stax', 'metro', 'rampart', 'mono', 'gsoap'];

describe.each(['2005-02', '1.3'] as const)('the response that every client accepts, %s', (version) => {
  test.each(STYLES)('%s', (style) => {
    const token = read(shapeOf(style, version));
    expect(token.key.toString('hex')).toBe(COMBINED);
    expect(token).toMatchObject({
      identifier: 'urn:uuid:1',
      instance: undefined,
      expires: Date.UTC(2026, 10, 25, 12, 30),
    });
  });
});

describe('what a client cannot use', () => {
  const secret = `<t:RequestedProofToken><t:BinarySecret>${SERVER.toString('base64')}</t:BinarySecret></t:RequestedProofToken>`;
  const noId = parts('2005-02').Token!.replace(' u:Id="uuid-7"', '');
  const cookieFirst = parts('2005-02').Token!.replace(
    /(<c:Identifier>.*<\/c:Identifier>)(<g:Cookie.*<\/g:Cookie>)/,
    '$2$1',
  );
  test.each<readonly [StyleName, string, Readonly<Record<string, string>>, string]>([
    ['wcf', 'a key instead of a computed one', { Proof: secret, Entropy: '' }, 'proof'],
    ['cxf', 'a key instead of a computed one', { Proof: secret, Entropy: '' }, 'accepted'],
    ['wcf', 'no proof', { Proof: '', Entropy: '' }, 'proof'],
    ['cxf', 'no proof: the client entropy is the key', { Proof: '', Entropy: '' }, 'accepted'],
    ['wcf', 'no entropy of the service', { Entropy: '' }, 'proof'],
    ['cxf', 'no entropy of the service', { Entropy: '' }, 'proof'],
    [
      'wcf',
      'another computation',
      { Proof: '<t:RequestedProofToken><t:ComputedKey>urn:x</t:ComputedKey></t:RequestedProofToken>' },
      'proof',
    ],
    ['wcf', 'no wsu:Id on the token', { Token: noId }, 'id'],
    ['metro', 'no wsu:Id on the token', { Token: noId }, 'id'],
    ['metro', 'no Lifetime', { Lifetime: '' }, 'lifetime'],
    ['wcf', 'no Lifetime', { Lifetime: '' }, 'accepted'],
    ['metro', 'no RequestedUnattachedReference', { Unattached: '' }, 'unattached'],
    ['cxf', 'no RequestedUnattachedReference', { Unattached: '' }, 'accepted'],
    [
      'rampart',
      'an attached reference without #',
      { Attached: parts('2005-02').Attached!.replace('#', '') },
      'attached-fragment',
    ],
    ['cxf', 'the cookie before the Identifier', { Token: cookieFirst }, 'identifier-first'],
    ['wcf', 'another TokenType', { TokenType: '<t:TokenType>urn:x</t:TokenType>' }, 'token-type'],
    ['wcf', 'no TokenType', { TokenType: '' }, 'accepted'],
    ['wcf', 'no token', { Token: '' }, 'token'],
    ['wcf', 'the token of another version', { Token: parts('1.3').Token! }, 'token'],
    ['wcf', 'a key of 100 bits', { KeySize: '<t:KeySize>100</t:KeySize>' }, 'key-size'],
  ])('%s: %s', (style, _what, changes, rule) => {
    expect(ruleOf(() => read(shapeOf(style), changes))).toBe(rule);
  });

  test('a Context that was not asked for, or is not echoed', () => {
    const shape = shapeOf('mono');
    const request = issueRequest(shape, { appliesTo: 'http://x/', entropy: CLIENT }, runtimeAt(0));
    expect(request.context).toMatch(/^uuid-/);
    expect(ruleOf(() => readTokenResponse(shape, answer(shape), request, runtimeAt(0)))).toBe('context');
  });

  test.each<readonly [string, Version, (response: string) => string]>([
    [
      'a collection in 2005/02',
      '2005-02',
      (one) => `<t:RequestSecurityTokenResponseCollection>${one}</t:RequestSecurityTokenResponseCollection>`,
    ],
    ['a bare response in 1.3', '1.3', (one) => one],
    [
      'a collection of two',
      '1.3',
      (one) => `<t:RequestSecurityTokenResponseCollection>${one}${one}</t:RequestSecurityTokenResponseCollection>`,
    ],
    ['two elements in the Body', '2005-02', (one) => `${one}${one}`],
    ['an empty Body', '2005-02', () => ''],
  ])('%s', (_what, version, wrap) => {
    expect(ruleOf(() => read(shapeOf('wcf', version), {}, wrap))).toBe('response');
  });
});

describe('the token as it is sent back', () => {
  test('verbatim by WCF and CXF, with the declarations that it leaned on', () => {
    for (const style of ['wcf', 'cxf'] as const) {
      const written = serialize(read(shapeOf(style)).element);
      expect(written).toContain('<g:Cookie xmlns:g="urn:example:cookie">A.B</g:Cookie>');
      expect(written).toContain('u:Id="uuid-7"');
    }
  });

  test('Metro re-marshals it: children stay, attributes but wsu:Id go, prefixes change', () => {
    const withAttribute = parts('2005-02').Token!.replace(' u:Id', ' extra="1" u:Id');
    const { element } = read(shapeOf('metro'), { Token: withAttribute });
    expect(element.attributes.map(({ local }) => local)).toEqual(['Id']);
    expect(element.prefix).toBe('wsc');
    expect(textOf(element)).toBe('urn:uuid:1A.B');
  });

  test('gSOAP rebuilds it from the Identifier: the cookie is lost', () => {
    const { element, id } = read(shapeOf('gsoap'));
    expect(textOf(element)).toBe('urn:uuid:1');
    expect(id).toBe('SCT');
  });
});

describe('what is asked for', () => {
  const fields = (style: StyleName): string[] =>
    issueRequest(shapeOf(style), { appliesTo: 'http://x/' }, runtimeAt(0)).element.children.map((child) =>
      typeof child === 'object' && 'local' in child ? child.local : '',
    );

  test.each<readonly [StyleName, string]>([
    ['wcf', 'TokenType RequestType Entropy KeySize'],
    ['cxf', 'RequestType AppliesTo Lifetime Renewing TokenType KeySize Entropy ComputedKeyAlgorithm'],
    ['metro', 'TokenType RequestType Entropy KeySize KeyType ComputedKeyAlgorithm'],
    ['rampart', 'RequestType AppliesTo Lifetime TokenType Entropy ComputedKeyAlgorithm'],
    ['mono', 'TokenType RequestType Entropy KeySize'],
  ])('%s: %s', (style, expected) => {
    expect(fields(style).join(' ')).toBe(expected);
  });

  test('CXF renews with the whole token and no entropy, WCF with a reference and its own', () => {
    const cxf = renewRequest(shapeOf('cxf'), read(shapeOf('cxf')), { appliesTo: 'http://x/' }, runtimeAt(0));
    expect(cxf.entropy).toBeUndefined();
    expect(serialize(cxf.element)).toContain('A.B');
    const renewed = { ...read(shapeOf('wcf')), instance: 'urn:uuid:2' };
    const wcf = renewRequest(shapeOf('wcf'), renewed, { appliesTo: 'http://x/' }, runtimeAt(0));
    expect(wcf.entropy).toHaveLength(32);
    expect(serialize(wcf.element)).not.toContain('A.B');
    expect(serialize(wcf.element)).toContain('Instance="urn:uuid:2"');
  });

  test('Rampart and WSE never renew', () => {
    expect(() => renewRequest(shapeOf('rampart'), read(shapeOf('rampart')), { appliesTo: '' }, runtimeAt(0))).toThrow(
      'never renews',
    );
  });
});

test('a Cancel is granted by RequestedTokenCancelled alone', () => {
  const shape = shapeOf('wcf');
  const nothing = Object.fromEntries(Object.keys(parts('2005-02')).map((name) => [name, '']));
  expect(
    ruleOf(() => readCancelResponse(shape, answer(shape, { ...nothing, Done: '<t:RequestedTokenCancelled/>' }))),
  ).toBe('accepted');
  expect(ruleOf(() => readCancelResponse(shape, answer(shape, nothing)))).toBe('cancel');
});

test('keys that are not 256 bits long begin as the long one does', () => {
  expect(psha1(CLIENT, SERVER, 0, 16).toString('hex')).toBe(COMBINED.slice(0, 32));
});
