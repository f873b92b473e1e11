import { contextToken, IDENTIFIER, KEY, writePing } from './fixtures.js';
import { checkRequest } from './request-checker.js';
import { DEFAULT_SHAPE, type Shape } from './shape.js';
import { STYLES, type StyleName } from './styles/index.js';

const SHORT: Readonly<Record<string, string>> = {
  Timestamp: 'TS',
  SecurityContextToken: 'SCT',
  DerivedKeyToken: 'DKT',
  ReferenceList: 'RL',
  EncryptedData: 'ED',
  Signature: 'SIG',
};

function shapeOf(style: StyleName, more: Partial<Shape> = {}): Shape {
  return { ...DEFAULT_SHAPE, style, addressing: '2004-08', suite: 'Basic128', encryptSignature: false, ...more };
}

function written(style: StyleName, more: Partial<Shape> = {}): string {
  return writePing(shapeOf(style, more)).octets.toString();
}

function layout(style: StyleName, more: Partial<Shape>): string {
  const shape = shapeOf(style, more);
  const keys = { contexts: new Map([[IDENTIFIER, KEY]]) };
  return checkRequest(written(style, more), shape.protectionOrder, keys)
    .layout.split(' ')
    .map((name) => SHORT[name] ?? name)
    .join(' ');
}

const PLAIN = { derivedKeys: false } as const;
const DERIVED = { derivedKeys: true } as const;
const HIDDEN = { encryptSignature: true } as const;
const ENCRYPT_FIRST = { protectionOrder: 'encrypt-before-sign' } as const;
const TLS = { derivedKeys: false, bootstrap: { kind: 'transport', credential: 'username' } } as const;

/** Order of the Security header's children, as recorded or seen on the wire. */
test.each<readonly [StyleName, Partial<Shape>, string]>([
  ['cxf', PLAIN, 'TS SCT RL SIG'],
  ['cxf', DERIVED, 'TS SCT DKT DKT RL SIG'],
  ['cxf', HIDDEN, 'TS SCT DKT DKT RL ED'],
  ['cxf', ENCRYPT_FIRST, 'TS SCT DKT DKT SIG RL'],
  ['cxf', TLS, 'TS SCT SIG'],
  ['cxf-stax', PLAIN, 'TS SCT RL SIG'],
  ['cxf-stax', DERIVED, 'TS SCT DKT RL DKT SIG'],
  ['cxf-stax', HIDDEN, 'TS SCT DKT RL DKT ED'],
  ['cxf-stax', ENCRYPT_FIRST, 'TS SCT DKT SIG DKT RL'],
  ['cxf-stax', TLS, 'SCT TS SIG'],
  ['wcf', DERIVED, 'TS SCT DKT DKT RL SIG'],
  ['wcf', HIDDEN, 'TS SCT DKT DKT RL ED'],
  ['wcf', ENCRYPT_FIRST, 'TS SCT DKT DKT SIG RL'],
  ['wcf', TLS, 'TS SCT SIG'],
  ['metro', PLAIN, 'TS SCT RL SIG'],
  ['metro', DERIVED, 'TS SCT DKT DKT RL SIG'],
  ['metro', HIDDEN, 'TS SCT DKT DKT RL ED'],
  ['metro', ENCRYPT_FIRST, 'TS SCT DKT DKT SIG RL'],
  ['rampart', PLAIN, 'TS SCT RL SIG'],
  ['rampart', DERIVED, 'TS SCT DKT RL DKT SIG'],
  ['rampart', HIDDEN, 'TS SCT DKT RL DKT ED'],
  ['rampart', ENCRYPT_FIRST, 'TS SCT DKT SIG DKT RL'],
  ['mono', DERIVED, 'TS SCT DKT RL SIG'],
])('%s with %j writes %s', (style, more, expected) => {
  expect(layout(style, more)).toBe(expected);
});

