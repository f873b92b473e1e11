import { readEnvelope } from '../../src/soap/envelope.js';
import { presentedToken } from '../../src/wss/context-reference.js';
import { readSecurityHeader } from '../../src/wss/header.js';
import { extendIds, indexIds } from '../../src/wss/ids.js';
import { readKeyInfo, readTokenReference } from '../../src/wss/references.js';
import { root } from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan, splice } from '../../src/xml/scan.js';
import { codeOf } from '../crypto/code-of.js';
import { derivedToken, referenceTo, timestampXml } from './forge.js';
import { COOKIE, DS, ENCRYPTED_KEY_SHA1, SC04, SC05, SC13, SOAP12, THUMBPRINT_SHA1, WSSE, WSU, XENC } from './names.js';
import { LIMITS } from './station.js';

const header = (children: string, limits = LIMITS.security) =>
  readSecurityHeader(
    readEnvelope(
      scan(
        `<s:Envelope xmlns:s="${SOAP12}"><s:Header><o:Security xmlns:o="${WSSE}" xmlns:u="${WSU}" xmlns:c="${SC13}" xmlns:d="${DS}" xmlns:e="${XENC}">${children}</o:Security></s:Header><s:Body/></s:Envelope>`,
        DEFAULT_XML_LIMITS,
      ),
    ),
    limits,
  )!;
const refused = (cases: readonly (readonly [string, string, string])[]) =>
  test.each(cases)('refused: %s → %s', (_, code, children) => expect(codeOf(() => header(children))).toBe(code));

const str = referenceTo('#x');
const dkt = (children: string, namespace = SC13) =>
  `<k:DerivedKeyToken xmlns:k="${namespace}">${children}</k:DerivedKeyToken>`;
const nonce = '<k:Nonce>AAAA</k:Nonce>';

describe('a DerivedKeyToken', () => {
  test.each([SC13, SC05, SC04])('of %s', (namespace) => {
    const [token] = header(
      dkt(`${str}<k:Offset>1</k:Offset><k:Length>24</k:Length><k:Label> l </k:Label>${nonce}`, namespace),
    ).derivedKeys;
    expect(token).toMatchObject({ label: 'l', offset: 1, length: 24, nonce: Buffer.alloc(3) });
  });

  test('has defaults, a Generation in place of an Offset, and a nonce of wsse in 2004/04', () => {
    expect(header(dkt(str + nonce)).derivedKeys[0]).toMatchObject({ label: undefined, offset: 0, length: 32 });
    expect(
      header(dkt(`${str}<k:Generation>2</k:Generation><k:Length>16</k:Length>${nonce}`)).derivedKeys[0]!.offset,
    ).toBe(32);
    expect(header(dkt(`${str}<o:Nonce>AAAA</o:Nonce>`, SC04)).derivedKeys[0]!.nonce).toHaveLength(3);
  });

  test('at its quotas', () => {
    const token = `${str}<k:Offset>64</k:Offset><k:Length>64</k:Length><k:Label>${'l'.repeat(128)}</k:Label><k:Nonce>${Buffer.alloc(128).toString('base64')}</k:Nonce>`;
    expect(header(dkt(token)).derivedKeys).toHaveLength(1);
  });

  refused([
    ['an offset beyond', 'wss.derive', dkt(`${str}<k:Offset>65</k:Offset>${nonce}`)],
    ['a generation beyond', 'wss.derive', dkt(`${str}<k:Generation>3</k:Generation>${nonce}`)],
    ['a generation that overflows', 'wss.derive', dkt(`${str}<k:Generation>99999999999</k:Generation>${nonce}`)],
    ['a length beyond', 'wss.derive', dkt(`${str}<k:Length>65</k:Length>${nonce}`)],
    ['a key of 15 octets', 'wss.derive', dkt(`${str}<k:Length>15</k:Length>${nonce}`)],
    ['a key of no octets', 'wss.derive', dkt(`${str}<k:Length>0</k:Length>${nonce}`)],
    ['a length with a sign', 'wss.derive', dkt(`${str}<k:Length>+32</k:Length>${nonce}`)],
    ['a length with a fraction', 'wss.derive', dkt(`${str}<k:Length>32.0</k:Length>${nonce}`)],
    ['a length in hexadecimal', 'wss.derive', dkt(`${str}<k:Length>0x20</k:Length>${nonce}`)],
    ['an empty length', 'wss.derive', dkt(`${str}<k:Length/>${nonce}`)],
    ['a label beyond', 'wss.derive', dkt(`${str}<k:Label>${'l'.repeat(129)}</k:Label>${nonce}`)],
    ['a nonce beyond', 'crypto.base64', dkt(`${str}<k:Nonce>${Buffer.alloc(129).toString('base64')}</k:Nonce>`)],
    ['an empty nonce', 'wss.derive', dkt(`${str}<k:Nonce/>`)],
    ['no nonce', 'wss.header', dkt(str)],
    ['two nonces', 'wss.header', dkt(str + nonce + nonce)],
    ['two lengths', 'wss.header', dkt(`${str}<k:Length>32</k:Length><k:Length>16</k:Length>${nonce}`)],
    [
      'a length in each of two namespaces',
      'wss.header',
      dkt(`${str}<k:Length>32</k:Length><j:Length xmlns:j="${SC05}">16</j:Length>${nonce}`),
    ],
    ['no reference', 'wss.header', dkt(nonce)],
    ['Properties', 'wss.derive', dkt(`${str}<k:Properties/>${nonce}`)],
    ['Generation and Offset', 'wss.derive', dkt(`${str}<k:Generation>0</k:Generation><k:Offset>0</k:Offset>${nonce}`)],
    ['a child of another namespace', 'wss.header', dkt(`${str}${nonce}<x:y xmlns:x="urn:x"/>`)],
    ['a comment in the nonce', 'xml.unexpected', dkt(`${str}<k:Nonce>AA<!---->AA</k:Nonce>`)],
  ]);
});

