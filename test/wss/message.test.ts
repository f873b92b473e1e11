import { faultOf, GatewayError } from '../../src/errors.js';
import { forge, keysOf, signedReference, wsaBlock } from './forge.js';
import { judge, OTHER_KEY, policyFor, stationFor, verdict } from './forged.js';
import { derive, encryptCbc } from './keys.js';
import { SOAP12, WSA, WSSE, WSU } from './names.js';
import { bindingOf, wsaName } from './policies.js';

const clear = { encryptBody: false } as const;
const forwardedContent = (forwarded: string) => /<o:Order[\s\S]*<\/o:Order>/.exec(forwarded)![0];

describe('a message sent twice', () => {
  test('is refused the second time, however its MAC is spelled', () => {
    const station = stationFor();
    expect(verdict(station, forge())).toBe('accepted');
    expect(verdict(station, forge())).toBe('wss.replay');
    const spelled = forge().replace(/<ds:SignatureValue>(....)/, '<ds:SignatureValue>$1\n ');
    expect(verdict(station, spelled)).toBe('wss.replay');
  });

  test('is refused though its MessageID, which nothing covers, is another', () => {
    const headers = [wsaName('Action')];
    const binding = bindingOf({ signedParts: { body: true, headers } });
    const unsignedId = { references: (all: readonly string[]) => all.filter((xml) => !xml.includes('#message-id')) };
    const station = stationFor({}, { binding });
    const message = forge(unsignedId);
    expect(verdict(station, message)).toBe('accepted');
    expect(verdict(station, message.replace(/urn:uuid:1111/, 'urn:uuid:2222'))).toBe('wss.replay');
  });

  test('is taken where the policy remembers none', () => {
    const station = stationFor({}, { replay: 'off' });
    expect(verdict(station, forge())).toBe('accepted');
    expect(verdict(station, forge())).toBe('accepted');
  });

  test('another message of the same second is another message', () => {
    const station = stationFor();
    expect(verdict(station, forge())).toBe('accepted');
    expect(verdict(station, forge({ messageId: 'urn:uuid:22222222-0000-4000-8000-000000000001' }))).toBe('accepted');
  });
});

describe('what goes to the upstream', () => {
  test('has no comment that nobody signed', () => {
    const message = forge(clear).replace('<o:Amount>100', '<o:Amount>10<!-- who stops here reads ten -->0');
    expect(verdict(stationFor(clear), message)).toBe('accepted');
    expect(forwardedContent(stationFor(clear).forwarded(message))).toBe(
      forwardedContent(stationFor(clear).forwarded(forge(clear))),
    );
  });

  test('has no header block that nobody signed, nor any attribute of Envelope and Header', () => {
    const message = forge({ unsigned: '<r:Role xmlns:r="urn:role">admin</r:Role>' })
      .replace('<s:Header>', '<s:Header s:encodingStyle="urn:evil" xml:lang="xx">')
      .replace('<s:Envelope ', '<s:Envelope s:encodingStyle="urn:evil" ');
    const forwarded = stationFor().forwarded(message);
    expect(forwarded).toBe(stationFor().forwarded(forge()));
    expect(forwarded).not.toMatch(/admin|evil|Security|Action/);
  });

  test('has a block that the policy takes unsigned', () => {
    const unsignedHeaders = [{ namespace: 'urn:role', local: 'Role' }];
    const block = '<r:Role xmlns:r="urn:role">admin</r:Role>';
    expect(stationFor({}, { unsignedHeaders }).forwarded(forge({ unsigned: block }))).toContain(block);
  });

  test('has a block that is signed, and the addressing where the policy forwards it', () => {
    const block = { id: 'trace', xml: `<t:Trace xmlns:t="urn:t" xmlns:wsu="${WSU}" wsu:Id="trace">1</t:Trace>` };
    const message = forge({ blocks: (blocks) => [...blocks, block] });
    expect(stationFor().forwarded(message)).toContain(block.xml);
    const forwarded = stationFor({}, { addressing: 'forward' }).forwarded(message);
    for (const local of ['Action', 'MessageID', 'To', 'ReplyTo']) expect(forwarded).toContain(`<wsa:${local} `);
  });

  test.each(['1', 'true', ' 1 '])('an unsigned block with mustUnderstand %j is refused, not dropped', (value) => {
    const unsigned = `<r:Role xmlns:r="urn:role" xmlns:s="${SOAP12}" s:mustUnderstand="${value}">admin</r:Role>`;
    expect(() => stationFor().forwarded(forge({ unsigned }))).toThrow(
      expect.objectContaining({ code: 'soap.must-understand' }),
    );
  });

  test('a Security header for somebody else is neither read nor forwarded', () => {
    const unsigned = `<wsse:Security xmlns:wsse="${WSSE}" xmlns:s="${SOAP12}" s:role="urn:else" s:mustUnderstand="1"><x:y xmlns:x="urn:x"/></wsse:Security>`;
    expect(stationFor().forwarded(forge({ unsigned }))).toBe(stationFor().forwarded(forge()));
  });
});