describe('handwriting', () => {
  const nonces = (text: string): number[] =>
    [...text.matchAll(/Nonce>([^<]+)</g)].map(([, nonce]) => Buffer.from(nonce!, 'base64').length);

  test('WCF writes Offset and Length only where the length is not 32, and no labels', () => {
    const text = written('wcf', { suite: 'Basic256' });
    expect([...text.matchAll(/<c:Length>(\d+)</g)].map(([, length]) => length)).toEqual(['24']);
    expect(text).not.toContain('ValueType');
    expect(text).not.toContain('InclusiveNamespaces');
    expect(text).toContain('<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#">');
  });

  test('WCF sends the same nonces with every message, CXF fresh ones', () => {
    const drawn = (style: StyleName): string[] => {
      const token = contextToken(shapeOf(style));
      return [0, 1].map(() =>
        [
          ...writePing(shapeOf(style), {}, token)
            .octets.toString()
            .matchAll(/Nonce>([^<]+)</g),
        ]
          .map(([, n]) => n)
          .join(),
      );
    };
    expect(new Set(drawn('wcf')).size).toBe(1);
    expect(new Set(drawn('cxf')).size).toBe(2);
  });

  test('Metro draws nonces of 18 octets, repeats its Ids, and says xsi:type', () => {
    expect(nonces(written('metro'))).toEqual([18, 18]);
    const ids = (): string[] => [...written('metro').matchAll(/Id="(_\d+)"/g)].map(([, id]) => id!);
    expect(ids()).toEqual(ids());
    expect(written('metro')).toMatch(/<ds:KeyInfo[^>]* xsi:type="KeyInfoType"/);
    expect(written('metro')).toMatch(/Created>2026-11-25T12:00:00Z</);
  });

  test('StAX speaks of 1.3 beside a 2005/02 context, by # and the Identifier', () => {
    const text = written('cxf-stax', DERIVED);
    expect(text).toMatch(/<wsc:DerivedKeyToken xmlns:wsc="[^"]*200512"/);
    expect(text).toContain(
      `URI="#${IDENTIFIER}" ValueType="http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512/sct"`,
    );
    expect(text).toContain('PrefixList=""');
    expect(text).toContain('<c:SecurityContextToken xmlns:c="http://schemas.xmlsoap.org/ws/2005/02/sc"');
  });

  test('Rampart puts Security first and lies about what it refers to', () => {
    expect(written('rampart')).toMatch(/<soapenv:Header><wsse:Security/);
    expect(written('rampart', PLAIN)).toContain(
      'TokenType="http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#EncryptedKey"',
    );
    expect(written('rampart', TLS)).toMatch(/TokenType="[^"]*#SAMLV1.1".*ValueType="[^"]*#SAMLAssertionID"/);
  });

  test('Mono signs and encrypts with one key, under one IV', () => {
    const text = written('mono', HIDDEN);
    expect(nonces(text)).toEqual([16]);
    const ivs = [...text.matchAll(/CipherValue>([^<]+)</g)].map(([, value]) =>
      Buffer.from(value!, 'base64').toString('hex', 0, 16),
    );
    expect(ivs).toHaveLength(2);
    expect(new Set(ivs).size).toBe(1);
    expect(text).toContain('http://www.w3.org/2005/08/addressing/anonymous');
    expect(writePing(shapeOf('mono')).contentType).toBe('application/soap+xml; charset=utf-8');
  });

  test('WSE 2 names a Generation, its own Label, and the context by its Identifier', () => {
    const text = written('wse2', { version: '2004-04', addressing: '2004-03', soap: '1.1' });
    expect(text).toMatch(
      /<wssc:Generation>0<\/wssc:Generation><wssc:Length>16<\/wssc:Length><wssc:Label>WS-SecureConversation<\/wssc:Label><wsse:Nonce>/,
    );
    expect(text).toContain(`URI="${IDENTIFIER}" ValueType="http://schemas.xmlsoap.org/ws/2004/04/security/sc/sct"`);
    expect(text).toMatch(/wssc:Algorithm="http:\/\/schemas.xmlsoap.org\/ws\/2004\/04\/security\/sc\/dk\/p_sha1"/);
  });

  test('gSOAP signs MessageID over TLS, under fixed Ids, with a SOAPAction whatever the version', () => {
    const text = written('gsoap', TLS);
    expect(text).toContain('wsu:Id="Time"');
    expect(writePing(shapeOf('gsoap', TLS)).headers).toEqual({
      SOAPAction: '"http://xmlsoap.org/Ping"',
      'User-Agent': 'gSOAP/2.8',
    });
    expect(writePing(shapeOf('cxf', TLS)).headers).toEqual({});
  });

  test('the cookie is in every message, once', () => {
    for (const style of Object.keys(STYLES) as StyleName[]) {
      expect([style, written(style).match(/eyJhbGciOiJBMjU2S1ci/g)?.length]).toEqual([style, 1]);
    }
  });
});