const sct = (children: string, namespace = SC13) =>
  `<t:SecurityContextToken xmlns:t="${namespace}" xmlns:g="${COOKIE}">${children}</t:SecurityContextToken>`;
const identifier = '<t:Identifier>urn:i</t:Identifier>';

describe('a SecurityContextToken', () => {
  test('with a cookie and what others put there', () => {
    const token = header(
      sct(`${identifier}<t:Instance>i</t:Instance><g:Cookie> c </g:Cookie><x:y xmlns:x="urn:x">z</x:y>`, SC05),
    ).contextToken;
    expect(token).toMatchObject({ version: '2005-02', identifier: 'urn:i', instance: 'i', cookie: 'c' });
  });

  test('a cookie of another namespace is none', () => {
    expect(header(sct(`${identifier}<x:Cookie xmlns:x="urn:x">c</x:Cookie>`)).contextToken!.cookie).toBeUndefined();
  });

  refused([
    ['no Identifier', 'token.format', sct('')],
    ['an empty Identifier', 'token.format', sct('<t:Identifier> </t:Identifier>')],
    ['two Identifiers', 'token.format', sct(identifier + identifier)],
    ['two Instances', 'token.format', sct(`${identifier}<t:Instance>a</t:Instance><t:Instance>b</t:Instance>`)],
    ['two cookies', 'token.format', sct(`${identifier}<g:Cookie>a</g:Cookie><g:Cookie>b</g:Cookie>`)],
    ['an Identifier beyond', 'token.format', sct(`<t:Identifier>${'i'.repeat(8193)}</t:Identifier>`)],
    ['an Identifier with an element', 'xml.unexpected', sct('<t:Identifier>urn:<t:x/>i</t:Identifier>')],
    ['one of an unknown version', 'wss.header', sct(identifier, 'urn:x')],
    ['two of them', 'wss.header', sct(identifier).repeat(2)],
    ['two of two versions', 'wss.header', sct(identifier) + sct(identifier, SC05)],
  ]);
});

const user = (children: string) => `<o:UsernameToken>${children}</o:UsernameToken>`;
const NAME = '<o:Username>alice</o:Username>';

