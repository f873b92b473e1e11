import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { XmlC14NMode, XmlDocument, XmlElement } from 'libxml2-wasm';
import type { Binding } from '../../src/config/types.js';
import { systemRuntime } from '../../src/runtime.js';
import { readEnvelope } from '../../src/soap/envelope.js';
import { ADDRESSING } from '../../src/soap/names.js';
import { type AnswerKey, createAnswerKeys } from '../../src/wss/answer-keys.js';
import { versionNames } from '../../src/wss/names.js';
import { type AnswerProtection, protect } from '../../src/wss/protect.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';
import { ANSWERS } from './answers.js';
import { IDENTIFIER, KEY, NOW } from './forge.js';
import { verdict } from './forged.js';
import { HMAC_SHA1, SHA1, SHA256, SOAP11, SOAP12, WSSE11 } from './names.js';
import { type OracleKeys, oracle } from './oracle.js';
import { bindingOf, serviceOf, transportBinding } from './policies.js';
import { COPIED } from './recordings.js';
import { contextOf, createStation } from './station.js';

const runtime = { ...systemRuntime, now: () => NOW };
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const certificate = new X509Certificate(readFileSync(`${COPIED}/certs/service.pem`));
const WRAPPED = Buffer.alloc(32, 0x42);
const DIGEST = Buffer.alloc(20, 0x43);

const stationOf = (binding: Binding, version: '1.3' | '2005-02' = '1.3') =>
  createStation({
    service: serviceOf(binding),
    now: NOW,
    contexts: [contextOf({ identifier: IDENTIFIER, key: KEY, version }, NOW)],
  });

type Kind = 'derived' | 'token' | 'attached token' | 'encrypted key' | 'derived from encrypted key' | 'certificate';

/** What secures an answer, and what its reader holds. */
function keysFor(kind: Kind, station: ReturnType<typeof stationOf>): { key: AnswerKey; reader: OracleKeys } {
  const conversation = station.conversation();
  const context = { identifier: IDENTIFIER, key: KEY };
  const ofContext = (derived: boolean, attached = false) => ({
    key: { kind: 'context', conversation, identifier: IDENTIFIER, derived, attached } as const,
    reader: { context },
  });
  const ofWrapped = (derived: boolean) => ({
    key: { kind: 'encrypted-key', key: WRAPPED, digest: DIGEST, derived } as const,
    reader: { encryptedKeys: new Map([[DIGEST.toString('base64'), WRAPPED]]) },
  });
  const client = Object.create(certificate, { publicKey: { value: publicKey } }) as X509Certificate;
  return {
    derived: () => ofContext(true),
    token: () => ofContext(false),
    'attached token': () => ofContext(false, true),
    'encrypted key': () => ofWrapped(false),
    'derived from encrypted key': () => ofWrapped(true),
    certificate: () => ({
      key: {
        kind: 'certificate',
        client,
        service: { certificate, chain: [], privateKey },
        naming: 'thumbprint',
      } as const,
      reader: { privateKey, publicKey },
    }),
  }[kind]();
}

const reply = {
  names: ADDRESSING[0]!,
  action: 'urn:orders/SubmitResponse',
  messageId: 'urn:uuid:answer',
  relatesTo: 'urn:uuid:request',
};

interface Case {
  readonly kind: Kind;
  readonly binding: Binding;
  readonly answer: string;
  readonly changes?: Partial<AnswerProtection>;
  readonly version?: '1.3' | '2005-02';
}

function secure({ kind, binding, answer, changes = {}, version = '1.3' }: Case) {
  const station = stationOf(binding, version);
  const { key, reader } = keysFor(kind, station);
  const plain = readEnvelope(scan(answer, DEFAULT_XML_LIMITS));
  const protection: AnswerProtection = {
    key,
    policy: binding,
    names: versionNames(version),
    signatureAlgorithm: undefined,
    timestamp: { ttl: 300_000, skew: 60_000, required: true },
    confirm: [],
    confirmEncrypted: false,
    bodyInClear: false,
    ...changes,
  };
  const secured = protect({ runtime, answerKeys: createAnswerKeys(runtime) }, plain, reply, protection);
  return { station, secured, opinion: oracle(secured, reader, binding.protectionOrder) };
}

/** The Body's content in exclusive canonical form, by libxml2. */
function content(message: string): string {
  const document = XmlDocument.fromString(message);
  const body = document.root.find('/*/*[local-name()="Body"]')[0] as XmlElement;
  let written = '';
  for (let child = body.firstChild; child !== null; child = child.next) {
    written +=
      child instanceof XmlElement
        ? child.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 })
        : child.content;
  }
  document.dispose();
  return written;
}

