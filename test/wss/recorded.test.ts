import { GatewayError } from '../../src/errors.js';
import { sweep } from './flips.js';
import { verdict } from './forged.js';
import { COPIED, recordings, stationOf, writtenAt } from './recordings.js';

/** An element's text, of which one character becomes another: what it is, where it stands in the message, what code it has. */
const CHANGES: readonly (readonly [what: string, place: RegExp, codes: readonly string[]])[] = [
  ['a MAC or signature', /<ds:SignatureValue>[\s\S]/, ['wss.signature']],
  ['a digest', /<ds:DigestValue>[\s\S]/, ['wss.signature']],
  ['the last digest', /[\s\S]*<ds:DigestValue>[\s\S]/, ['wss.signature']],
  ['Created', /<wsu:Created>\d/, ['wss.digest']],
  ['Expires', /<wsu:Expires>\d/, ['wss.digest']],
  ['the Action', /<Action [^>]*>h/, ['wss.digest']],
  ['the MessageID', /<MessageID [^>]*>urn:uuid:[\s\S]/, ['wss.digest']],
  ['the To', /<To [^>]*>h/, ['wss.digest']],
  ['the first octet of the IV of the Body', /<soap:Body[\s\S]*<xenc:CipherValue>[\s\S]/, ['wss.digest', 'wss.decrypt']],
  [
    'the middle of the ciphertext of the Body',
    /<soap:Body[\s\S]*<xenc:CipherValue>[\s\S]{60}/,
    ['wss.digest', 'wss.decrypt'],
  ],
  ['the nonce of the first derived key', /<wsc:Nonce>[\s\S]/, ['wss.signature', 'wss.decrypt', 'wss.digest']],
  ['the Identifier', /Identifier>uuid:[\s\S]/, ['token.missing']],
];

/** The last character that the pattern matches, replaced by another of base64. */
function change(message: string, place: RegExp): string | undefined {
  const match = place.exec(message);
  if (match === null) return undefined;
  const at = match.index + match[0].length - 1;
  const other = message[at] === 'B' ? 'C' : message[at] === '1' ? '2' : /\d/.test(message[at]!) ? '1' : 'B';
  return message.slice(0, at) + other + message.slice(at + 1);
}

/** Over TLS nothing but Timestamp and To is signed, and nothing is encrypted. */
const OVER_TRANSPORT: ReadonlySet<string> = new Set(['the Action', 'the MessageID']);

describe.each(recordings())('$name', (recording) => {
  const isTransport = recording.name.endsWith('OverTransport');
  const request = recording.message('3-request.xml');

  test('the request proves itself and opens', () => {
    const forwarded = stationOf(recording, '3-request.xml').forwarded(request);
    expect(forwarded).toMatch(/<(?:\w+:)?PingRequest /);
    expect(forwarded).not.toMatch(/Security|EncryptedData|wsu:Id/);
  });

  test('the request for its token proves itself and opens', async () => {
    const { principal } = await stationOf(recording, '1-rst.xml').bootstrap(recording.message('1-rst.xml'));
    expect(principal.name).toMatch(/alice|anonymous/);
  });

  test('the answer is proven by the same keys', () => {
    const proven = verdict(stationOf(recording, '4-answer.xml'), recording.message('4-answer.xml'));
    // Over TLS an answer has a Timestamp, and names no token.
    expect(proven).toBe(isTransport ? 'token.missing' : 'accepted');
  });

  test.each(CHANGES.filter(([what]) => !isTransport || !OVER_TRANSPORT.has(what)))('%s changed', (_, place, codes) => {
    const changed = change(request, place);
    if (changed === undefined) return;
    expect(codes).toContain(verdict(stationOf(recording, '3-request.xml'), changed));
  });

  test('a minute after its end it is refused, a moment before that it is not', () => {
    const station = stationOf(recording, '3-request.xml');
    const at = (age: number) => {
      Object.assign(station.options.runtime, { now: () => writtenAt(request) + age });
      return verdict(station, request);
    };
    expect(at(5 * 60_000 + 60_000)).toBe('wss.timestamp');
    expect(at(-60_001)).toBe('wss.timestamp');
    expect(at(5 * 60_000 + 59_999)).toBe('accepted');
  });
});