describe('a UsernameToken', () => {
  test('with a password as text, as digest, and none', () => {
    expect(header(user(`${NAME}<o:Password>p</o:Password>`)).usernameTokens[0]).toMatchObject({
      username: 'alice',
      password: 'p',
      type: 'text',
    });
    const digest = `${NAME}<o:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest">p</o:Password><o:Nonce>AAAA</o:Nonce><u:Created>c</u:Created>`;
    expect(header(user(digest)).usernameTokens[0]).toMatchObject({
      type: 'digest',
      nonce: Buffer.alloc(3),
      created: 'c',
    });
    expect(header(user(NAME)).usernameTokens[0]!.password).toBeUndefined();
  });

  refused([
    ['no name', 'wss.header', user('<o:Password>p</o:Password>')],
    ['two names', 'wss.header', user(NAME + NAME)],
    ['two passwords', 'wss.header', user(`${NAME}<o:Password>p</o:Password><o:Password>q</o:Password>`)],
    ['a password of an unknown type', 'wss.header', user(`${NAME}<o:Password Type="urn:x">p</o:Password>`)],
    ['a password of type __proto__', 'wss.header', user(`${NAME}<o:Password Type="__proto__">p</o:Password>`)],
    ['a salt', 'wss.header', user(`${NAME}<o:Salt>AAAA</o:Salt>`)],
    ['iterations', 'wss.header', user(`${NAME}<o:Iteration>1000000000</o:Iteration>`)],
    ['a child of another namespace', 'wss.header', user(`${NAME}<x:y xmlns:x="urn:x"/>`)],
    ['a name beyond', 'wss.limit', user(`<o:Username>${'a'.repeat(257)}</o:Username>`)],
    ['a password beyond', 'wss.limit', user(`${NAME}<o:Password>${'p'.repeat(1025)}</o:Password>`)],
    ['a comment in the name', 'xml.unexpected', user('<o:Username>ad<!-- -->min</o:Username>')],
    ['a comment in the password', 'xml.unexpected', user(`${NAME}<o:Password>p<!-- -->q</o:Password>`)],
    ['two of them', 'wss.header', user(NAME).repeat(2)],
  ]);
});

describe('the Security header', () => {
  refused([
    ['text', 'wss.header', 'x'],
    ['CDATA', 'wss.header', '<![CDATA[x]]>'],
    ['an element of no namespace', 'wss.header', '<Timestamp/>'],
    ['a Security in itself', 'wss.header', '<o:Security/>'],
    ['a SecurityTokenReference', 'wss.header', str],
    [
      'a SignatureConfirmation: we confirm, and are not confirmed to',
      'wss.header',
      '<w:SignatureConfirmation xmlns:w="http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"/>',
    ],
    ['a SAML assertion', 'wss.header', '<a:Assertion xmlns:a="urn:oasis:names:tc:SAML:1.0:assertion"/>'],
    ['a name that JavaScript knows', 'wss.header', '<constructor/>'],
    ['a Timestamp without Created', 'wss.timestamp', '<u:Timestamp/>'],
    [
      'a Timestamp with two Created',
      'wss.header',
      '<u:Timestamp><u:Created>a</u:Created><u:Created>b</u:Created></u:Timestamp>',
    ],
    ['two Timestamps', 'wss.timestamp', timestampXml('a', 0) + timestampXml('b', 0)],
    ['a BinarySecurityToken that is not base64', 'crypto.base64', '<o:BinarySecurityToken>*</o:BinarySecurityToken>'],
    [
      'a BinarySecurityToken beyond',
      'crypto.base64',
      `<o:BinarySecurityToken>${'A'.repeat(22_000)}</o:BinarySecurityToken>`,
    ],
    ['an empty Signature', 'wss.header', '<d:Signature/>'],
    ['an empty EncryptedKey', 'wss.header', '<e:EncryptedKey/>'],
    [
      'EncryptedData without an Id',
      'wss.header',
      `<e:EncryptedData Type="${XENC}Element"><e:EncryptionMethod/><e:CipherData><e:CipherValue/></e:CipherData></e:EncryptedData>`,
    ],
    [
      'an EncryptedKey with two CipherValues',
      'wss.header',
      '<e:EncryptedKey><e:EncryptionMethod/><e:CipherData><e:CipherValue/><e:CipherValue/></e:CipherData></e:EncryptedKey>',
    ],
    [
      'an EncryptedKey with properties',
      'wss.header',
      '<e:EncryptedKey><e:EncryptionMethod/><e:CipherData><e:CipherValue/></e:CipherData><e:EncryptionProperties/></e:EncryptedKey>',
    ],
    [
      'an EncryptionMethod with something unknown',
      'wss.header',
      '<e:EncryptedKey><e:EncryptionMethod><x/></e:EncryptionMethod><e:CipherData><e:CipherValue/></e:CipherData></e:EncryptedKey>',
    ],
    [
      'a wrapped key beyond',
      'crypto.base64',
      `<e:EncryptedKey><e:EncryptionMethod/><e:CipherData><e:CipherValue>${'A'.repeat(1500)}</e:CipherValue></e:CipherData></e:EncryptedKey>`,
    ],
  ]);

  test.each<readonly [string, string, number]>([
    [
      'derivedKeys',
      derivedToken('x', str, 24, Buffer.alloc(16)).replace(/ wsu:Id="x"/, ''),
      LIMITS.security.derivedKeys,
    ],
    ['tokens', '<o:BinarySecurityToken/>', LIMITS.security.tokens],
    ['signatures', '<e:ReferenceList/>', LIMITS.security.signatures],
  ])('has as many as the limit of %s, and no more', (_, child, limit) => {
    expect(codeOf(() => header(child.repeat(limit)))).toBe('none');
    expect(codeOf(() => header(child.repeat(limit + 1)))).toBe('wss.limit');
  });
});

