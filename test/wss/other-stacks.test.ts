import { existsSync, readFileSync } from 'node:fs';
import { inner } from '../../src/xml/write.js';
import { sharedFolder } from '../crypto/shared.js';
import { verdict } from './forged.js';
import { oracle } from './oracle.js';
import { bindingOf, serviceOf, transportBinding } from './policies.js';
import { cancelRecordings, writtenAt } from './recordings.js';
import { contextOf, createStation } from './station.js';

/** Messages of other stacks, where they are at hand. */
const folder = sharedFolder('protocol/samples');
const read = (file: string) => readFileSync(`${folder}/${file}`, 'utf8');
const present = (files: readonly string[]) =>
  files.filter((file) => folder !== undefined && existsSync(`${folder}/${file}`));

describe('WSS4J 1.6', () => {
  const key = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
  const identifier = 'urn:uuid:00000000-0000-4000-8000-000000000001';
  const stationFor = (message: string, file: string) =>
    createStation({
      service: serviceOf(bindingOf({ encryptSignature: true, signedParts: { body: true, headers: 'none' } })),
      now: writtenAt(message) + 1000,
      contexts: [
        contextOf({ identifier, key, version: file.includes('200512') ? '1.3' : '2005-02' }, writtenAt(message)),
      ],
    });

  test('is there where the samples are', () => {
    expect(present(['wss4j-sct-request-200502.xml', 'wss4j-sct-request-200512.xml'])).toHaveLength(
      folder === undefined ? 0 : 2,
    );
  });

  for (const file of present(['wss4j-sct-request-200502.xml', 'wss4j-sct-request-200512.xml'])) {
    test(`${file} proves itself and opens`, () => {
      const message = read(file).replace(/<x:Cookie[^>]*>[^<]*<\/x:Cookie>/, '');
      const opinion = oracle(message, { context: { identifier, key } }, 'sign-before-encrypt');
      expect(opinion.signed).toEqual(expect.arrayContaining(['Timestamp', 'Body']));
      const content = /<s?o?a?p?:?Body[^>]*>([\s\S]*)<\/soap:Body>/.exec(opinion.plain)![1]!;
      expect(stationFor(message, file).forwarded(message)).toContain(content);
    });

    test(`${file} does not, with another key`, () => {
      const message = read(file);
      const station = createStation({
        service: serviceOf(bindingOf({ encryptSignature: true, signedParts: { body: true, headers: 'none' } })),
        now: writtenAt(message) + 1000,
        contexts: [
          contextOf(
            { identifier, key: Buffer.alloc(32, 1), version: file.includes('200512') ? '1.3' : '2005-02' },
            writtenAt(message),
          ),
        ],
      });
      expect(verdict(station, message)).toBe('wss.decrypt');
    });
  }
});

describe('Layer 7, 2004/04: a label, a generation, an actor of no namespace', () => {
  for (const file of present(['layer7-sct-dkt-request-200404.xml'])) {
    const message = read(file);
    const identifier = /Identifier>([^<]*)</.exec(message)![1]!;
    const now = writtenAt(message) + 1000;
    const stationFor = (key: string) =>
      createStation({
        service: serviceOf(transportBinding({ suite: 'Basic128', derivedKeys: true })),
        now,
        contexts: [contextOf({ identifier, key: Buffer.from(key, 'hex'), version: '2004-04' }, now)],
      });

    test('proves itself over TLS', () => {
      expect(stationFor('a920b1d86ce1e1beb067720468d536a2').forwarded(message)).toContain('<listProducts');
    });

    test('and nothing else does', () => {
      const station = stationFor('a920b1d86ce1e1beb067720468d536a2');
      expect(verdict(stationFor('a920b1d86ce1e1beb067720468d536a3'), message)).toBe('wss.signature');
      expect(
        verdict(station, message.replace('<wssc:Label>WS-SecureConversation<', '<wssc:Label>WS-SecureConversation2<')),
      ).toBe('wss.signature');
      expect(verdict(station, message.replace(/<wssc:Label>.*<\/wssc:Label>/, ''))).toBe('wss.signature');
      expect(verdict(station, message.replace('<wssc:Generation>0<', '<wssc:Generation>1<'))).toBe('wss.signature');
      expect(verdict(station, message.replace('20:21:52.924Z', '20:31:52.924Z'))).toBe('wss.digest');
    });
  }
});

describe("CXF's Cancel, under its bootstrap", () => {
  test.each([
    ...cancelRecordings().map((recording) => [recording.name, recording] as const),
    ['none is left', undefined] as const,
  ])('%s', async (_, recording) => {
    if (recording === undefined) return;
    const { verified } = await recording.station.bootstrap(recording.request);
    const { tree, body } = verified.envelope;
    expect(inner(tree, body).trim()).toBe(recording.body.trim());
  });
});