/** Labels that real clients mistake, or that nothing depends on: they may change, and the message stays the message. */
const LABELS: ReadonlySet<string> = new Set([
  'Security tag',
  'Security @mustUnderstand',
  'SecurityContextToken xmlns',
  'SecurityTokenReference tag',
  'SecurityTokenReference xmlns',
  'SecurityTokenReference @Id',
  'Reference tag',
  'Reference @ValueType',
  // A longer derived key begins with the shorter one, and the cipher takes what it needs.
  'Length text',
  'Signature tag',
  'Signature @Id',
  'KeyInfo tag',
  'KeyInfo @Id',
  'EncryptedData xmlns',
]);

/** StAX refers to the token by its Identifier. */
const UNREFERENCED = 'SecurityContextToken @Id';

/** Every 29th octet of copied messages, one bit each: refused with a code of ours, or the same message. */
describe('one bit anywhere', () => {
  const swept = recordings(COPIED).filter(({ name }) => !name.endsWith('OverTransport'));
  test.each(swept)('$name', async (recording) => {
    const station = () => stationOf(recording, '3-request.xml', false);
    const { tolerated, changed, thrown } = await sweep(
      recording.message('3-request.xml'),
      (octets) => station().forwarded(octets),
      29,
    );
    expect(thrown).toEqual([]);
    expect(changed).toEqual([]);
    expect([...tolerated].filter((place) => !LABELS.has(place) && place !== UNREFERENCED)).toEqual([]);
  });
});

describe('an EncryptedKey', () => {
  const wrapped = recordings(COPIED).filter(({ name }) => /\/(?:ADC|_UXD-SEES|XDC-ES|ADC-ES|UXC|_A)$/.test(name));
  const inEncryptedKey = /(<xenc:EncryptedKey [\s\S]*?<xenc:CipherValue>)([^<]*)/;
  const codeFor = async (recording: (typeof wrapped)[number], changed: string) =>
    stationOf(recording, '1-rst.xml')
      .bootstrap(changed)
      .then(
        () => 'accepted',
        (error: unknown) => (error instanceof GatewayError ? error.code : Promise.reject(error)),
      );

  test.each(wrapped)('that does not open gives a key that proves nothing: $name', async (recording) => {
    const rst = recording.message('1-rst.xml');
    const changed = rst.replace(inEncryptedKey, (_, head: string, value: string) => {
      const octets = Buffer.from(value, 'base64');
      octets[100] = octets[100]! ^ 1;
      return head + octets.toString('base64');
    });
    expect(changed).not.toBe(rst);
    expect(['wss.signature', 'wss.decrypt', 'wss.digest']).toContain(await codeFor(recording, changed));
  });

  test.each(wrapped)('for another certificate is refused: $name', async (recording) => {
    const rst = recording.message('1-rst.xml');
    const changed = rst
      .replace(
        /(<xenc:EncryptedKey [\s\S]*?<wsse:KeyIdentifier [^>]*>)(.)/,
        (_, head: string, c: string) => head + (c === 'A' ? 'B' : 'A'),
      )
      .replace(
        /(<xenc:EncryptedKey [\s\S]*?X509SerialNumber>)(\d)/,
        (_, head: string, c: string) => head + (c === '1' ? '2' : '1'),
      );
    expect(changed).not.toBe(rst);
    expect(await codeFor(recording, changed)).toBe('wss.key');
  });

  test.each(['http://www.w3.org/2001/04/xmlenc#rsa-1_5', 'http://www.w3.org/2009/xmlenc11#rsa-oaep', '__proto__', ''])(
    'under %j, which is not of the suite, is refused before it is opened',
    async (algorithm) => {
      const recording = wrapped[0]!;
      const rst = recording.message('1-rst.xml').replace('http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p', algorithm);
      expect(await codeFor(recording, rst)).toBe('wss.algorithm');
    },
  );
});