describe('a reference', () => {
  const reference = (content: string) => {
    const tree = scan(
      `<o:SecurityTokenReference xmlns:o="${WSSE}" xmlns:d="${DS}" xmlns:c="${SC13}">${content}</o:SecurityTokenReference>`,
      DEFAULT_XML_LIMITS,
    );
    return readTokenReference(tree, root(tree));
  };
  const issuerSerial = (content: string) =>
    `<d:X509Data><d:X509IssuerSerial>${content}</d:X509IssuerSerial></d:X509Data>`;

  test.each<readonly [string, object]>([
    ['<o:Reference URI="#a b"/>', { kind: 'id', id: 'a b' }],
    ['<o:Reference URI="urn:i" ValueType="urn:lie"/>', { kind: 'uri', uri: 'urn:i' }],
    ['<o:Reference URI="urn:i" c:Instance="2"/>', { kind: 'uri', uri: 'urn:i', instance: '2' }],
    [
      `<o:KeyIdentifier ValueType="${ENCRYPTED_KEY_SHA1}">AAAA</o:KeyIdentifier>`,
      { kind: 'encrypted-key-sha1', digest: Buffer.alloc(3) },
    ],
    [
      `<o:KeyIdentifier ValueType="${THUMBPRINT_SHA1}">\n AAAA </o:KeyIdentifier>`,
      { kind: 'thumbprint', digest: Buffer.alloc(3) },
    ],
    [
      issuerSerial('<d:X509IssuerName> CN=a </d:X509IssuerName><d:X509SerialNumber> 1 </d:X509SerialNumber>'),
      { kind: 'issuer-serial', issuer: 'CN=a', serial: '1' },
    ],
  ])('%s', (content, expected) => {
    expect(reference(content)).toMatchObject(expected);
  });

  test.each<readonly [string, string]>([
    ['', 'wss.reference'],
    ['<o:Reference/>', 'wss.reference'],
    ['<o:Reference URI=""/>', 'wss.reference'],
    ['<o:Reference URI="#"/>', 'wss.reference'],
    ['<o:Reference URI="#a"/><o:Reference URI="#b"/>', 'wss.reference'],
    ['<Reference URI="#a"/>', 'wss.reference'],
    ['<o:Embedded/>', 'wss.reference'],
    ['<o:KeyIdentifier>AAAA</o:KeyIdentifier>', 'wss.reference'],
    [`<o:KeyIdentifier ValueType="${THUMBPRINT_SHA1}">*</o:KeyIdentifier>`, 'crypto.base64'],
    [`<o:KeyIdentifier ValueType="${THUMBPRINT_SHA1}">${'AAAA'.repeat(43)}</o:KeyIdentifier>`, 'crypto.base64'],
    [`<o:KeyIdentifier ValueType="${THUMBPRINT_SHA1}">AA<!---->AA</o:KeyIdentifier>`, 'xml.unexpected'],
    ['<d:X509Data/>', 'wss.reference'],
    ['<d:X509Data><d:X509Certificate>AAAA</d:X509Certificate></d:X509Data>', 'wss.reference'],
    [issuerSerial(''), 'wss.reference'],
    [
      issuerSerial('<d:X509SerialNumber>1</d:X509SerialNumber><d:X509IssuerName>CN=a</d:X509IssuerName>'),
      'wss.reference',
    ],
    [
      issuerSerial('<d:X509IssuerName>CN=a<!-- --></d:X509IssuerName><d:X509SerialNumber>1</d:X509SerialNumber>'),
      'xml.unexpected',
    ],
    [
      issuerSerial('<d:X509IssuerName>a</d:X509IssuerName><d:X509SerialNumber>1</d:X509SerialNumber>').repeat(2),
      'wss.reference',
    ],
  ])('refused: %s', (content, code) => {
    expect(codeOf(() => reference(content))).toBe(code);
  });

  test.each([
    '',
    '<d:KeyName>a</d:KeyName>',
    '<d:KeyValue/>',
    `${str}${str}`,
    `<d:KeyName>a</d:KeyName>${str}`,
    '<o:Reference URI="#a"/>',
  ])('a KeyInfo of %j is refused', (content) => {
    const tree = scan(`<d:KeyInfo xmlns:d="${DS}" xmlns:o="${WSSE}">${content}</d:KeyInfo>`, DEFAULT_XML_LIMITS);
    expect(codeOf(() => readKeyInfo(tree, root(tree)))).toBe('wss.reference');
  });
});

