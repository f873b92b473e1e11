import { constants, createHash, createPrivateKey, publicEncrypt, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  derivedToken,
  encryptedData,
  forge,
  IDENTIFIER,
  KEY,
  NOW,
  referenceTo,
  signedReference,
} from '../wss/forge.js';
import { judge, policyFor, verdict } from '../wss/forged.js';
import { derive, encryptCbc } from '../wss/keys.js';
import { DS, RSA_OAEP, THUMBPRINT_SHA1, WSSE, XENC } from '../wss/names.js';
import { serviceOf } from '../wss/policies.js';
import { COPIED } from '../wss/recordings.js';
import { contextOf, createStation } from '../wss/station.js';

const pem = (file: string) => readFileSync(`${COPIED}/certs/${file}`);
const certificate = new X509Certificate(pem('service.pem'));
const SECRET = Buffer.alloc(32, 0x55);
const NONCE = Buffer.alloc(16, 3);

const encryptedKey = (() => {
  const wrapped = publicEncrypt(
    { key: certificate.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
    SECRET,
  );
  const thumbprint = createHash('sha1').update(certificate.raw).digest('base64');
  return (
    `<xenc:EncryptedKey xmlns:xenc="${XENC}" Id="ek"><xenc:EncryptionMethod Algorithm="${RSA_OAEP}"></xenc:EncryptionMethod><ds:KeyInfo xmlns:ds="${DS}">` +
    `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:KeyIdentifier ValueType="${THUMBPRINT_SHA1}">${thumbprint}</wsse:KeyIdentifier>` +
    `</wsse:SecurityTokenReference></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>${wrapped.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>`
  );
})();

describe('the key that encrypts', () => {
  const station = (derived = true) =>
    createStation({
      service: serviceOf(policyFor({ derived })),
      now: NOW,
      contexts: [contextOf({ identifier: IDENTIFIER, key: KEY }, NOW)],
      certificates: [{ certificate, chain: [], privateKey: createPrivateKey(pem('service.key')) }],
    });

  test('is of the token that signs, and not of an EncryptedKey that anybody can make', () => {
    const message = forge({
      plaintext: (text) => text,
      ciphertext: () =>
        encryptCbc(
          derive(SECRET, NONCE, 32),
          Buffer.from('<o:Order xmlns:o="urn:orders"><o:Item>pen</o:Item><o:Amount>100</o:Amount></o:Order>'),
        ),
      security: (children) => [encryptedKey, derivedToken('dk3', referenceTo('#ek'), 32, NONCE), ...children],
      document: (text) => text.replace(/URI="#dk2"(?![\s\S]*URI="#dk2")/, 'URI="#dk3"'),
    });
    expect(message).toContain('URI="#dk3"');
    expect(verdict(station(), message)).toBe('wss.parts');
  });

  test("is derived where the signing one is: the token's own key is not", () => {
    const message = forge({
      ciphertext: () =>
        encryptCbc(
          KEY,
          Buffer.from('<o:Order xmlns:o="urn:orders"><o:Item>pen</o:Item><o:Amount>100</o:Amount></o:Order>'),
        ),
      document: (text) => text.replace(/URI="#dk2"(?![\s\S]*URI="#dk2")/, 'URI="#sct"'),
    });
    expect(verdict(station(), message)).toBe('wss.parts');
  });

  test('and the signature may not be under an EncryptedKey at all', () => {
    const message = forge({
      security: (children) =>
        [encryptedKey, ...children].map((xml) => xml.replace(/(wsu:Id="dk1".*?URI=")#sct/, '$1#ek')),
      signingKey: derive(SECRET, Buffer.alloc(16, 0x11), 24),
    });
    expect(verdict(station(), message)).toBe('wss.parts');
  });
});

describe('a Body of which only the ciphertext is signed', () => {
  const onlyCiphertext = (document: (text: string) => string) => {
    let octets: Buffer = Buffer.alloc(0);
    return judge({
      order: 'encrypt-before-sign',
      ciphertext: (made) => (octets = made),
      references: (all) => [
        ...all.filter((xml) => !xml.includes('#body')),
        signedReference('ed-body', encryptedData('ed-body', 'Content', octets, '#dk2')),
      ],
      document,
    });
  };

  test('is not signed', () => {
    expect(onlyCiphertext((text) => text)).toBe('wss.parts');
  });

  test('or text beside it would be forwarded that nobody signed', () => {
    expect(onlyCiphertext((text) => text.replace('</s:Body>', 'evil</s:Body>'))).toBe('wss.parts');
    expect(onlyCiphertext((text) => text.replace('<s:Body ', '<s:Body evil="1" '))).toBe('wss.parts');
  });
});
