import { createPrivateKey, createSecretKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { KEY_TRANSPORTS, KEY_WRAPS } from '../../src/crypto/algorithms.js';
import { decodeBase64 } from '../../src/crypto/base64.js';
import { decrypt, encrypt } from '../../src/crypto/cipher.js';
import { unwrapSymmetric, wrapSymmetric } from '../../src/crypto/keywrap.js';
import { mac } from '../../src/crypto/mac.js';
import { unwrapKey } from '../../src/crypto/rsa.js';
import * as uri from '../../src/crypto/uris.js';
import { sharedFolder } from './shared.js';

/**
 * The W3C's XML Encryption interoperability documents, read by patterns: this is about octets, not about XML. An EncryptedKey's
 * CipherValue stands before the EncryptedData's where it is nested in its KeyInfo.
 */
interface Encrypted {
  readonly method: string;
  readonly keyName: string | undefined;
  readonly digest: string | undefined;
  readonly label: string | undefined;
  readonly value: Buffer;
}

const attribute = (xml: string, element: string) =>
  new RegExp(`<(?:\\w+:)?${element}[^>]*? Algorithm="([^"]+)"`).exec(xml)?.[1];
const content = (xml: string, element: string) =>
  new RegExp(`<(?:ds:)?${element}(?: [^>]*)?>([^<]*)<`).exec(xml)?.[1]?.trim();

function read(xml: string): Encrypted {
  return {
    method: attribute(xml, 'EncryptionMethod')!,
    keyName: content(xml, 'KeyName'),
    digest: attribute(xml, 'DigestMethod'),
    label: content(xml, 'OAEPparams'),
    value: decodeBase64(content(xml, 'CipherValue')!, 10_000),
  };
}

/** Every EncryptedKey of a document, and the document without them. */
function split(xml: string): { keys: Encrypted[]; rest: string } {
  const pattern = /<EncryptedKey[\s\S]*?<\/EncryptedKey>/g;
  return { keys: (xml.match(pattern) ?? []).map(read), rest: xml.replace(pattern, '') };
}

function sessionKey(
  encrypted: Encrypted,
  keys: Readonly<Record<string, Buffer>>,
  rsa: ReturnType<typeof createPrivateKey>,
): Buffer {
  if (KEY_WRAPS.has(encrypted.method))
    return unwrapSymmetric(encrypted.method, keys[encrypted.keyName!]!, encrypted.value);
  expect(KEY_TRANSPORTS.has(encrypted.method)).toBe(true);
  return unwrapKey(encrypted.method, rsa, encrypted.value, {
    ...(encrypted.digest === undefined ? {} : { digest: encrypted.digest }),
    ...(encrypted.label === undefined ? {} : { label: decodeBase64(encrypted.label, 100) }),
  });
}

test('a document of our own: aes192-cbc under kw-aes256', () => {
  const kek = Buffer.alloc(32, 1);
  const key = Buffer.alloc(24, 2);
  const wrapped = wrapSymmetric(uri.KW_AES256, kek, key).toString('base64');
  const sealed = encrypt(uri.AES192_CBC, key, Buffer.from('<a/>'), Buffer.alloc(16, 3)).toString('base64');
  const { keys, rest } = split(
    `<EncryptedData><EncryptionMethod Algorithm="${uri.AES192_CBC}"/><EncryptedKey><EncryptionMethod Algorithm="${uri.KW_AES256}"/>` +
      `<KeyName>jed</KeyName><CipherValue>${wrapped}</CipherValue></EncryptedKey><CipherValue> ${sealed} </CipherValue></EncryptedData>`,
  );
  expect(unwrapSymmetric(keys[0]!.method, kek, keys[0]!.value)).toEqual(key);
  expect(decrypt(read(rest).method, key, read(rest).value).toString()).toBe('<a/>');
  expect(createSecretKey(key).symmetricKeySize).toBe(24);
});

const phaos = sharedFolder('vectors/xmlenc/phaos-3');
if (phaos !== undefined) {
  const file = (name: string) => readFileSync(`${phaos}/${name}`);
  const rsa = createPrivateKey({ key: file('rsa-priv-key.der'), format: 'der', type: 'pkcs8' });
  const keys: Record<string, Buffer> = {};
  for (const [, name, octets] of file('key.txt')
    .toString()
    .matchAll(/key name = ([\w-]+)\):\s*#-+\s*([0-9a-f\s]+)/g)) {
    keys[name!] = Buffer.from(octets!.replace(/\s/g, ''), 'hex');
  }
  // One document calls the key by another name than key.txt does.
  keys['my-tripledes-key'] = keys['my-3des-key']!;
  const payment = file('payment.xml').toString();
  const card = /<CreditCard[\s\S]*<\/CreditCard>/.exec(payment)![0];
  const expected: Record<string, string> = {
    element: card,
    content: /<CreditCard[^>]*>([\s\S]*)<\/CreditCard>/.exec(card)![1]!,
    text: '4019 2445 0277 5567',
  };
  const squeeze = (xml: string) =>
    xml
      .replace(/ xmlns="[^"]*"/, '')
      .replace(/\s+/g, ' ')
      .trim();

  test('the folder holds what it should', () => {
    expect(Object.keys(keys)).toEqual([
      'my-3des-key',
      'my-aes128-key',
      'my-aes192-key',
      'my-aes256-key',
      'my-tripledes-key',
    ]);
    expect(readdirSync(phaos).filter((name) => name.startsWith('enc-'))).toHaveLength(20);
  });

  test.each(readdirSync(phaos).filter((name) => name.startsWith('enc-')))('phaos-3/%s', (name) => {
    const document = split(file(name).toString());
    const data = read(document.rest);
    const text = decrypt(data.method, sessionKey(document.keys[0]!, keys, rsa), data.value).toString();
    expect(squeeze(text)).toBe(squeeze(expected[name.split('-')[1]!]!));
  });
}

const merlin = sharedFolder('vectors/xmlenc/merlin-five');
if (merlin !== undefined) {
  const file = (name: string) => readFileSync(`${merlin}/${name}`);
  const rsa = createPrivateKey({ key: file('rsa.p8'), format: 'der', type: 'pkcs8' });
  const keys: Record<string, Buffer> = {};
  for (const [, name, text] of file('Readme.txt')
    .toString()
    .matchAll(/^ {3}(\w+) +\|[^|]+\| "(\w+)"/gm))
    keys[name!] = Buffer.from(text!);
  const plain = file('plaintext.xml').toString();
  const expected: Record<string, string> = {
    element: /<PaymentInfo>[\s\S]*<\/PaymentInfo>/.exec(plain)![0],
    content: /<PaymentInfo>([\s\S]*)<\/PaymentInfo>/.exec(plain)![1]!,
    data: file('plaintext.txt').toString(),
  };
  const squeeze = (xml: string) =>
    xml
      .replace(/ xmlns="[^"]*"/, '')
      .replace(/>\s+</g, '><')
      .replace(/ ?\/>/g, '/>')
      .trim();

  test.each(readdirSync(merlin).filter((name) => /^encrypt-.*\.xml$/.test(name)))('merlin-five/%s', (name) => {
    const document = split(file(name).toString());
    const data = read(document.rest);
    // Of two EncryptedKeys one is for someone else.
    const mine = document.keys.find(({ keyName }) => keyName === undefined || keyName in keys);
    const key = mine === undefined ? keys[data.keyName!]! : sessionKey(mine, keys, rsa);
    expect(squeeze(decrypt(data.method, key, data.value).toString())).toBe(squeeze(expected[name.split('-')[1]!]!));
  });

  test.each(['encsig-hmac-sha256-rsa-1_5.xml', 'encsig-hmac-sha256-rsa-oaep-mgf1p.xml'])(
    'merlin-five/%s: the key that made the MAC',
    (name) => {
      const xml = file(name).toString();
      const key = sessionKey(split(xml).keys[0]!, keys, rsa);
      const signedInfo = /<SignedInfo>[\s\S]*<\/SignedInfo>/.exec(xml)![0];
      // Inclusive canonical form by hand: the one namespace in scope, and start-end pairs for empty elements.
      const canonical = signedInfo
        .replace('<SignedInfo>', '<SignedInfo xmlns="http://www.w3.org/2000/09/xmldsig#">')
        .replace(/<(\w+)([^>]*?) ?\/>/g, '<$1$2></$1>');
      expect(mac(uri.HMAC_SHA256, key, canonical).toString('base64')).toBe(
        content(xml.replace(/\n\s*/g, ''), 'SignatureValue'),
      );
    },
  );
}