describe('the token that a message presents', () => {
  test('is the one in its header, else the one that its keys name, else none', () => {
    const named = dkt(`${referenceTo('urn:j')}${nonce}`);
    expect(presentedToken(header(named + sct(identifier)))).toMatchObject({ identifier: 'urn:i', version: '1.3' });
    expect(presentedToken(header(named))).toMatchObject({ identifier: 'urn:j', cookie: undefined, version: undefined });
    expect(presentedToken(header(dkt(str + nonce)))).toBeUndefined();
    expect(presentedToken(header(''))).toBeUndefined();
  });
});

describe('Ids', () => {
  const index = (content: string) => {
    const tree = scan(
      `<r xmlns:wsu="${WSU}" xmlns:d="${DS}" xmlns:e="${XENC}" xmlns:x="urn:x">${content}</r>`,
      DEFAULT_XML_LIMITS,
    );
    return indexIds(tree);
  };

  test('are wsu:Id and xml:id of anything, and Id of ds and xenc', () => {
    const { nodes } = index(
      '<a wsu:Id="1" Id="no"/><d:b Id="2"/><e:c Id="3"/><f xml:id="4"/><g ID="no" id="no" x:Id="no" AssertionID="no" wsu:ID="no"/><x:h Id="no"/>',
    );
    expect([...nodes.keys()].sort()).toEqual(['1', '2', '3', '4']);
  });

  test('are of one element each: twice on one element is once (Metro)', () => {
    expect(index('<d:a Id="1" wsu:Id="1"/>').nodes.size).toBe(1);
    for (const both of [
      '<a wsu:Id="1"/><b wsu:Id="1"/>',
      '<a wsu:Id="1"/><d:b Id="1"/>',
      '<a xml:id="1"/><d:b Id="1"/>',
      '<d:a Id="1"><e:b Id="1"/></d:a>',
    ]) {
      expect(codeOf(() => index(both))).toBe('wss.id');
    }
  });

  test('are looked for in what was spliced in, too', () => {
    const found = index('<a wsu:Id="1"><b/></a><c/>');
    const place = [...found.nodes.values()][0]!;
    splice(found.tree, place + 1, Buffer.from('<n wsu:Id="2"/>'), DEFAULT_XML_LIMITS);
    extendIds(found);
    expect([...found.nodes.keys()]).toEqual(['1', '2']);
    const again = index('<a wsu:Id="1"><b/></a>');
    splice(again.tree, [...again.nodes.values()][0]! + 1, Buffer.from('<n wsu:Id="1"/>'), DEFAULT_XML_LIMITS);
    expect(codeOf(() => extendIds(again))).toBe('wss.id');
  });
});
