import { constants, createDecipheriv, createPrivateKey, type KeyObject, privateDecrypt } from 'node:crypto';
import { DIGESTS } from '../../src/crypto/algorithms.js';
import { decrypt, encrypt } from '../../src/crypto/cipher.js';
import { mac, verifyMac } from '../../src/crypto/mac.js';
import { decodeOaep, encodeOaep } from '../../src/crypto/oaep.js';
import { unwrapKey } from '../../src/crypto/rsa.js';
import * as uri from '../../src/crypto/uris.js';
import { codeOf } from './code-of.js';
import { readJson, sharedFolder } from './shared.js';

interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly label: string;
}

interface Vectors {
  readonly testGroups: readonly {
    readonly ivSize: number;
    readonly keySize: number;
    readonly tagSize: number;
    readonly privateKeyPkcs8: string;
    readonly tests: readonly Case[];
  }[];
}

const hex = (text: string) => Buffer.from(text, 'hex');

// One case of each kind of our own, so that the wrappers are held where Wycheproof is not at hand.
test('OAEP by our decoding is OAEP by OpenSSL’s rules', () => {
  const sha1 = DIGESTS.get(uri.SHA1)!;
  const label = Buffer.from('label');
  const encoded = encodeOaep(Buffer.from('message'), 128, sha1, sha1, label)!;
  expect(decodeOaep(Buffer.from(encoded), sha1, sha1, label)?.toString()).toBe('message');
  expect(decodeOaep(Buffer.from(encoded), sha1, sha1, Buffer.from('Label'))).toBeUndefined();
  for (let i = 0; i < encoded.length; i++) {
    const flipped = Buffer.from(encoded);
    flipped[i]! ^= 0x80;
    expect(decodeOaep(flipped, sha1, sha1, label)).toBeUndefined();
  }
});

const folder = sharedFolder('vectors/wycheproof');
if (folder !== undefined) {
  const groups = (file: string) => readJson<Vectors>(`${folder}/${file}`).testGroups;

  test.each([
    ['hmac_sha1_test.json', uri.HMAC_SHA1],
    ['hmac_sha256_test.json', uri.HMAC_SHA256],
  ])('%s: a truncated MAC is right but never accepted', (file, algorithm) => {
    for (const group of groups(file)) {
      const whole = group.tagSize / 8 === mac(algorithm, hex('00'), '').length;
      for (const { tcId, key, msg, tag, result } of group.tests) {
        const made = mac(algorithm, hex(key), hex(msg)).subarray(0, group.tagSize / 8);
        expect([tcId, made.toString('hex') === tag]).toEqual([tcId, result === 'valid']);
        expect([tcId, verifyMac(algorithm, hex(key), hex(msg), hex(tag))]).toEqual([tcId, whole && result === 'valid']);
      }
    }
  });

  test('aes_gcm_test.json: XML Encryption has no associated data and 96-bit IVs', () => {
    const algorithms = { 128: uri.AES128_GCM, 192: uri.AES192_GCM, 256: uri.AES256_GCM } as Record<number, string>;
    for (const group of groups('aes_gcm_test.json')) {
      const algorithm = algorithms[group.keySize]!;
      for (const { tcId, key, iv, aad, msg, ct, tag, result } of group.tests) {
        if (group.ivSize !== 96) {
          expect([tcId, codeOf(() => encrypt(algorithm, hex(key), hex(msg), hex(iv)))]).toEqual([tcId, 'crypto.key']);
          continue;
        }
        const data = Buffer.concat([hex(iv), hex(ct), hex(tag)]);
        // With associated data the tag is another one: ours must see that.
        const opens = result === 'valid' && aad === '';
        expect([tcId, codeOf(() => decrypt(algorithm, hex(key), data))]).toEqual([
          tcId,
          opens ? 'none' : 'crypto.decrypt',
        ]);
        if (!opens) continue;
        expect(decrypt(algorithm, hex(key), data).toString('hex')).toBe(msg);
        expect(encrypt(algorithm, hex(key), hex(msg), hex(iv))).toEqual(data);
      }
    }
  });

  // PKCS 5 padding is one of the paddings of XML Encryption (§5.2), which looks at the last octet alone. So: all that is valid
  // opens to the same text; what is invalid is refused unless its last octet is a length that XML Encryption allows.
  test('aes_cbc_pkcs5_test.json by the rule of XML Encryption', () => {
    const algorithms = { 128: uri.AES128_CBC, 192: uri.AES192_CBC, 256: uri.AES256_CBC } as Record<number, string>;
    let accepted = 0;
    for (const group of groups('aes_cbc_pkcs5_test.json')) {
      const algorithm = algorithms[group.keySize]!;
      for (const { tcId, key, iv, msg, ct, result } of group.tests) {
        const data = Buffer.concat([hex(iv), hex(ct)]);
        const padded = rawCbc(`aes-${group.keySize}-cbc`, hex(key), hex(iv), hex(ct));
        const last = padded?.at(-1) ?? 0;
        const opens = last >= 1 && last <= 16;
        expect([tcId, codeOf(() => decrypt(algorithm, hex(key), data))]).toEqual([
          tcId,
          opens ? 'none' : 'crypto.decrypt',
        ]);
        if (result === 'valid') expect(decrypt(algorithm, hex(key), data).toString('hex')).toBe(msg);
        else if (opens) accepted++;
      }
    }
    expect(accepted).toBeGreaterThan(0);
  });

  test('rsa_oaep_2048_sha1_mgf1sha1_test.json through OpenSSL and through our decoding', () => {
    const sha1 = DIGESTS.get(uri.SHA1)!;
    for (const group of groups('rsa_oaep_2048_sha1_mgf1sha1_test.json')) {
      const key = createPrivateKey({ key: hex(group.privateKeyPkcs8), format: 'der', type: 'pkcs8' });
      for (const { tcId, msg, ct, label, result } of group.tests) {
        const open = () => unwrapKey(uri.RSA_OAEP_MGF1P, key, hex(ct), { label: hex(label) });
        expect([tcId, codeOf(open)]).toEqual([tcId, result === 'valid' ? 'none' : 'crypto.decrypt']);
        if (result === 'valid') expect(open().toString('hex')).toBe(msg);
        const block = rawRsa(key, hex(ct));
        if (block === undefined) continue;
        expect([tcId, decodeOaep(block, sha1, sha1, hex(label))?.toString('hex')]).toEqual([
          tcId,
          result === 'valid' ? msg : undefined,
        ]);
      }
    }
  });
}

/** c^d mod n, where c is a number that the key takes. */
function rawRsa(key: KeyObject, ct: Buffer): Buffer | undefined {
  const modulus = Buffer.from(key.export({ format: 'jwk' }).n!, 'base64url');
  if (ct.length !== modulus.length || Buffer.compare(ct, modulus) >= 0) return undefined;
  return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, ct);
}

function rawCbc(cipher: string, key: Buffer, iv: Buffer, ct: Buffer): Buffer | undefined {
  if (ct.length === 0 || ct.length % 16 !== 0) return undefined;
  return createDecipheriv(cipher, key, iv).setAutoPadding(false).update(ct);
}
