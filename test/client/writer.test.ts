import { privateDecrypt } from 'node:crypto';
import { pki } from '../pki/index.js';
import { parseElement } from './dom-document.js';
import {
  contextToken,
  conversationProtection,
  IDENTIFIER,
  KEY,
  NOW,
  PING,
  PING_ACTION,
  runtimeAt,
  writePing,
} from './fixtures.js';
import { party } from './party.js';
import { writeRequest } from './request.js';
import { type CheckedRequest, type CheckerKeys, checkRequest } from './request-checker.js';
import { DEFAULT_SHAPE, type Shape } from './shape.js';
import { STYLES, type StyleName } from './styles/index.js';
import type { SuiteName } from './suites.js';
import { TAMPERING } from './tampering.js';
import { STRUCTURES, WRAPPINGS } from './wrapping.js';

/** Nothing here reads with the gateway's code: xmldom, xml-crypto and node:crypto judge what the client writes. */

const CONTEXTS: CheckerKeys = { contexts: new Map([[IDENTIFIER, KEY]]) };
const styles = Object.keys(STYLES) as StyleName[];
const HEADERS = ['Action', 'MessageID', 'ReplyTo', 'To'];

const PROTECTIONS = {
  'no derived keys': { derivedKeys: false, encryptSignature: false },
  'derived keys': { derivedKeys: true, encryptSignature: false },
  'encrypted signature': { derivedKeys: true, encryptSignature: true },
  'encrypt before sign': { derivedKeys: true, encryptSignature: false, protectionOrder: 'encrypt-before-sign' },
  'sign only': { derivedKeys: true, encryptSignature: false, encryptBody: false },
} as const satisfies Readonly<Record<string, Partial<Shape>>>;

function shapeOf(style: StyleName, more: Partial<Shape> = {}): Shape {
  const version = style === 'wse2' ? '2004-04' : style === 'gsoap' ? '1.3' : '2005-02';
  const addressing = style === 'wse2' ? '2004-03' : version === '1.3' ? '2005-08' : '2004-08';
  return {
    ...DEFAULT_SHAPE,
    style,
    version,
    addressing,
    soap: style === 'wse2' ? '1.1' : '1.2',
    suite: 'Basic128',
    ...more,
  };
}

function check(shape: Shape, octets: Buffer, keys: CheckerKeys = CONTEXTS): CheckedRequest {
  return checkRequest(octets.toString(), shape.protectionOrder, keys);
}

describe.each(styles)('a message of %s', (style) => {
  test.each(Object.entries(PROTECTIONS))('with %s is true for xmldom, xml-crypto and node:crypto', (_name, more) => {
    const shape = shapeOf(style, more);
    const { signatures, body } = check(shape, writePing(shape).octets);
    expect(signatures).toHaveLength(1);
    expect([...signatures[0]!].sort()).toEqual([...HEADERS, 'Body', 'Timestamp'].sort());
    expect(body).toBe(PING);
  });

  test.each<SuiteName>(['Basic256', 'Basic192', 'TripleDes', 'Basic256Sha256'])('is true under %s', (suite) => {
    const shape = shapeOf(style, { suite });
    expect(check(shape, writePing(shape).octets).signatures[0]).toContain('Body');
  });

  test('leaves the Body in clear over TLS and signs the Timestamp', () => {
    const shape = shapeOf(style, { derivedKeys: false, bootstrap: { kind: 'transport', credential: 'username' } });
    const { signatures, body } = check(shape, writePing(shape).octets);
    expect(signatures).toEqual([expect.arrayContaining(['Timestamp', ...STYLES[style].transportSigned])]);
    expect(signatures[0]).not.toContain('Body');
    expect(body).toBe(PING);
  });

  test('carries neither the key nor, encrypted, the text', () => {
    const text = writePing(shapeOf(style)).octets.toString();
    expect(text).not.toContain('PingRequest');
    expect(text).not.toContain(KEY.toString('base64'));
  });
});

