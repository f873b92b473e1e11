import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.js';
import type { ServicePolicy } from '../../src/config/types.js';
import { endpointPolicy, messagePolicy } from '../../src/policy/publish/service-policy.js';
import { sharedFolder } from '../crypto/shared.js';
import { writeConfiguration } from '../farm/configuration.js';
import { SCENARIOS } from '../farm/scenarios.js';
import { pki } from '../pki/index.js';
import { children, linesOf, outline, withRoot } from './outline.js';
import { binding, bootstrap, service } from './services.js';

const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';

const HEADERS_10 = ['To', 'From', 'FaultTo', 'ReplyTo', 'MessageID', 'RelatesTo', 'Action'].map(
  (name) => `sp12:Header Name=${name} Namespace=http://www.w3.org/2005/08/addressing`,
);
const indented = (depth: number, lines: readonly string[]): string[] =>
  lines.map((line) => `${'  '.repeat(depth)}${line}`);
const linesWith = (lines: readonly string[], part: string): string[] =>
  lines.map((line) => line.trim()).filter((line) => line.includes(part));

test('a symmetric service with names and passwords, word for word', () => {
  const published = service({
    bootstrap: [bootstrap({ credential: 'username', signatureConfirmation: true })],
    cancel: false,
  });
  expect(outline(endpointPolicy(published, '1.3', 'p'))).toEqual([
    'sp12:SymmetricBinding',
    '  sp12:ProtectionToken',
    '    sp12:SecureConversationToken IncludeToken=http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702/IncludeToken/AlwaysToRecipient',
    '      sp12:RequireDerivedKeys',
    '      sp12:MustNotSendCancel',
    '      sp12:BootstrapPolicy',
    '        sp12:SignedParts',
    '          sp12:Body',
    ...indented(5, HEADERS_10),
    '        sp12:EncryptedParts',
    '          sp12:Body',
    '        sp12:SymmetricBinding',
    '          sp12:ProtectionToken',
    '            sp12:X509Token IncludeToken=http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702/IncludeToken/Never',
    '              sp12:RequireDerivedKeys',
    '              sp12:RequireThumbprintReference',
    '              sp12:WssX509V3Token10',
    '          sp12:AlgorithmSuite',
    '            sp12:Basic256',
    '          sp12:Layout',
    '            sp12:Strict',
    '          sp12:IncludeTimestamp',
    '          sp12:EncryptSignature',
    '          sp12:OnlySignEntireHeadersAndBody',
    '        sp12:SignedEncryptedSupportingTokens',
    '          sp12:UsernameToken IncludeToken=http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702/IncludeToken/AlwaysToRecipient',
    '            sp12:WssUsernameToken10',
    '        sp12:Wss11',
    '          sp12:MustSupportRefKeyIdentifier',
    '          sp12:MustSupportRefIssuerSerial',
    '          sp12:MustSupportRefThumbprint',
    '          sp12:MustSupportRefEncryptedKey',
    '          sp12:RequireSignatureConfirmation',
    '        sp12:Trust13',
    '          sp12:MustSupportIssuedTokens',
    '          sp12:RequireClientEntropy',
    '          sp12:RequireServerEntropy',
    '  sp12:AlgorithmSuite',
    '    sp12:Basic256',
    '  sp12:Layout',
    '    sp12:Strict',
    '  sp12:IncludeTimestamp',
    '  sp12:EncryptSignature',
    '  sp12:OnlySignEntireHeadersAndBody',
    'sp12:Wss11',
    '  sp12:MustSupportRefKeyIdentifier',
    '  sp12:MustSupportRefIssuerSerial',
    '  sp12:MustSupportRefThumbprint',
    '  sp12:MustSupportRefEncryptedKey',
    'sp12:Trust13',
    '  sp12:MustSupportIssuedTokens',
    '  sp12:RequireClientEntropy',
    '  sp12:RequireServerEntropy',
    'wsam:Addressing',
  ]);
  expect(outline(messagePolicy(published, '1.3', 'm') ?? '')).toEqual([
    'sp12:SignedParts',
    '  sp12:Body',
    ...indented(1, HEADERS_10),
    'sp12:EncryptedParts',
    '  sp12:Body',
  ]);
});

test('the Id is in the namespace in which it is looked for', () => {
  const read = (text: string) =>
    withRoot(text, (root) => root.attrs.map(({ name, namespaceUri, value }) => [namespaceUri, name, value]));
  expect(read(endpointPolicy(service(), '1.3', 'Orders_policy'))).toEqual([[WSU, 'Id', 'Orders_policy']]);
  expect(read(messagePolicy(service(), '2005-02', 'M') ?? '')).toEqual([[WSU, 'Id', 'M']]);
});