const TOKENS: Readonly<Record<Kind, readonly string[]>> = {
  derived: ['DerivedKeyToken', 'DerivedKeyToken'],
  token: [],
  'attached token': ['SecurityContextToken'],
  'encrypted key': [],
  'derived from encrypted key': ['DerivedKeyToken', 'DerivedKeyToken'],
  certificate: [],
};

function layoutOf(kind: Kind, { protectionOrder, encryptSignature, encryptedParts }: Binding): string[] {
  const encrypts = encryptedParts.body;
  const hides = encrypts && encryptSignature;
  // an EncryptedKey holds the list, and stands where that would
  const list = encrypts ? [kind === 'certificate' ? 'EncryptedKey' : 'ReferenceList'] : [];
  const signature = hides ? 'EncryptedData' : 'Signature';
  const isListLast = protectionOrder === 'encrypt-before-sign' && !hides;
  return ['Timestamp', ...TOKENS[kind], ...(isListLast ? [signature, ...list] : [...list, signature])];
}

const SIGNED = ['Timestamp', 'Action', 'MessageID', 'To', 'RelatesTo', 'Body'];
const KINDS = Object.keys(TOKENS) as Kind[];
const ORDERS = ['sign-before-encrypt', 'encrypt-before-sign'] as const;
const bindings = ORDERS.flatMap((protectionOrder) =>
  [
    [true, true],
    [true, false],
    [false, false],
    [false, true],
  ].map(([body, encryptSignature]) =>
    bindingOf({ protectionOrder, encryptSignature: encryptSignature!, encryptedParts: { body: body!, headers: [] } }),
  ),
);
const ALL = Object.keys(ANSWERS);
/** Every answer where most is done with it, a few elsewhere. */
const answersFor = ({ encryptSignature, encryptedParts }: Binding) =>
  encryptedParts.body && encryptSignature
    ? ALL
    : ['Ids like ours', 'our prefixes on the Body', 'a Body that is one tag'];
const named = (binding: Binding) =>
  `${binding.protectionOrder}, Body ${binding.encryptedParts.body ? 'encrypted' : 'clear'}, Signature ${binding.encryptSignature ? 'encrypted' : 'clear'}`;

describe.each(KINDS)('an answer under the kind of key %s', (kind) => {
  describe.each(bindings.map((binding) => [named(binding), binding] as const))('%s', (_, binding) => {
    test.each(answersFor(binding))('%s', (name) => {
      const soap = ALL.indexOf(name) % 2 === 0 ? SOAP11 : SOAP12;
      const answer = ANSWERS[name]!(soap);
      const { secured, opinion, station } = secure({ kind, binding, answer });
      expect(opinion.signed).toEqual(SIGNED);
      expect(opinion.layout).toEqual(layoutOf(kind, binding));
      expect(opinion.declaredBeforeUse).toBe(true);
      const ids = opinion.ids.filter((id) => id !== 'x');
      expect(new Set(ids).size).toBe(ids.length);
      expect(new Set(opinion.ivs).size).toBe(opinion.ivs.length);
      expect(opinion.ivs).toHaveLength(binding.encryptedParts.body ? (binding.encryptSignature ? 2 : 1) : 0);
      expect(secured).not.toMatch(/cookie/i);
      expect(content(opinion.plain)).toBe(content(answer));
      if (kind.includes('key') || kind === 'certificate') return;
      // Our reader finds it proven; that it is our own answer is what is wrong with it.
      const policy = {
        ...binding,
        derivedKeys: kind === 'derived',
        encryptSignature: binding.encryptSignature && binding.encryptedParts.body,
      };
      expect(
        verdict(
          createStation({ service: serviceOf(policy), now: NOW, contexts: [station.conversation().context] }),
          secured,
        ),
      ).toBe('wss.reflection');
    });
  });
});

describe.each(['Basic256', 'Basic192', 'Basic128', 'Basic256Sha256', 'Basic128GCM', 'Basic256GCMSha256'] as const)(
  'under %s',
  (suite) => {
    test.each(KINDS)('the kind of key %s', (kind) => {
      const binding = bindingOf({ suite, encryptSignature: true });
      const { opinion } = secure({ kind, binding, answer: ANSWERS['as most write it']!(SOAP12), version: '2005-02' });
      expect(opinion.signed).toEqual(SIGNED);
      expect(new Set(opinion.digests)).toEqual(new Set([suite.includes('Sha256') ? SHA256 : SHA1]));
      expect(opinion.algorithm).toMatch(suite.includes('Sha256') ? /-sha256$/ : /-sha1$/);
    });
  },
);

