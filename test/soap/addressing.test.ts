import { readAddressing } from '../../src/soap/addressing.js';
import { readEnvelope } from '../../src/soap/envelope.js';
import { ADDRESSING, SOAP } from '../../src/soap/names.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';
import { codeOf } from '../crypto/code-of.js';

const [NEW, MIDDLE, OLD] = ADDRESSING.map(({ namespace }) => namespace) as [string, string, string];

const read = (headers: string) =>
  readAddressing(
    readEnvelope(
      scan(
        `<s:Envelope xmlns:s="${SOAP['1.2']}"><s:Header>${headers}</s:Header><s:Body/></s:Envelope>`,
        DEFAULT_XML_LIMITS,
      ),
    ),
  );
const block = (local: string, content: string, namespace = NEW) =>
  `<a:${local} xmlns:a="${namespace}">${content}</a:${local}>`;
const endpoint = (local: string, address: string, namespace = NEW) =>
  block(local, `<a:Address>${address}</a:Address>`, namespace);

describe('addressing headers', () => {
  test.each(ADDRESSING)('of $version', ({ namespace, anonymous, version }) => {
    const addressing = read(
      block('Action', ' urn:a ', namespace) +
        block('MessageID', 'urn:m', namespace) +
        block('To', 'urn:t', namespace) +
        block('RelatesTo', 'urn:r', namespace) +
        endpoint('ReplyTo', anonymous, namespace) +
        endpoint('FaultTo', anonymous, namespace) +
        endpoint('From', 'http://client/', namespace) +
        block('Unknown', 'x', namespace),
    )!;
    expect(addressing).toMatchObject({
      action: 'urn:a',
      messageId: 'urn:m',
      to: 'urn:t',
      relatesTo: 'urn:r',
      replyTo: anonymous,
      faultTo: anonymous,
    });
    expect(addressing.names.version).toBe(version);
    expect([...addressing.nodes.keys()]).toEqual([
      'Action',
      'MessageID',
      'To',
      'RelatesTo',
      'ReplyTo',
      'FaultTo',
      'From',
      'Unknown',
    ]);
  });

  test('none', () => {
    expect(read('<x:y xmlns:x="urn:x"/>')).toBeUndefined();
    expect(read('')).toBeUndefined();
  });

  test.each<readonly [string, string, string]>([
    ['one twice', block('Action', 'a') + block('Action', 'a'), 'soap.addressing'],
    ['an unknown one twice', block('X', 'a') + block('X', 'a'), 'soap.addressing'],
    ['two RelatesTo', block('RelatesTo', 'a') + block('RelatesTo', 'b'), 'soap.addressing'],
    ['two versions', block('Action', 'a') + block('To', 'a', MIDDLE), 'soap.addressing'],
    ['two versions of one header', block('Action', 'a', OLD) + block('Action', 'a', MIDDLE), 'soap.addressing'],
    ['a ReplyTo that is somewhere', endpoint('ReplyTo', 'http://mallory.example/'), 'soap.addressing'],
    ['a FaultTo that is somewhere', endpoint('FaultTo', 'http://mallory.example/'), 'soap.addressing'],
    [
      'a ReplyTo that begins like the anonymous one',
      endpoint('ReplyTo', `${ADDRESSING[0]!.anonymous}/x`),
      'soap.addressing',
    ],
    ['a ReplyTo without an address', block('ReplyTo', ''), 'soap.addressing'],
    ['a ReplyTo that is text', block('ReplyTo', ADDRESSING[0]!.anonymous), 'soap.addressing'],
    ['a From without an address', block('From', ''), 'soap.addressing'],
    [
      'a ReplyTo with two addresses',
      block('ReplyTo', `<a:Address>${ADDRESSING[0]!.anonymous}</a:Address>`.repeat(2)),
      'soap.addressing',
    ],
    [
      'an address of another version',
      block('ReplyTo', `<b:Address xmlns:b="${OLD}">${ADDRESSING[0]!.anonymous}</b:Address>`),
      'soap.addressing',
    ],
    ['an Action with an element', block('Action', 'urn:<x/>a'), 'xml.unexpected'],
    ['an Action with a comment', block('Action', 'urn:<!-- -->a'), 'xml.unexpected'],
    ['an address with a comment', endpoint('ReplyTo', `<!---->${ADDRESSING[0]!.anonymous}`), 'xml.unexpected'],
  ])('%s', (_, headers, code) => {
    expect(codeOf(() => read(headers))).toBe(code);
  });

  test.each(['http://www.w3.org/2005/08/addressing/none', ADDRESSING[1]!.anonymous, ADDRESSING[2]!.anonymous])(
    'a ReplyTo of %s is nowhere else',
    (address) => {
      expect(read(endpoint('ReplyTo', address))!.replyTo).toBe(address);
    },
  );

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a header like any other', (local) => {
    expect([...read(block(local, 'x'))!.nodes.keys()]).toEqual([local]);
    expect(codeOf(() => read(block(local, 'x').repeat(2)))).toBe('soap.addressing');
  });
});
