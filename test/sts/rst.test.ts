import { readFileSync } from 'node:fs';
import type { EncryptedKeyElement } from '../../src/wss/encrypted.js';
import {
  C05,
  C13,
  counting,
  entropy13,
  HOUR,
  issue13,
  MINUTE,
  NOW,
  readRequest,
  S04,
  T04,
  T05,
  T13,
  V04,
  WSSE,
  WSU,
  XENC,
} from './fixtures.js';

const recorded = (name: string) => readFileSync(new URL(`cxf/${name}`, import.meta.url), 'utf8');

describe('what Apache CXF sent', () => {
  test.each([
    ['issue-2005-02-dom.xml', '2005-02', T05, 'NcAFwAdk7Ein5aiuxOQHmOolaZ8UTwgb3efAd5op4GQ='],
    ['issue-2005-02-stax.xml', '2005-02', T05, 'qnnkfgScM7RiJA+VswHtY3VCAzyL76Wo4cEt8GBbIGs='],
    ['issue-1.3-dom.xml', '1.3', T13, '1ELo+PyCe6DBu/88JiGsVPcvCLzewZjenQJlYGCEYFc='],
  ])('%s is read', (file, version, trust, entropy) => {
    const request = readRequest(recorded(file), { action: `${trust}/RST/SCT` });
    expect(request).toMatchObject({
      kind: 'issue',
      names: { version, trust },
      keySize: 256,
      lifetime: 5 * MINUTE,
      appliesTo: 'https://localhost:9243/SecureConversation_UserNameOverTransport',
    });
    expect(request.entropy!.toString('base64')).toBe(entropy);
    expect(request.context).toBeUndefined();
    expect(request.target).toBeUndefined();
  });

  test('its Cancel holds the whole token', () => {
    const request = readRequest(recorded('cancel-2005-02-dom.xml'), { action: `${T05}/RST/SCT/Cancel` });
    expect(request.kind).toBe('cancel');
    expect(request.target).toMatchObject({
      identifier: 'uuid:becb44e5-9d63-4fae-bc7a-8e52c819e24c',
      token: { version: '2005-02', identifier: 'uuid:becb44e5-9d63-4fae-bc7a-8e52c819e24c', cookie: undefined },
    });
  });
});

const str = (inner: string) => `<o:SecurityTokenReference xmlns:o="${WSSE}">${inner}</o:SecurityTokenReference>`;
const reference = (attributes: string) => str(`<o:Reference ${attributes}/>`);