test.each([
  [{ protectionOrder: 'encrypt-before-sign' as const }, 'EncryptBeforeSigning', 'EncryptSignature'],
  [{ encryptSignature: true }, 'EncryptSignature', 'EncryptBeforeSigning'],
])('%j is said, at the token and at its bootstrap', (parts, said, notSaid) => {
  const plain = { protectionOrder: 'sign-before-encrypt' as const, encryptSignature: false };
  const published = service({
    binding: binding({ ...plain, ...parts }),
    bootstrap: [bootstrap({ ...plain, ...parts })],
  });
  const lines = outline(endpointPolicy(published, '1.3', 'p'));
  expect(linesWith(lines, said)).toEqual([`sp12:${said}`, `sp12:${said}`]);
  expect(linesWith(lines, notSaid)).toEqual([]);
});

test('what is signed and encrypted is named, header by header', () => {
  const [one, two] = [
    { namespace: 'urn:a&"b"', local: 'One' },
    { namespace: 'urn:b', local: 'Two' },
  ];
  const published = service({
    binding: binding({
      signedParts: { body: true, headers: [one, two] },
      encryptedParts: { body: false, headers: [two] },
    }),
  });
  expect(outline(messagePolicy(published, '2005-02', 'm') ?? '')).toEqual([
    'sp11:SignedParts',
    '  sp11:Body',
    '  sp11:Header Name=One Namespace=urn:a&"b"',
    '  sp11:Header Name=Two Namespace=urn:b',
    'sp11:EncryptedParts',
    '  sp11:Header Name=Two Namespace=urn:b',
  ]);
  const bare = service({
    binding: binding({ signedParts: { body: true, headers: 'none' }, encryptedParts: { body: false, headers: [] } }),
  });
  // an empty EncryptedParts would mean that the Body is encrypted
  expect(outline(messagePolicy(bare, '2005-02', 'm') ?? '')).toEqual(['sp11:SignedParts', '  sp11:Body']);
});

test('the words of 2005/02 are those of its time', () => {
  const published = service({
    bootstrap: [bootstrap({ credential: 'username', passwords: ['digest'] })],
    cancel: false,
  });
  const lines = outline(endpointPolicy(published, '2005-02', 'p'));
  expect(linesWith(lines, 'sp12')).toEqual([]);
  expect(linesWith(lines, 'MustNotSendCancel')).toEqual(['mssp:MustNotSendCancel']);
  expect(linesWith(lines, 'Trust1')).toEqual(['sp11:Trust10', 'sp11:Trust10']);
  expect(linesWith(lines, 'SupportingTokens')).toEqual(['sp11:SignedSupportingTokens']);
  expect(linesWith(lines, 'Addressing')).toEqual(['wsaw:UsingAddressing']);
  expect(linesWith(lines, 'HashPassword')).toEqual([]);
  expect(linesWith(lines, 'Name=Action')).toEqual([
    'sp11:Header Name=Action Namespace=http://www.w3.org/2005/08/addressing',
    'sp11:Header Name=Action Namespace=http://schemas.xmlsoap.org/ws/2004/08/addressing',
  ]);
});

test.each([
  [['digest'], ['sp12:HashPassword']],
  [['text'], []],
  [['text', 'digest'], []],
] as const)('passwords %j', (passwords, said) => {
  const published = service({ bootstrap: [bootstrap({ credential: 'username', passwords })] });
  expect(linesWith(outline(endpointPolicy(published, '1.3', 'p')), 'HashPassword')).toEqual(said);
});

test.each([
  ['Basic128Sha256Rsa15', 'sp12:Basic128Sha256Rsa15'],
  ['TripleDes', 'sp12:TripleDes'],
  ['Basic256GCM', 'cxf:Basic256GCM'],
  ['Basic192GCMSha256', 'cxf:Basic192GCMSha256'],
] as const)('suite %s is %s', (suite, said) => {
  const lines = outline(
    endpointPolicy(service({ binding: binding({}, suite), bootstrap: [bootstrap({}, suite)] }), '1.3', 'p'),
  );
  expect(lines.flatMap((line, at) => (line.endsWith(':AlgorithmSuite') ? [lines[at + 1]?.trim()] : []))).toEqual([
    said,
    said,
  ]);
});

test('over transport the token endorses To, and no message has parts of its own', () => {
  const transport = { kind: 'transport' as const, derivedKeys: false, encryptSignature: false };
  const published = service({
    binding: binding({ ...transport, signedParts: { body: false, headers: 'none' } }),
    bootstrap: [bootstrap({ ...transport, credential: 'x509' })],
  });
  expect(messagePolicy(published, '1.3', 'm')).toBeUndefined();
  const lines = outline(endpointPolicy(published, '1.3', 'p'));
  expect(lines.slice(0, 9)).toEqual([
    'sp12:TransportBinding',
    '  sp12:TransportToken',
    '    sp12:HttpsToken',
    '  sp12:AlgorithmSuite',
    '    sp12:Basic256',
    '  sp12:Layout',
    '    sp12:Strict',
    '  sp12:IncludeTimestamp',
    'sp12:EndorsingSupportingTokens',
  ]);
  expect(linesWith(lines, 'EndorsingSupportingTokens')).toHaveLength(2);
  expect(linesWith(lines, 'Name=To')).toHaveLength(3);
  expect(linesWith(lines, 'RequireDerivedKeys')).toEqual([]);
  expect(linesWith(lines, 'EntireHeaders')).toEqual([]);
});