describe('failures', () => {
  const other = derive(OTHER_KEY, Buffer.alloc(16, 0x22), 32);
  const [, key] = keysOf();
  const encrypted = (plaintext: string | Buffer, padTo?: number) => () =>
    encryptCbc(key, Buffer.from(plaintext), padTo);

  /** Every way in which a ciphertext can be wrong (security.md C4). */
  const CASES: readonly (readonly [string, string])[] = [
    ['no block', forge({ ciphertext: (octets) => octets.subarray(0, 16) })],
    ['part of a block', forge({ ciphertext: (octets) => octets.subarray(0, -1) })],
    ['nothing', forge({ ciphertext: () => Buffer.alloc(0) })],
    ['padding of 0', forge({ ciphertext: encrypted(Buffer.concat([Buffer.alloc(15, 0x20), Buffer.from([0])]), 0) })],
    ['padding of 17', forge({ ciphertext: encrypted(Buffer.concat([Buffer.alloc(15, 0x20), Buffer.from([17])]), 0) })],
    ['no UTF-8', forge({ ciphertext: encrypted(Buffer.from([0xc3, 0x28])) })],
    ['no XML', forge({ ciphertext: encrypted('<a>') })],
    ['a DTD', forge({ ciphertext: encrypted('<!DOCTYPE a><a/>') })],
    ['an Id that is taken', forge({ ciphertext: encrypted(`<a xmlns:wsu="${WSU}" wsu:Id="action"/>`) })],
    ['another key', forge({ ciphertext: () => encryptCbc(other, Buffer.from('<a/>')) })],
    ['another content', forge({ ciphertext: encrypted('<a/>') })],
    [
      'another MAC',
      forge({
        signature: (xml) =>
          xml.replace(/(SignatureValue>)(.)/, (_, tag: string, c: string) => tag + (c === 'A' ? 'B' : 'A')),
      }),
    ],
    [
      'another digest',
      forge({
        references: (all) =>
          all.map((xml) => xml.replace(/(#body.*<ds:DigestValue>)./, (_, head: string) => `${head}/`)),
      }),
    ],
    [
      'another nonce',
      forge({ security: (all) => all.map((xml) => xml.replace('<wsc:Nonce>IiIi', '<wsc:Nonce>JiIi')) }),
    ],
  ];

  test.each(CASES)('%s: one fault for all, and each counts', (_, message) => {
    const station = stationFor();
    let thrown: unknown;
    try {
      station.message(message);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(GatewayError);
    expect((thrown as GatewayError).code).toMatch(/^wss\.(?:decrypt|digest|signature)$/);
    expect(faultOf(thrown)).toBe(faultOf(new GatewayError('wss.signature', '')));
    expect(JSON.stringify((thrown as GatewayError).details)).not.toMatch(/pen|Amount/);
    expect(station.conversation().failures).toBe(1);
  });

  test('after 20 a conversation is refused unread, and no other one', () => {
    const station = stationFor();
    const broken = CASES.find(([name]) => name === 'another MAC')![1];
    for (let i = 0; i < 20; i++) expect(verdict(station, broken)).toBe('wss.signature');
    expect(verdict(station, forge())).toBe('token.failures');
    expect(station.conversation(1).failures).toBe(0);
  });

  test('a wrong clock and a message sent twice are no failed proofs', () => {
    const station = stationFor();
    expect(verdict(station, forge())).toBe('accepted');
    for (let i = 0; i < 25; i++) expect(verdict(station, forge())).toBe('wss.replay');
    expect(verdict(station, forge({ created: Date.parse('2026-11-25T11:00:00Z') }))).toBe('wss.timestamp');
    expect(station.conversation().failures).toBe(0);
  });
});

describe('what may be as it likes', () => {
  test.each<readonly [string, (children: readonly string[]) => readonly string[]]>([
    ['the Signature before its keys', (all) => [all.at(-1)!, ...all.slice(0, -1)]],
    ['the children in reverse', (all) => [...all].reverse()],
    ['white space and comments between them', (all) => all.flatMap((xml) => ['\n  <!-- c -->', xml])],
  ])('%s', (_, security) => {
    expect(judge({ security })).toBe('accepted');
  });

  test('text between them may not', () => {
    expect(judge({ security: (all) => ['text', ...all] })).toBe('wss.header');
  });

  test('one element signed twice, and elements within the Body signed as well', () => {
    const item = '<i:Item xmlns:i="urn:items" wsu:Id="item">pen</i:Item>';
    const alone = item.replace(' wsu:Id', ` xmlns:wsu="${WSU}" wsu:Id`);
    const content = `<o:Order xmlns:o="urn:orders">${item}</o:Order>`;
    const references = (all: readonly string[]) => [...all, all[0]!, signedReference('item', alone)];
    expect(judge({ content, references })).toBe('accepted');
    const beside = (all: readonly string[]) =>
      [signedReference('item', alone), ...all].filter((xml) => !xml.includes('#body'));
    expect(judge({ ...clear, content, references: beside })).toBe('wss.parts');
  });

  test('names of addressing headers that JavaScript knows', () => {
    const blocks = ['constructor', '__proto__', 'toString'].map((local) => wsaBlock(local, local, 'x'));
    expect(judge({ blocks: (own) => [...own, ...blocks] })).toBe('accepted');
  });

  test.each(['__proto__', 'constructor', 'hasOwnProperty', ''])('but not a key identifier of type %j', (type) => {
    const identifier = `<wsse:KeyIdentifier ValueType="${type}">AAAA</wsse:KeyIdentifier>`;
    const signature = (xml: string) => xml.replace(/<wsse:Reference URI="#dk1"><\/wsse:Reference>/, identifier);
    expect(judge({ signature })).toBe('wss.reference');
  });

  test('the addressing of a message without any', () => {
    const binding = { ...policyFor(clear), signedParts: { body: true, headers: 'none' } } as const;
    expect(judge({ ...clear, blocks: () => [] }, undefined, { binding })).toBe('accepted');
    expect(judge({ ...clear, blocks: () => [] })).toBe('wss.parts');
    expect(forge({ blocks: () => [] })).not.toContain(WSA);
  });
});
