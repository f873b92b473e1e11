import { type ForgeOptions, forge } from './forge.js';
import { stationFor, verdict } from './forged.js';
import { ID_KINDS, type IdKind, wrappings } from './wrapping.js';

/** What is put in place of the signed element. */
const TARGETS: Readonly<Record<string, string>> = {
  Body: 'evil',
  Action: 'urn:orders/DeleteAll',
  MessageID: 'urn:uuid:evil',
  To: 'http://evil.example/',
  Timestamp: '2026-11-25T12:01:00.000Z',
};

const CLEAR: ForgeOptions = { encryptBody: false };
const SHAPES: readonly (readonly [string, ForgeOptions, readonly string[], readonly IdKind[]])[] = [
  ['signed alone', CLEAR, ['Body'], ID_KINDS],
  ['signed alone', CLEAR, ['Action', 'MessageID', 'To', 'Timestamp'], ['another', 'xml:id', 'Id']],
  ['signed and encrypted', {}, ['MessageID'], ['none', 'wsu:Id']],
  ['signed and encrypted, the Signature too', { encryptSignature: true }, ['Body', 'To'], ['none']],
  ['encrypted, then signed', { order: 'encrypt-before-sign' }, ['Body', 'Action'], ['another', 'wsu:Id']],
];

const TEXT = ['xml.unexpected'];
/** By the element that the signed one was moved into: what may be said against the message. */
const CODES: Readonly<Record<string, readonly string[]>> = {
  Envelope: ['soap.envelope'],
  // A signed Body, or a signed token, is no header block; a header with the ciphertext of the Body is a wrong place for it.
  Header: ['wss.parts', 'soap.addressing', 'wss.header'],
  Action: TEXT,
  MessageID: TEXT,
  To: TEXT,
  Address: TEXT,
  ReplyTo: ['wss.digest', 'wss.header'],
  Security: ['wss.header', 'wss.timestamp'],
  Timestamp: ['wss.header'],
  Created: TEXT,
  Expires: TEXT,
  // Extensible: what stands there is not looked at, and may not be signed.
  SecurityContextToken: ['wss.parts', 'wss.header'],
  Identifier: TEXT,
  Cookie: TEXT,
  DerivedKeyToken: ['wss.header'],
  SecurityTokenReference: ['wss.reference'],
  // Of a token; of a signature, where it breaks the SignedInfo.
  Reference: ['wss.parts', 'wss.digest', 'wss.signature', 'wss.header'],
  Offset: TEXT,
  Length: TEXT,
  Nonce: TEXT,
  Signature: ['wss.header'],
  SignedInfo: ['wss.header'],
  CanonicalizationMethod: ['wss.header'],
  SignatureMethod: ['wss.algorithm'],
  Transforms: ['wss.algorithm'],
  Transform: ['wss.header'],
  DigestMethod: ['wss.signature', 'wss.header'],
  DigestValue: TEXT,
  SignatureValue: TEXT,
  KeyInfo: ['wss.reference'],
  Body: ['wss.digest', 'wss.header'],
  Order: ['wss.digest'],
  Item: ['wss.digest'],
  Amount: ['wss.digest'],
  ReferenceList: ['wss.reference'],
  DataReference: ['wss.parts', 'wss.header'],
  EncryptedData: ['wss.header'],
  EncryptionMethod: ['wss.parts', 'wss.digest', 'wss.header'],
  CipherData: ['wss.header'],
  CipherValue: TEXT,
};

/** Two elements with one Id are found before the header is read, and after the envelope and its addressing were. */
function codesFor(parent: string, kind: IdKind): readonly string[] {
  const isDuplicate = kind === 'wsu:Id' || kind === 'xml:id';
  return isDuplicate ? ['wss.id', ...CODES[parent]!.filter((code) => /^(?:soap|xml)\./.test(code))] : CODES[parent]!;
}

describe.each(SHAPES)('%s', (_, shape, targets, kinds) => {
  test('the honest message is accepted', () => {
    expect(verdict(stationFor(shape), forge(shape))).toBe('accepted');
  });

  test.each(targets)('%s, moved anywhere', (target) => {
    const wrong: string[] = [];
    let tried = 0;
    for (const { parent, kind, message } of wrappings(forge(shape), target, TARGETS[target]!, kinds)) {
      tried++;
      const code = verdict(stationFor(shape), message);
      if (!codesFor(parent, kind).includes(code)) wrong.push(`${parent} ${kind}: ${code}`);
    }
    expect(tried).toBeGreaterThan(60 * kinds.length);
    expect(wrong).toEqual([]);
  });
});