test('an asymmetric bootstrap is proven by its initiator token, and is WSS 1.0 unless it confirms', () => {
  const asymmetric = { kind: 'asymmetric' as const, credential: 'x509' as const, derivedKeys: false };
  const lines = outline(endpointPolicy(service({ bootstrap: [bootstrap(asymmetric)] }), '1.3', 'p'));
  expect(linesWith(lines, 'SupportingTokens')).toEqual([]);
  expect(linesWith(lines, 'AsymmetricBinding')).toHaveLength(1);
  expect(linesWith(lines, 'sp12:Wss1')).toEqual(['sp12:Wss10', 'sp12:Wss10']);
  const confirmed = service({ bootstrap: [bootstrap({ ...asymmetric, signatureConfirmation: true })] });
  expect(linesWith(outline(endpointPolicy(confirmed, '1.3', 'p')), 'sp12:Wss1')).toEqual(['sp12:Wss11', 'sp12:Wss10']);
});

test('each bootstrap is an alternative, in the order of the policy', () => {
  const published = service({ bootstrap: [bootstrap({ credential: 'username' }), bootstrap({ credential: 'x509' })] });
  const lines = outline(endpointPolicy(published, '1.3', 'p'));
  expect(lines.filter((line) => line === 'or')).toHaveLength(2);
  expect(linesWith(lines, 'SupportingTokens')).toEqual([
    'sp12:SignedEncryptedSupportingTokens',
    'sp12:EndorsingSupportingTokens',
  ]);
});

describe("Microsoft's own policies of the interoperability set", () => {
  const wsdl = sharedFolder('interop/cxf/wsdl');
  let directory: string;
  let services: readonly ServicePolicy[];
  let references: ReadonlyMap<string, string[]>;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'publish-'));
    const { file } = await writeConfiguration(
      directory,
      await pki(),
      SCENARIOS,
      { versions: ['2005-02'], suite: 'Basic128' },
      ['http://127.0.0.1:1'],
    );
    services = loadConfig(file).services;
    references = readReferences();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const readReferences = (): ReadonlyMap<string, string[]> =>
    wsdl === undefined
      ? new Map()
      : withRoot(
          readFileSync(join(wsdl, 'WSSecureConversation_policy.wsdl'), 'utf8'),
          (root) =>
            new Map(
              children(root)
                .filter(({ name }) => name === 'Policy')
                .map((policy) => [policy.attrs[0]?.value ?? '', linesOf(policy)]),
            ),
        );

  /** What differs on purpose: Layout, which WS-Addressing is spoken, and WSS 1.0 beside a bootstrap of WSS 1.1. */
  const alike = (lines: readonly string[]): string[] =>
    lines
      .filter((line) => !/Namespace=http:\/\/www\.w3\.org|MustSupportRef/.test(line))
      .map((line) => line.replace(/sp11:Lax$/, 'sp11:Strict').replace(/sp11:Wss1[01]$/, 'sp11:Wss'))
      .map((line) => line.replace(/wsa[pw]:UsingAddressing$/, 'UsingAddressing'));

  const compare = (name: string): void => {
    const found = services.find(({ match }) => match.path === `/${name}`);
    const reference = references.get(`${name}_IPingService_policy`);
    if (found === undefined || reference === undefined) throw new Error(`no ${name}`);
    const cancel = !reference.some((line) => line.endsWith(':MustNotSendCancel'));
    const published = { ...found, conversation: { cancel } };
    expect(alike(outline(endpointPolicy(published, '2005-02', 'p')))).toEqual(alike(reference));
    for (const message of ['Input', 'output']) {
      const parts = references.get(`${name}_IPingService_Ping_${message}_policy`);
      if (found.binding.kind === 'transport') expect(messagePolicy(published, '2005-02', 'm')).toBeUndefined();
      else expect(alike(outline(messagePolicy(published, '2005-02', 'm') ?? ''))).toEqual(alike(parts ?? []));
    }
  };
  test('are 23, and each is a conversation with its bootstrap', () => {
    expect(services).toHaveLength(SCENARIOS.length);
    for (const service of services) {
      const lines = outline(endpointPolicy(service, '2005-02', 'p'));
      expect(lines.filter((line) => line.includes(':SecureConversationToken'))).toHaveLength(1);
      expect(lines.filter((line) => line.includes(':BootstrapPolicy'))).toHaveLength(1);
    }
  });
  // jest refuses an empty table
  if (wsdl !== undefined) test.each(SCENARIOS.map(({ name }) => name))('%s', compare);
});
