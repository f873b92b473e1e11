import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { decrypt } from '../../src/crypto/cipher.js';
import { combineEntropy, deriveKey } from '../../src/crypto/psha1.js';
import { unwrapKey } from '../../src/crypto/rsa.js';
import { RSA_OAEP_MGF1P } from '../../src/crypto/uris.js';
import { sharedFolder } from '../crypto/shared.js';
import { MINUTE, readRequest } from './fixtures.js';

/** Every RST that CXF's client was recorded with, opened with the service's key: all scenarios, both stacks, two versions. */
const folder = sharedFolder('protocol/samples/cxf');

const scenarios: string[] =
  folder === undefined
    ? []
    : ['dom', 'stax', 'dom-1.3-soap11-Basic256Sha256'].flatMap((stack) =>
        readdirSync(`${folder}/${stack}`, { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map((entry) => `${stack}/${entry.name}`),
      );

const base64 = (pattern: RegExp, text: string) => Buffer.from(pattern.exec(text)![1]!, 'base64');

const encryptedKey = /<xenc:EncryptedKey .*<\/xenc:EncryptedKey>/s;
const cipherValue = /<xenc:CipherValue>([^<]*)/;

/** The key that the client made for the exchange; undefined over TLS. */
function secretOf(rst: string, serviceKey: KeyObject): Buffer | undefined {
  const element = encryptedKey.exec(rst)?.[0];
  return element === undefined ? undefined : unwrapKey(RSA_OAEP_MGF1P, serviceKey, base64(cipherValue, element));
}

/** The Body's plaintext, taken apart by hand so that nothing of the proof is needed. */
function bodyOf(message: string, secret: Buffer | undefined): string {
  const body = /<soap:Body[^>]*>(.*)<\/soap:Body>/s.exec(message)![1]!;
  if (secret === undefined) return body;
  const derivedId = /<wsse:Reference [^>]*URI="#([^"]*)"/.exec(body)?.[1];
  const derived = message
    .match(/<wsc:DerivedKeyToken .*?<\/wsc:DerivedKeyToken>/gs)
    ?.find((token) => token.includes(`wsu:Id="${derivedId}"`));
  const key =
    derived === undefined
      ? secret
      : deriveKey(secret, {
          nonce: base64(/Nonce>([^<]*)</, derived),
          offset: Number(/Offset>(\d+)</.exec(derived)![1]),
          length: Number(/Length>(\d+)</.exec(derived)![1]),
        });
  const algorithm = /EncryptionMethod Algorithm="([^"]*)"/.exec(body)![1]!;
  return decrypt(algorithm, key, base64(cipherValue, body)).toString();
}

const message = (scenario: string, name: string) => readFileSync(`${folder}/${scenario}/${name}`, 'utf8');

/** The key of the token, as the client logged it. */
function loggedKey(scenario: string): string | undefined {
  const [stack, name] = scenario.split('/');
  const line = message(stack!, 'keys.txt')
    .split('\n')
    .find((text) => text.startsWith(`${name} `));
  return line?.split(' ')[2];
}

describe('every token request that was recorded', () => {
  test('is there, if any is', () => {
    expect(scenarios).toHaveLength(folder === undefined ? 0 : 43);
  });

  for (const scenario of scenarios) {
    test(`${scenario} is read, and with the answer makes the key that its client used`, () => {
      const serviceKey = createPrivateKey(readFileSync(`${folder}/certs/service.key`));
      const rst = message(scenario, '1-rst.xml');
      const secret = secretOf(rst, serviceKey);
      const request = readRequest(bodyOf(rst, secret), { action: />([^<]*RST\/SCT)</.exec(rst)![1]! });
      expect(request).toMatchObject({ kind: 'issue', keySize: 256, lifetime: 5 * MINUTE });
      expect(request.entropy).toHaveLength(32);
      expect(new URL(request.appliesTo!).pathname).toContain(scenario.split('/')[1]);

      const rstr = message(scenario, '2-rstr.xml');
      // Under a policy of two certificates the answer is encrypted for the client's, whose key is not at hand.
      if (encryptedKey.test(rstr)) return;
      const server = base64(/<wst:BinarySecret[^>]*>([^<]*)</, bodyOf(rstr, secret));
      const key = combineEntropy(request.entropy!, server, 32).toString('base64');
      expect(key).toBe(loggedKey(scenario));
    });
  }
});
