import { createHash } from 'node:crypto';
import { type Judge, readAnswer } from './answer.js';
import { AnswerError } from './document.js';
import { attributeOf } from './element.js';
import type { Expectation } from './expectation.js';
import { contextToken, runtimeAt } from './fixtures.js';
import { VERSIONS, WSU, XENC } from './names.js';
import { type Recording, recordings } from './recordings.js';
import { all, checkRequest } from './request-checker.js';
import { algorithmsOf } from './suites.js';
import { readTokenResponse } from './token-response.js';

const JUDGES: readonly Judge[] = ['independent', 'fast'];
const found = recordings();
const cases = found.flatMap((recording) => JUDGES.map((judge) => [recording.name, judge, recording] as const));

/** What CXF's client must have expected of the answer in `file`. */
function expectation(recording: Recording, file: '2-rstr' | '4-answer'): Expectation {
  const { shape } = recording;
  const text = recording.read(file);
  const request = recording.read(file === '2-rstr' ? '1-rst' : '3-request');
  const bootstrap = file === '2-rstr';
  const token = { ...contextToken(shape), identifier: recording.identifier, key: recording.key };
  return {
    shape,
    derivedKeys: shape.derivedKeys,
    protectionOrder: shape.protectionOrder,
    encryptSignature: bootstrap ? (shape.bootstrap.encryptSignature ?? false) : shape.encryptSignature,
    encryptBody: true,
    transport: shape.bootstrap.kind === 'transport',
    algorithms: algorithmsOf(shape.suite, false),
    tokens: bootstrap ? [] : [token],
    encryptedKey:
      bootstrap && recording.secret !== undefined ? { secret: recording.secret, sha1: sha1Of(request) } : undefined,
    client: undefined,
    service: undefined,
    messageId: /<(?:\w+:)?MessageID[^>]*>([^<]*)</.exec(request)![1]!,
    action: bootstrap ? `${VERSIONS[shape.version].base}/RSTR/SCT` : 'http://xmlsoap.org/Ping',
    confirmed: undefined,
    now: Date.parse(/Created>([^<]*)</.exec(text)![1]!),
  };
}

function sha1Of(request: string): string {
  const value = /<xenc:EncryptedKey.*?<xenc:CipherValue>([^<]*)</.exec(request)?.[1] ?? '';
  return createHash('sha1').update(Buffer.from(value, 'base64')).digest('base64');
}

test('there are recordings', () => {
  expect(found.length).toBeGreaterThanOrEqual(3);
});

describe('recorded answers', () => {
  test.each(cases)('%s, %s judge: proven and read', (_name, judge, recording) => {
    const answer = readAnswer(Buffer.from(recording.read('4-answer')), expectation(recording, '4-answer'), judge);
    expect(answer).toMatchObject({ secured: true, fault: undefined });
    expect(answer.body).toContain('<text>CXF : ping 0</text>');
  });

  test.each(cases)("%s, %s judge: the response issues the recorded context's key", (_name, judge, recording) => {
    // _X10's answer is encrypted for the client, whose key was not recorded.
    if (recording.shape.bootstrap.kind === 'asymmetric') return;
    const answer = readAnswer(Buffer.from(recording.read('2-rstr')), expectation(recording, '2-rstr'), judge);
    const entropy = entropyOf(recording);
    const asked = { element: contextToken(recording.shape).element, entropy, keySize: 256, context: undefined };
    const token = readTokenResponse(recording.shape, answer, asked, runtimeAt(0));
    expect(token.identifier).toBe(recording.identifier);
    expect(token.key.equals(recording.key)).toBe(true);
    expect(recording.read('2-rstr').includes(recording.key.toString('base64'))).toBe(false);
    expect(token.id).toMatch(/^sctId-/);
    expect(attributeOf(token.element, WSU, 'Id')).toBe(token.id);
  });
});

/** The client's own, out of its encrypted request. */
function entropyOf(recording: Recording): Buffer {
  const { secret } = recording;
  const keys = { contexts: new Map(), ...(secret === undefined ? {} : { unwrap: () => secret }) };
  const { document } = checkRequest(recording.read('1-rst'), recording.shape.protectionOrder, keys);
  const [value] = all(document, VERSIONS[recording.shape.version].trust, 'BinarySecret');
  return Buffer.from(document.text(value!), 'base64');
}