describe('bootstraps', () => {
  test.each(
    styles.flatMap((style) =>
      (['username', 'anonymous', 'x509'] as const).map((credential) => [style, credential] as const),
    ),
  )('%s with %s: every signature is true, and the password is encrypted', async (style, credential) => {
    const { service, alice } = await pki();
    const shape = shapeOf(style, { encryptSignature: false, bootstrap: { kind: 'symmetric', credential } });
    const client = credential === 'x509' ? party(alice) : undefined;
    const written = writeBootstrap(shape, {
      primary: { kind: 'symmetric' },
      username: credential === 'username' ? { name: 'alice', password: 'ecilA' } : undefined,
      client,
      service: party({ certificate: service.certificate }),
    });
    const keys = {
      ...CONTEXTS,
      unwrap: unwrapFor(service.privateKey),
      ...(client ? { certificate: client.certificate.publicKey } : {}),
    };
    const { signatures } = check(shape, written.octets, keys);
    expect(signatures).toHaveLength(credential === 'x509' ? 2 : 1);
    expect(signatures[0]).toEqual(
      expect.arrayContaining(['Body', 'Timestamp', ...(credential === 'username' ? ['UsernameToken'] : [])]),
    );
    if (credential === 'x509') expect(signatures[1]).toEqual(['Signature']);
    expect(written.octets.toString()).not.toContain('ecilA');
  });

  test('asymmetric: one RSA signature, the list inside the EncryptedKey', async () => {
    const { service, alice } = await pki();
    const shape = shapeOf('cxf', {
      derivedKeys: false,
      encryptSignature: false,
      bootstrap: { kind: 'asymmetric', credential: 'x509' },
    });
    const client = party(alice);
    const written = writeBootstrap(shape, { primary: { kind: 'asymmetric' }, client, service: party(service) });
    const keys = { ...CONTEXTS, unwrap: unwrapFor(service.privateKey), certificate: client.certificate.publicKey };
    const checked = check(shape, written.octets, keys);
    expect(checked.layout).toBe('Timestamp EncryptedKey BinarySecurityToken Signature');
    expect(checked.signatures[0]).toEqual(expect.arrayContaining(['Body', 'Timestamp', 'To']));
    expect(checked.body).toBe(PING);
  });

  test('another service key opens nothing', async () => {
    const { service, tls } = await pki();
    const shape = shapeOf('cxf', { encryptSignature: false });
    const written = writeBootstrap(shape, { primary: { kind: 'symmetric' }, service: party(service) });
    expect(() => check(shape, written.octets, { ...CONTEXTS, unwrap: unwrapFor(tls.privateKey) })).toThrow();
  });

  test('a Renew is endorsed by the context over the primary signature', async () => {
    const { service } = await pki();
    const shape = shapeOf('wcf', { encryptSignature: false });
    const written = writeBootstrap(shape, {
      primary: { kind: 'symmetric' },
      service: party(service),
      endorsing: contextToken(shape),
    });
    const { signatures } = check(shape, written.octets, { ...CONTEXTS, unwrap: unwrapFor(service.privateKey) });
    expect(signatures).toHaveLength(2);
    expect(signatures[1]).toEqual(['Signature']);
  });
});

function writeBootstrap(shape: Shape, more: Partial<ReturnType<typeof conversationProtection>>) {
  const protection = { ...conversationProtection(shape, contextToken(shape)), ...more };
  const request = { to: 'http://localhost/ping', action: PING_ACTION, content: [parseElement(PING)], protection };
  return writeRequest(shape, request, runtimeAt(NOW));
}

function unwrapFor(key: string): (octets: Buffer) => Buffer {
  return (octets) => privateDecrypt(key, octets);
}

/** What a service that only proves signatures must find untrue, and what it can only find by its policy. */
const UNTRUE = [
  'signature value has another bit',
  'digest has another bit',
  'signature is cut short',
  'body was changed after signing',
  'nonce has another bit',
  'timestamp was renewed by another',
  'Action was changed',
] as const satisfies readonly (keyof typeof TAMPERING)[];

describe('misbehaviour', () => {
  const shape = shapeOf('cxf', PROTECTIONS['derived keys']);

  test.each(UNTRUE)('%s: no true signature is left', (name) => {
    const { octets } = writePing(shape, TAMPERING[name]);
    let proven: readonly unknown[];
    try {
      proven = check(shape, octets).signatures.filter((one) => one !== undefined);
    } catch {
      proven = [];
    }
    expect(proven).toEqual([]);
  });

  test.each(['body', 'timestamp', 'To', 'Action', 'MessageID', 'ReplyTo'])('%s is not signed: all else is', (part) => {
    const name = `${part} is not signed` as keyof typeof TAMPERING;
    const { signatures } = check(shape, writePing(shape, TAMPERING[name]).octets);
    const covered = [...HEADERS, 'Body', 'Timestamp'].filter((one) => one.toLowerCase() !== part.toLowerCase());
    expect([...signatures[0]!].sort()).toEqual(covered.sort());
  });

  test.each([...WRAPPINGS.entries()])('%s: the stranger stands in the Body, unencrypted', (_name, overrides) => {
    const text = writePing(shape, overrides).octets.toString();
    expect(text).toContain('<x:Transfer xmlns:x="urn:example:stranger">1000000</x:Transfer>');
    expect(text.match(/<soap:Body/g)).toHaveLength(2);
  });

  test('every misbehaviour shows in the structure, or is meant to show in a value alone', () => {
    const all: [string, object][] = [...Object.entries(TAMPERING), ...Object.entries(STRUCTURES), ...WRAPPINGS];
    const honest = structure(writePing(shape).octets);
    for (const [name, overrides] of all) {
      expect([name, structure(writePing(shape, overrides).octets) === honest && !valueOnly(name)]).toEqual([
        name,
        false,
      ]);
    }
  });
});

/** A message without its values: what is left is its structure. */
function structure(octets: Buffer): string {
  return octets
    .toString('latin1')
    .replace(/>[^<]*</g, '><')
    .replace(/"[^"]*"/g, '""');
}

/** These differ from an honest message in a value alone. */
function valueOnly(name: string): boolean {
  return /another (bit|character|century)|expired|changed|cut short|hmac|sha256|renewed|lost its last|anonymous/.test(
    name,
  );
}
