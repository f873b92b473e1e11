import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { oracle } from './oracle.js';
import { FOLDER, messageBinding, recordings, stationOf } from './recordings.js';

const privateKey = createPrivateKey(readFileSync(`${FOLDER}/certs/service.key`));

/** The second opinion is of the gateway's opinion on what others recorded, so that it may judge the gateway's own answers. */
describe.each(recordings().filter(({ name }) => !name.endsWith('OverTransport')))('$name', (recording) => {
  const { identifier, key } = recording;
  const { protectionOrder } = messageBinding(recording.name);

  test.each(['3-request.xml', '4-answer.xml'])('%s', (file) => {
    const message = recording.message(file);
    const opinion = oracle(message, { context: { identifier, key } }, protectionOrder);
    expect(opinion.signed).toEqual(expect.arrayContaining(['Timestamp', 'Action', 'MessageID', 'To', 'Body']));
    const forwarded = stationOf(recording, file, false).forwarded(message);
    const content = /<(?:\w+:)?Ping(?:Request|Response)[\s\S]*<\/(?:\w+:)?Ping(?:Request|Response)>/;
    expect(content.exec(forwarded)![0]).toBe(content.exec(opinion.plain)![0]);
  });

  test('1-rst.xml', () => {
    const rst = recording.message('1-rst.xml');
    const bst = /BinarySecurityToken [^>]*>([^<]*)</.exec(rst)?.[1];
    const publicKey = bst === undefined ? undefined : new X509Certificate(Buffer.from(bst, 'base64')).publicKey;
    const opinion = oracle(rst, { privateKey, publicKey }, protectionOrder);
    expect(opinion.signed).toEqual(expect.arrayContaining(['Timestamp', 'Action', 'Body']));
    expect(opinion.plain).toContain('RequestSecurityToken');
  });
});