describe('the shapes of other clients', () => {
  test('WCF: no AppliesTo, no KeyType', () => {
    const document = issue13(`${entropy13(counting(0, 32))}<t:KeySize>256</t:KeySize>`);
    expect(readRequest(document, { action: `${T13}/RST/SCT` })).toEqual({
      kind: 'issue',
      names: expect.objectContaining({ version: '1.3', sct: `${C13}/sct` }),
      keySize: 256,
      entropy: counting(0, 32),
      lifetime: undefined,
      context: undefined,
      appliesTo: undefined,
      target: undefined,
    });
  });

  test('WCF in cookie mode and Mono: a Context', () => {
    const document = issue13().replace(' xmlns', ' Context="uuid-&lt;1&gt;&#10;" xmlns');
    expect(readRequest(document).context).toBe('uuid-<1>\n');
  });

  test('Metro: an attribute on the Entropy, KeyType, ComputedKeyAlgorithm', () => {
    const document =
      `<wst:RequestSecurityToken xmlns:wst="${T05}"><wst:TokenType>${C05}/sct</wst:TokenType>` +
      `<wst:RequestType>${T05}/Issue</wst:RequestType><wst:Entropy Type="BinarySecret">` +
      `<wst:BinarySecret Type="${T05}/Nonce">AAECAwQFBgcICQoLDA0ODw==</wst:BinarySecret></wst:Entropy>` +
      `<wst:KeySize>128</wst:KeySize><wst:KeyType>${T05}/SymmetricKey</wst:KeyType>` +
      `<wst:ComputedKeyAlgorithm>${T05}/CK/PSHA1</wst:ComputedKeyAlgorithm></wst:RequestSecurityToken>`;
    expect(readRequest(document)).toMatchObject({
      keySize: 128,
      entropy: counting(0, 16),
      names: { version: '2005-02' },
    });
  });

  test('Rampart: RequestType first, no KeySize, white space about', () => {
    const document =
      `<wst:RequestSecurityToken xmlns:wst="${T13}">\n <wst:RequestType>\n${T13}/Issue\n</wst:RequestType>` +
      `<wsp:AppliesTo xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"><wsa:EndpointReference xmlns:wsa="http://www.w3.org/2005/08/addressing">` +
      `<wsa:Address> http://host/orders </wsa:Address></wsa:EndpointReference></wsp:AppliesTo>` +
      `<wst:Lifetime><wsu:Created xmlns:wsu="${WSU}">2026-11-24T12:00:00.000Z</wsu:Created>` +
      `<wsu:Expires xmlns:wsu="${WSU}">2026-11-24T12:05:00.000Z</wsu:Expires></wst:Lifetime>` +
      `<wst:TokenType>${C13}/sct</wst:TokenType></wst:RequestSecurityToken>`;
    expect(readRequest(document)).toMatchObject({
      keySize: undefined,
      entropy: undefined,
      lifetime: 5 * MINUTE,
      appliesTo: 'http://host/orders',
    });
  });

  const wse2 = (entropy: string) =>
    `<wst:RequestSecurityToken xmlns:wst="${T04}" xmlns:wsse="${WSSE}" xmlns:wsu="${WSU}" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/03/addressing">` +
    `<wst:TokenType>${S04}</wst:TokenType><wst:RequestType>${V04}/Issue</wst:RequestType>` +
    `<wst:Base><wsse:SecurityTokenReference><wsse:Reference URI="#SecurityToken-1"/></wsse:SecurityTokenReference></wst:Base>` +
    `${entropy}<wsp:AppliesTo xmlns:wsp="http://schemas.xmlsoap.org/ws/2002/12/policy"><wsa:EndpointReference>` +
    '<wsa:Address>http://localhost/Orders.asmx</wsa:Address></wsa:EndpointReference></wsp:AppliesTo>' +
    `<wst:LifeTime><wsu:Expires>2026-11-24T14:00:00Z</wsu:Expires></wst:LifeTime></wst:RequestSecurityToken>`;
  const encryptedKey =
    `<wst:Entropy><xenc:EncryptedKey xmlns:xenc="${XENC}"><xenc:EncryptionMethod Algorithm="${XENC}rsa-1_5"/>` +
    '<xenc:CipherData><xenc:CipherValue>AAEC</xenc:CipherValue></xenc:CipherData>' +
    '<xenc:CarriedKeyName>SecurityToken-2</xenc:CarriedKeyName></xenc:EncryptedKey></wst:Entropy>';

  test('WSE 2: Base, LifeTime without Created, 2002 AppliesTo', () => {
    expect(readRequest(wse2(''), { action: `${V04}/RST/SCT` })).toMatchObject({
      names: { version: '2004-04' },
      lifetime: 2 * HOUR - 123,
      appliesTo: 'http://localhost/Orders.asmx',
    });
  });

  test('WSE 2: entropy in an EncryptedKey goes through the opener', () => {
    const opened: EncryptedKeyElement[] = [];
    const open = (key: EncryptedKeyElement) => {
      opened.push(key);
      return counting(0, 16);
    };
    const request = readRequest(wse2(encryptedKey), { open });
    expect(request.entropy).toEqual(counting(0, 16));
    expect(request.entropyKey).toEqual({ name: 'SecurityToken-2' });
    expect(opened).toHaveLength(1);
    expect(opened[0]).toMatchObject({ algorithm: `${XENC}rsa-1_5`, octets: Buffer.from([0, 1, 2]) });
  });

  test.each<[string, string, ((key: EncryptedKeyElement) => Buffer) | undefined]>([
    ['without an opener', wse2(encryptedKey), undefined],
    ['of a length that wraps nothing', wse2(encryptedKey), () => counting(0, 20)],
    ['too short', wse2(encryptedKey), () => counting(0, 8)],
    ['in a version that has none', issue13(encryptedKey.replaceAll('wst:', 't:')), () => counting(0, 16)],
  ])('entropy in an EncryptedKey is refused %s', (_, document, open) => {
    expect(() => readRequest(document, open === undefined ? {} : { open })).toThrow(
      expect.objectContaining({ code: 'sts.entropy' }),
    );
  });

  test('what the opener throws passes through', () => {
    const fault = new RangeError('from the opener');
    const open = () => {
      throw fault;
    };
    expect(() => readRequest(wse2(encryptedKey), { open })).toThrow(fault);
  });

  test('hints that change nothing are passed over, whatever they hold', () => {
    const hints =
      '<t:Renewing Allow="true" OK="false"/><t:SecondaryParameters><t:KeyType>x</t:KeyType><t:OnBehalfOf/></t:SecondaryParameters>' +
      '<t:SignWith>a</t:SignWith><t:EncryptWith>b</t:EncryptWith><t:KeyWrapAlgorithm>c</t:KeyWrapAlgorithm>' +
      '<t:SignatureAlgorithm>d</t:SignatureAlgorithm><t:EncryptionAlgorithm>e</t:EncryptionAlgorithm>' +
      '<t:CanonicalizationAlgorithm>f</t:CanonicalizationAlgorithm>';
    expect(readRequest(issue13(hints))).toMatchObject({ kind: 'issue', keySize: undefined });
  });

  test.each(['128', '192', '256'])('KeySize %s', (size) => {
    expect(readRequest(issue13(`<t:KeySize> ${size} </t:KeySize>`)).keySize).toBe(Number(size));
  });

  test.each([16, 20, 32, 64])('entropy of %d octets, and a BinarySecret without Type', (length) => {
    const document = issue13(entropy13(counting(0, length)).replace(/ Type="[^"]*"/, ''));
    expect(readRequest(document).entropy).toEqual(counting(0, length));
  });

  test('the TokenType may be left to the Action', () => {
    expect(readRequest(issue13('', ''), { action: `${T13}/RST/SCT` }).kind).toBe('issue');
  });
});

const lifetime = (created: string, expires: string) =>
  `<t:Lifetime xmlns:u="${WSU}">${created && `<u:Created>${created}</u:Created>`}${expires && `<u:Expires>${expires}</u:Expires>`}</t:Lifetime>`;

describe('a lifetime', () => {
  test.each<[string, string, string, number | undefined]>([
    ['a client whose clock is a year ahead', '2027-11-24T12:00:00Z', '2027-11-24T12:30:00Z', 30 * MINUTE],
    ['seven digits of a second', '2026-11-24T12:00:00.0000000Z', '2026-11-24T12:00:00.5004132Z', 500],
    ['two zones', '2026-11-24T12:00:00+01:00', '2026-11-24T12:00:00Z', HOUR],
    ['no Created: counted from now', '', '2026-11-24T12:00:01.123Z', 1000],
    ['no Expires: none asked', '2026-11-24T12:00:00Z', '', undefined],
    ['nothing', '', '', undefined],
  ])('%s', (_, created, expires, expected) => {
    expect(readRequest(issue13(lifetime(created, expires)), { now: NOW }).lifetime).toBe(expected);
  });
});

const renew = (target: string, more = '') =>
  `<t:RequestSecurityToken xmlns:t="${T13}"><t:RequestType>${T13}/Renew</t:RequestType>${more}<t:RenewTarget>${target}</t:RenewTarget></t:RequestSecurityToken>`;
const cancel = (target: string) => renew(target).replaceAll('Renew', 'Cancel');
const sct = (inner: string, namespace = C13) =>
  `<c:SecurityContextToken xmlns:c="${namespace}" xmlns:g="urn:sct-gateway:cookie"><c:Identifier>urn:uuid:1</c:Identifier>${inner}</c:SecurityContextToken>`;

describe('a target', () => {
  test.each<[string, string, object]>([
    [
      'Identifier and ValueType (WCF)',
      reference(`URI="urn:uuid:1" ValueType="${C13}/sct"`),
      { identifier: 'urn:uuid:1' },
    ],
    ['without ValueType (Rampart)', reference('URI="urn:uuid:1"'), { identifier: 'urn:uuid:1' }],
    ['a lying ValueType', reference('URI="urn:uuid:1" ValueType="urn:x"'), { identifier: 'urn:uuid:1' }],
    [
      'with an Instance (WCF, Metro)',
      reference(`URI="urn:uuid:1" c:Instance="urn:uuid:2" xmlns:c="${C13}"`),
      { identifier: 'urn:uuid:1', instance: 'urn:uuid:2' },
    ],
    ['by Id', reference(`URI="#sct-1" ValueType="${C13}/sct"`), { identifier: '', local: 'sct-1' }],
    ['by # and Identifier (StAX)', reference('URI="#urn:uuid:1"'), { identifier: '', local: 'urn:uuid:1' }],
  ])('%s', (_, target, expected) => {
    expect(readRequest(renew(target)).target).toEqual(expected);
    expect(readRequest(cancel(target)).target).toEqual(expected);
  });

  test('the whole token, cookie and Instance included (CXF)', () => {
    const target = sct('<c:Instance>urn:uuid:2</c:Instance><g:Cookie>a.b.c.d.e</g:Cookie>');
    expect(readRequest(renew(target)).target).toMatchObject({
      identifier: 'urn:uuid:1',
      instance: 'urn:uuid:2',
      token: { identifier: 'urn:uuid:1', instance: 'urn:uuid:2', cookie: 'a.b.c.d.e', version: '1.3' },
    });
  });
});

const appliesTo = (inner: string, namespace = 'http://www.w3.org/ns/ws-policy') =>
  `<p:AppliesTo xmlns:p="${namespace}" xmlns:a="http://www.w3.org/2005/08/addressing">${inner}</p:AppliesTo>`;
const address = (inner: string) => `<a:EndpointReference>${inner}</a:EndpointReference>`;
const target = reference('URI="urn:uuid:1"');

describe('is refused', () => {
  test.each<[string, string, string]>([
    // the message
    ['another element', '<x/>', 'sts.request'],
    ['another namespace', `<t:RequestSecurityToken xmlns:t="${T13}/"/>`, 'sts.request'],
    ['another element of WS-Trust', `<t:IssuedTokens xmlns:t="${T13}"/>`, 'sts.request'],
    [
      'a batch',
      `<t:RequestSecurityTokenCollection xmlns:t="${T13}">${issue13()}</t:RequestSecurityTokenCollection>`,
      'sts.unsupported',
    ],
    ['a leg of a negotiation', `<t:RequestSecurityTokenResponse xmlns:t="${T05}"/>`, 'sts.unsupported'],
    ['an unasked response', `<t:RequestSecurityTokenResponseCollection xmlns:t="${T13}"/>`, 'sts.unsupported'],
    // what is asked for
    ['no RequestType', `<t:RequestSecurityToken xmlns:t="${T13}"/>`, 'sts.type'],
    ['an empty RequestType', issue13().replace(`${T13}/Issue`, ''), 'sts.type'],
    ['Validate', issue13().replace('/Issue', '/Validate'), 'sts.type'],
    ['a RequestType in another case', issue13().replace('/Issue', '/issue'), 'sts.type'],
    ['a RequestType of another version', issue13().replace(`${T13}/Issue`, `${T05}/Issue`), 'sts.type'],
    ['the RequestType of a batch', issue13().replace('/Issue', '/BatchIssue'), 'sts.type'],
    [
      'Renew in 2004/04',
      `<t:RequestSecurityToken xmlns:t="${T04}"><t:RequestType>${V04}/Renew</t:RequestType><t:RenewTarget>${target}</t:RenewTarget></t:RequestSecurityToken>`,
      'sts.type',
    ],
    [
      'Cancel in 2004/04',
      `<t:RequestSecurityToken xmlns:t="${T04}"><t:RequestType>${V04}/Cancel</t:RequestType><t:CancelTarget>${target}</t:CancelTarget></t:RequestSecurityToken>`,
      'sts.type',
    ],
    ['a SAML token', issue13('', '<t:TokenType>urn:oasis:names:tc:SAML:2.0:assertion</t:TokenType>'), 'sts.type'],
    ['a TokenType of another version', issue13('', `<t:TokenType>${C05}/sct</t:TokenType>`), 'sts.type'],
    ['an empty TokenType', issue13('', '<t:TokenType/>'), 'sts.type'],
    ['neither TokenType nor Action', issue13('', ''), 'sts.type'],
    ['a TokenType split by a comment', issue13('', `<t:TokenType>${C13}/<!---->sct</t:TokenType>`), 'xml.unexpected'],
    ['a RequestType with an element', issue13().replace('/Issue', '/Issue<x/>'), 'xml.unexpected'],
    ['an asymmetric key', issue13(`<t:KeyType>${T13}/PublicKey</t:KeyType>`), 'sts.type'],
    ['a bearer token', issue13(`<t:KeyType>${T13}/Bearer</t:KeyType>`), 'sts.type'],
    ['a KeyType of another version', issue13(`<t:KeyType>${T05}/SymmetricKey</t:KeyType>`), 'sts.type'],
    [
      'another computed key',
      issue13(`<t:ComputedKeyAlgorithm>${T13}/CK/HASH</t:ComputedKeyAlgorithm>`),
      'sts.unsupported',
    ],
    // KeySize
    ...['0', '', '64', '-256', '256.0', '0x100', '٢٥٦', '1e2', '512', '2147483648', '257', '0256'].map(
      (size): [string, string, string] => [`KeySize ${size}`, issue13(`<t:KeySize>${size}</t:KeySize>`), 'sts.request'],
    ),
    // entropy
    ['15 octets of entropy', issue13(entropy13(counting(0, 15))), 'sts.entropy'],
    ['65 octets of entropy', issue13(entropy13(counting(0, 65))), 'sts.entropy'],
    ['no octet of entropy', issue13(entropy13(Buffer.alloc(0))), 'sts.entropy'],
    ['a megabyte of entropy', issue13(entropy13(Buffer.alloc(100_000))), 'sts.entropy'],
    ['entropy that is not base64', issue13(entropy13(counting(0, 16)).replace('AAEC', 'A*EC')), 'sts.entropy'],
    [
      'entropy in the URL alphabet',
      issue13(entropy13(Buffer.alloc(18, 255)).replaceAll('/'.repeat(24), '_'.repeat(24))),
      'sts.entropy',
    ],
    ['a key for entropy', issue13(entropy13(counting(0, 16)).replace('/Nonce', '/SymmetricKey')), 'sts.entropy'],
    [
      'a Nonce of another version',
      issue13(entropy13(counting(0, 16)).replace(`${T13}/Nonce`, `${T05}/Nonce`)),
      'sts.entropy',
    ],
    ['an empty Entropy', issue13('<t:Entropy/>'), 'sts.entropy'],
    ['entropy as text', issue13('<t:Entropy>AAECAwQFBgcICQoLDA0ODw==</t:Entropy>'), 'sts.entropy'],
    [
      'two BinarySecrets',
      issue13(
        entropy13(counting(0, 16))
          .replace(/<t:BinarySecret.*<\/t:BinarySecret>/, '$&$&')
          .replace(' u:Id="uuid-1-1"', ''),
      ),
      'sts.entropy',
    ],
    [
      'a BinarySecret of another version',
      issue13(`<t:Entropy><BinarySecret xmlns="${T05}">AAECAwQFBgcICQoLDA0ODw==</BinarySecret></t:Entropy>`),
      'sts.entropy',
    ],
    // lifetime
    ['a lifetime of nothing', issue13(lifetime('2026-11-24T12:00:00Z', '2026-11-24T12:00:00Z')), 'sts.request'],
    [
      'a lifetime that ends before it begins',
      issue13(lifetime('2026-11-24T12:00:00Z', '2026-11-24T11:00:00Z')),
      'sts.request',
    ],
    ['a lifetime that has ended', issue13(lifetime('', '2026-11-24T12:00:00Z')), 'sts.request'],
    ['a lifetime without a zone', issue13(lifetime('', '2026-11-24T13:00:00')), 'sts.request'],
    ['a month 13', issue13(lifetime('', '2026-13-24T13:00:00Z')), 'sts.request'],
    ['a year of five digits', issue13(lifetime('', '12026-11-24T13:00:00Z')), 'sts.request'],
    ['a duration', issue13(lifetime('', 'PT5M')), 'sts.request'],
    [
      'two Expires',
      issue13(
        `<t:Lifetime xmlns:u="${WSU}"><u:Expires>2026-11-24T13:00:00Z</u:Expires><u:Expires>2026-11-24T13:00:00Z</u:Expires></t:Lifetime>`,
      ),
      'sts.request',
    ],
    [
      'an Expires of no namespace',
      issue13('<t:Lifetime><Expires>2026-11-24T13:00:00Z</Expires></t:Lifetime>'),
      'sts.request',
    ],
    [
      "WSE 2's spelling in 1.3",
      issue13(lifetime('', '2026-11-24T13:00:00Z').replaceAll('t:Lifetime', 't:LifeTime')),
      'sts.request',
    ],
    // scope
    ['an AppliesTo without an EndpointReference', issue13(appliesTo('')), 'sts.scope'],
    ['an AppliesTo that is a URI', issue13(appliesTo('<p:URI>http://h/orders</p:URI>')), 'sts.scope'],
    ['an EndpointReference of no namespace', issue13(appliesTo('<EndpointReference/>')), 'sts.scope'],
    ['two EndpointReferences', issue13(appliesTo(address('<a:Address>http://h/a</a:Address>').repeat(2))), 'sts.scope'],
    ['an empty Address', issue13(appliesTo(address('<a:Address> </a:Address>'))), 'sts.scope'],
    ['two Addresses', issue13(appliesTo(address('<a:Address>http://h/a</a:Address>'.repeat(2)))), 'sts.scope'],
    [
      'ReferenceParameters',
      issue13(appliesTo(address('<a:Address>http://h/a</a:Address><a:ReferenceParameters/>'))),
      'sts.scope',
    ],
    ['an AppliesTo of WS-Trust', issue13(appliesTo(address('<a:Address>http://h/a</a:Address>'), T13)), 'sts.request'],
    // subjects, terms and exchanges that are not served
    ...[
      'Claims',
      'OnBehalfOf',
      'ActAs',
      'DelegateTo',
      'Forwardable',
      'Delegatable',
      'UseKey',
      'Issuer',
      'AuthenticationType',
      'AllowPostdating',
      'Encryption',
      'ProofEncryption',
      'Participants',
      'ValidateTarget',
      'BinaryExchange',
    ].map((local): [string, string, string] => [local, issue13(`<t:${local}>false</t:${local}>`), 'sts.unsupported']),
    ['ActAs of 1.4', issue13('<ActAs xmlns="http://docs.oasis-open.org/ws-sx/ws-trust/200802"/>'), 'sts.unsupported'],
    ['a policy', issue13('<Policy xmlns="http://schemas.xmlsoap.org/ws/2004/09/policy"/>'), 'sts.unsupported'],
    ['an unknown element', issue13('<t:Unheard/>'), 'sts.request'],
    ["an element of another's", issue13('<x:Thing xmlns:x="urn:x"/>'), 'sts.request'],
    ['an element of no namespace', issue13('<KeySize>256</KeySize>'), 'sts.request'],
    ['an element of another version', issue13(`<KeySize xmlns="${T05}">256</KeySize>`), 'sts.request'],
    ['two TokenTypes', issue13(`<t:TokenType>${C13}/sct</t:TokenType>`), 'sts.request'],
    ['two KeySizes', issue13('<t:KeySize>256</t:KeySize><t:KeySize>256</t:KeySize>'), 'sts.request'],
    ['two Entropies', issue13('<t:Entropy/><t:Entropy/>'), 'sts.request'],
    ['a Context of 513 characters', issue13().replace(' xmlns', ` Context="${'x'.repeat(513)}" xmlns`), 'sts.request'],
    // targets
    ['a target of Issue', issue13(`<t:RenewTarget>${target}</t:RenewTarget>`), 'sts.request'],
    ['no RenewTarget', renew(target).replace(/<t:RenewTarget.*RenewTarget>/, ''), 'sts.request'],
    ['no CancelTarget', cancel(target).replace(/<t:CancelTarget.*CancelTarget>/, ''), 'sts.request'],
    ['the target of another kind', renew(target).replaceAll('RenewTarget', 'CancelTarget'), 'sts.request'],
    ['two targets', renew(target, `<t:CancelTarget>${target}</t:CancelTarget>`), 'sts.request'],
    ['an empty target', renew(''), 'sts.request'],
    ['a target of two tokens', renew(target + target), 'sts.request'],
    ['a target that is no token', renew('<x/>'), 'sts.request'],
    ['a token of another version', renew(sct('', C05)), 'sts.request'],
    ['a token without an Identifier', renew(sct('').replace(/<c:Identifier.*Identifier>/, '')), 'token.format'],
    ['a token with two cookies', cancel(sct('<g:Cookie>a</g:Cookie><g:Cookie>b</g:Cookie>')), 'token.format'],
    ['a reference to nothing', renew(reference('URI="#"')), 'wss.reference'],
    ['a reference without a URI', renew(reference('')), 'wss.reference'],
    ['two references', renew(str('<o:Reference URI="urn:1"/><o:Reference URI="urn:2"/>')), 'wss.reference'],
    [
      'a reference by digest',
      renew(
        str(
          '<o:KeyIdentifier ValueType="http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#EncryptedKeySHA1">AAEC</o:KeyIdentifier>',
        ),
      ),
      'sts.request',
    ],
  ])('%s', (_, document, code) => {
    expect(() => readRequest(document)).toThrow(expect.objectContaining({ code }));
  });

  test.each<[string, string, string]>([
    ['Renew', issue13(), `${T13}/RST/SCT/Renew`],
    ['Cancel', issue13(), `${T13}/RST/SCT/Cancel`],
    ['the answer', issue13(), `${T13}/RSTR/SCT`],
    ['plain Issue', issue13(), `${T13}/RST/Issue`],
    ['Issue of another version', issue13(), `${T05}/RST/SCT`],
    ['Amend', issue13(), `${T13}/RST/SCT/Amend`],
    ['the service', issue13(), 'http://xmlsoap.org/Ping'],
    ['nothing', issue13(), ''],
    ['Issue', renew(target), `${T13}/RST/SCT`],
    ['Renew', cancel(target), `${T13}/RST/SCT/Renew`],
  ])('an Action of %s over another RequestType', (_, document, action) => {
    expect(() => readRequest(document, { action })).toThrow(expect.objectContaining({ code: 'soap.action' }));
  });

  test('a negotiation, with a reason that says so', () => {
    expect(() => readRequest(issue13('<t:BinaryExchange>AA==</t:BinaryExchange>'))).toThrow(
      'negotiation of a token by BinaryExchange (TLSNEGO, SPNEGO) is not supported',
    );
  });

  test('entropy, without a word of it in the error', () => {
    const secret = counting(0x41, 70).toString('base64');
    try {
      readRequest(issue13(entropy13(counting(0x41, 70))));
      throw new Error('was read');
    } catch (error) {
      expect(JSON.stringify([String(error), error])).not.toContain(secret.slice(0, 12));
      expect(error).toMatchObject({ code: 'sts.entropy' });
    }
  });
});