describe.each(JUDGES)('an altered recording, %s judge', (judge) => {
  const recording = found.find(({ name }) => name === 'dom/UXDC-SEES')!;
  const original = recording.read('4-answer');
  const honest = expectation(recording, '4-answer');
  const ruleOf = (text: string, expected: Expectation = honest): string => {
    try {
      readAnswer(Buffer.from(text), expected, judge);
      return 'believed';
    } catch (error) {
      if (error instanceof AnswerError) return error.rule;
      throw error;
    }
  };
  const flip = (text: string, after: string, ahead: number): string => {
    const at = text.indexOf(after) + after.length + ahead;
    return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
  };

  const ALTERED: readonly (readonly [string, string, string])[] = [
    ['nothing', original, 'believed'],
    ['Action', original.replace('>http://xmlsoap.org/Ping<', '>http://xmlsoap.org/Pong<'), 'digest'],
    ['MessageID', original.replace(/(MessageID[^>]*>urn:uuid:)./, '$1x'), 'digest'],
    ['Created', original.replace(/\.\d\d\dZ<\/wsu:Created>/, '.999Z</wsu:Created>'), 'digest'],
    ['Identifier in the first DerivedKeyToken', original.replace('URI="uuid:', 'URI="uuid:x'), 'reference'],
    ['ValueType of the context', original.replace('sc/sct', 'sc/dk'), 'reference'],
    ['no Security header', original.replace(/<wsse:Security .*<\/wsse:Security>/, ''), 'unsecured'],
    ['no ReferenceList', original.replace(/<xenc:ReferenceList.*<\/xenc:ReferenceList>/, ''), 'reference-list'],
    ['a second Body', original.replace('</soap:Body>', '</soap:Body><soap:Body/>'), 'structure'],
    ['a second Timestamp', original.replace(/(<wsu:Timestamp .*<\/wsu:Timestamp>)/, '$1$1'), 'timestamp'],
    ['no Timestamp', original.replace(/<wsu:Timestamp .*<\/wsu:Timestamp>/, ''), 'timestamp'],
    ['an unknown token', original.replace('</wsse:Security>', '<a xmlns="urn:x"/></wsse:Security>'), 'unknown-token'],
    [
      'an SCT',
      original.replace(
        '</wsse:Security>',
        `<c:SecurityContextToken xmlns:c="${VERSIONS['2005-02'].conversation}"/></wsse:Security>`,
      ),
      'context-token',
    ],
    [
      'the keys after their use',
      original.replace(/(<wsc:DerivedKeyToken .*<\/wsc:DerivedKeyToken>)(.*)(<\/wsse:Security>)/, '$2$1$3'),
      'declare-before-use',
    ],
    ['a Label', original.replace('<wsc:Nonce>', '<wsc:Label>x</wsc:Label><wsc:Nonce>'), 'derived-key'],
    [
      'Length before Offset',
      original.replace(/(<wsc:Offset>0<\/wsc:Offset>)(<wsc:Length>16<\/wsc:Length>)/, '$2$1'),
      'derived-key',
    ],
    ['another cipher', original.replace(`${XENC}aes128-cbc`, `${XENC}aes256-cbc`), 'algorithm'],
    [
      'another SOAP version',
      original.replaceAll('http://www.w3.org/2003/05/soap-envelope', 'http://schemas.xmlsoap.org/soap/envelope/'),
      'soap',
    ],
    ['Body in clear', original.replace(/(<soap:Body[^>]*>).*(<\/soap:Body>)/, '$1<x/>$2'), 'encrypt-body'],
    [
      'a header the signature does not cover',
      original.replace(
        '<wsse:Security ',
        '<FaultTo xmlns="http://schemas.xmlsoap.org/ws/2004/08/addressing"/><wsse:Security ',
      ),
      'unsigned',
    ],
    ['two Actions', original.replace(/(<Action .*<\/Action>)/, '$1$1'), 'addressing'],
  ];
  test.each(ALTERED)('%s', (_what, text, rule) => {
    expect(ruleOf(text)).toBe(rule);
  });

  test('a nonce: another key, which the ciphertext or the signature shows', () => {
    expect(['decrypt', 'signature', 'structure', 'xml', 'digest']).toContain(
      ruleOfAny(() => ruleOf(flip(original, '<wsc:Nonce>', 4))),
    );
  });

  test.each<readonly [string, Partial<Expectation>, string]>([
    ['another request', { messageId: 'urn:uuid:other' }, 'relates-to'],
    ['another action', { action: 'urn:other' }, 'action'],
    ['five minutes too late', { now: honest.now + 601_000 }, 'timestamp'],
    ['five minutes too early', { now: honest.now - 301_000 }, 'timestamp'],
    ['a clear signature', { encryptSignature: false }, 'encrypt-signature'],
    ['a clear Body', { encryptBody: false }, 'encrypt-body'],
    ['a confirmation', { confirmed: ['AAAA'] }, 'signature-confirmation'],
    ['another context', { tokens: [{ ...honest.tokens[0]!, identifier: 'urn:uuid:other' }] }, 'reference'],
    ['a renewed context', { tokens: [{ ...honest.tokens[0]!, instance: 'urn:uuid:2' }] }, 'reference'],
    ['hmac-sha256', { algorithms: algorithmsOf('Basic128Sha256', true) }, 'algorithm'],
    ['nothing but the clock', {}, 'believed'],
  ])('a client that expects %s', (_what, change, rule) => {
    expect(ruleOf(original, { ...honest, ...change })).toBe(rule);
  });
});

/** Wrong plaintext is whatever the scanner calls it. */
function ruleOfAny(read: () => string): string {
  try {
    return read();
  } catch {
    return 'xml';
  }
}