describe('what the request decides', () => {
  const answer = ANSWERS['as most write it']!(SOAP12);

  test('the signature algorithm: CXF reads Sha256 as hmac-sha1', () => {
    const { opinion } = secure({
      kind: 'derived',
      binding: bindingOf({ suite: 'Basic256Sha256' }),
      answer,
      changes: { signatureAlgorithm: HMAC_SHA1 },
    });
    expect(opinion.algorithm).toBe(HMAC_SHA1);
    expect(new Set(opinion.digests)).toEqual(new Set([SHA256]));
  });

  test('a Body in clear, whatever the policy says; the Signature is then in clear too', () => {
    const { opinion } = secure({
      kind: 'derived',
      binding: bindingOf({ encryptSignature: true }),
      answer,
      changes: { bodyInClear: true },
    });
    expect(opinion.layout).toEqual(['Timestamp', 'DerivedKeyToken', 'DerivedKeyToken', 'Signature']);
    expect(opinion.ivs).toEqual([]);
  });

  test.each(ORDERS)(
    'confirmations of its signatures are signed, and encrypted if those were: %s',
    (protectionOrder) => {
      const values = [Buffer.alloc(20, 1), Buffer.alloc(256, 2)];
      const binding = bindingOf({ protectionOrder, encryptSignature: true });
      const { opinion, secured } = secure({
        kind: 'derived from encrypted key',
        binding,
        answer,
        changes: { confirm: values, confirmEncrypted: true },
      });
      expect(opinion.layout).toEqual([
        'Timestamp',
        'DerivedKeyToken',
        'DerivedKeyToken',
        'ReferenceList',
        'EncryptedData',
        'EncryptedData',
        'EncryptedData',
      ]);
      const confirmation = protectionOrder === 'sign-before-encrypt' ? 'SignatureConfirmation' : 'EncryptedData';
      expect(opinion.signed).toEqual([
        'Timestamp',
        'Action',
        'MessageID',
        'To',
        'RelatesTo',
        confirmation,
        confirmation,
        'Body',
      ]);
      expect(secured).not.toContain(`${WSSE11}" xmlns:wsu`);
      for (const value of values) expect(opinion.plain).toContain(`Value="${value.toString('base64')}"`);
    },
  );

  test('confirmations in clear', () => {
    const { opinion } = secure({
      kind: 'encrypted key',
      binding: bindingOf(),
      answer,
      changes: { confirm: [Buffer.alloc(20, 1)] },
    });
    expect(opinion.layout).toEqual(['Timestamp', 'ReferenceList', 'SignatureConfirmation', 'Signature']);
    expect(opinion.signed).toContain('SignatureConfirmation');
  });

  test('over TLS a Timestamp and nothing more', () => {
    const station = stationOf(transportBinding());
    const plain = readEnvelope(scan(answer, DEFAULT_XML_LIMITS));
    const protection = {
      key: { kind: 'transport' },
      policy: transportBinding(),
      timestamp: { ttl: 300_000, skew: 0, required: true },
    } as unknown as AnswerProtection;
    const secured = protect({ runtime, answerKeys: station.options.state.answerKeys }, plain, reply, protection);
    expect(oracle(secured, {}, 'sign-before-encrypt')).toMatchObject({ layout: ['Timestamp'], signed: [], ivs: [] });
    expect(secured).toContain(
      '<wsu:Created>2026-11-25T12:00:00.000Z</wsu:Created><wsu:Expires>2026-11-25T12:05:00.000Z</wsu:Expires>',
    );
  });

  test('header blocks that the policy signs are signed, others go along unsigned', () => {
    const own = ANSWERS['header blocks of its own']!(SOAP12);
    const headers = [{ namespace: 'urn:h', local: 'Trace' }];
    const { opinion } = secure({
      kind: 'derived',
      binding: bindingOf({ signedParts: { body: true, headers } }),
      answer: own,
    });
    expect(opinion.signed).toContain('Trace');
    const unsigned = secure({ kind: 'derived', binding: bindingOf(), answer: own });
    expect(unsigned.opinion.signed).not.toContain('Trace');
    expect(unsigned.secured).toContain('<h:Trace xmlns:h="urn:h" s:mustUnderstand="0">t</h:Trace>');
    expect(unsigned.secured.match(/<wsa:Action /g)).toHaveLength(1);
    expect(unsigned.secured.match(/<wsse:Security /g)).toHaveLength(1);
  });

  test('each ciphertext has an IV of its own, from answer to answer', () => {
    const ivs = Array.from(
      { length: 20 },
      () => secure({ kind: 'derived', binding: bindingOf({ encryptSignature: true }), answer }).opinion.ivs,
    ).flat();
    expect(new Set(ivs).size).toBe(40);
  });
});
