import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  certificateReference,
  isNamedBy,
  parseCertificate,
  serviceCertificate,
  subjectKeyIdentifier,
  thumbprint,
} from '../../src/wss/certificates.js';
import { nameKey } from '../../src/wss/distinguished-name.js';
import { codeOf } from '../crypto/code-of.js';
import { OPENSSL } from '../openssl.js';
import { ENCRYPTED_KEY_SHA1, THUMBPRINT_SHA1 } from './names.js';
import { COPIED } from './recordings.js';

const file = `${COPIED}/certs/service.pem`;
const certificate = new X509Certificate(readFileSync(file));
const openssl = (...args: string[]) => execFileSync('openssl', args, { encoding: 'utf8' }).trim();
const serial = BigInt(`0x${certificate.serialNumber}`).toString();
const issuer = (name: string, number = serial) =>
  ({ kind: 'issuer-serial', issuer: name, serial: number, node: 0 }) as const;

if (OPENSSL) {
  describe('what openssl says of the certificate', () => {
    test('its thumbprint', () => {
      const printed = openssl('x509', '-in', file, '-noout', '-fingerprint', '-sha1').split('=')[1]!;
      expect(thumbprint(certificate).toString('hex')).toBe(printed.replaceAll(':', '').toLowerCase());
    });

    test('its subject key identifier', () => {
      const printed = openssl('x509', '-in', file, '-noout', '-ext', 'subjectKeyIdentifier').split('\n').at(-1)!;
      expect(subjectKeyIdentifier(certificate)!.toString('hex')).toBe(printed.trim().replaceAll(':', '').toLowerCase());
    });

    test('its issuer, in every order and spelling that openssl has', () => {
      for (const option of ['RFC2253', 'oneline,sep_comma_plus', 'compat,sep_comma_plus_space', 'RFC2253,dn_rev']) {
        const printed = openssl('x509', '-in', file, '-noout', '-issuer', '-nameopt', option).replace(
          /^issuer=\s*/,
          '',
        );
        expect(isNamedBy(certificate, issuer(printed))).toBe(true);
      }
    });
  });
}

describe('issuer and serial number', () => {
  test.each([
    'CN=Interop CA,O=interop',
    'O=interop, CN=Interop CA',
    'o = interop ; cn = "Interop CA"',
    'O=Interop,\nCN=INTEROP CA',
    'CN=Interop  CA+O=interop',
  ])('%j names it', (name) => expect(isNamedBy(certificate, issuer(name))).toBe(true));

  test.each([
    'CN=Interop CA',
    'CN=Interop CA,O=interop,C=DE',
    'CN=Interop,O=CA',
    'CN=Interop CA,O=interop,O=interop',
    'CN=Interop CA\\,O=interop',
    '"CN=Interop CA,O=interop"',
    '',
  ])('%j does not', (name) => expect(isNamedBy(certificate, issuer(name))).toBe(false));

  test.each([
    `${serial}0`,
    '0',
    '-1',
    `0x${certificate.serialNumber}`,
    certificate.serialNumber,
    '',
    ' ',
    `${serial}.0`,
    '1e3',
    '9'.repeat(61),
  ])('the serial number %j does not', (number) =>
    expect(isNamedBy(certificate, issuer('CN=Interop CA,O=interop', number))).toBe(false),
  );

  test('leading zeros of the serial number do not matter', () => {
    expect(isNamedBy(certificate, issuer('CN=Interop CA,O=interop', `00${serial}`))).toBe(true);
  });
});

describe('a distinguished name', () => {
  test.each([
    ['an escaped comma and a quoted one', 'O=Foo\\, Inc.,C=DE', 'C=DE, O="Foo, Inc."'],
    ['a quoted separator of parts', 'CN="a+b;c"', 'CN=a\\+b\\;c'],
    ['an escaped quote', 'CN=\\"x\\"', 'CN=\\22x\\22'],
    ['UTF-8 in hexadecimal', 'O=S\\C3\\B6hne', 'O=Söhne'],
    [
      'an e-mail address by OID',
      `1.2.840.113549.1.9.1=#1605${Buffer.from('a@b.c').toString('hex')},C=DE`,
      'C=DE,E=a@b.c',
    ],
    ['an e-mail address by name', 'EMAILADDRESS=a@b.c', 'E=a@b.c'],
    ['a state', 'S=Bayern', 'ST=Bayern'],
    ['an equals sign in the value', 'OU=a=b', 'ou=a=b'],
    ['a backslash at the end', 'CN=a\\', 'CN=a'],
  ])('%s', (_, one, other) => {
    expect(nameKey(one)).toBe(nameKey(other));
  });

  test.each([
    ['O=Foo\\, Inc.', 'O=Foo,Inc.=x'],
    ['CN=a,O=b', 'CN=a\\,O=b'],
    ['CN="a,O=b"', 'CN=a,O=b'],
    ['CN=a', 'O=a'],
    ['CN=ab', 'CN=a b'],
  ])('%j is not %j', (one, other) => {
    expect(nameKey(one)).not.toBe(nameKey(other));
  });
});

describe('other references', () => {
  const { raw } = certificate;
  test.each([
    ['thumbprint', { kind: 'thumbprint', digest: thumbprint(certificate), node: 0 }, true],
    [
      'a thumbprint of which an octet is missing',
      { kind: 'thumbprint', digest: thumbprint(certificate).subarray(1), node: 0 },
      false,
    ],
    ['no thumbprint', { kind: 'thumbprint', digest: Buffer.alloc(0), node: 0 }, false],
    [
      'subject key identifier',
      { kind: 'subject-key-identifier', identifier: subjectKeyIdentifier(certificate)!, node: 0 },
      true,
    ],
    [
      'the identifier with its DER around it',
      { kind: 'subject-key-identifier', identifier: raw.subarray(raw.indexOf('0603551d0e', 0, 'hex')), node: 0 },
      false,
    ],
    ['an Id', { kind: 'id', id: 'x', node: 0 }, false],
    ['a URI', { kind: 'uri', uri: 'CN=Interop CA', node: 0 }, false],
    ['the digest of an EncryptedKey', { kind: 'encrypted-key-sha1', digest: thumbprint(certificate), node: 0 }, false],
  ] as const)('%s', (_, reference, expected) => {
    expect(isNamedBy(certificate, reference)).toBe(expected);
  });

  test('a BinarySecurityToken that is no certificate', () => {
    for (const octets of [Buffer.alloc(0), Buffer.from('x'), raw.subarray(0, -1)]) {
      expect(codeOf(() => parseCertificate(octets))).toBe('wss.key');
    }
    expect(parseCertificate(raw).raw.equals(raw)).toBe(true);
  });

  test('a certificate that is not ours', () => {
    expect(codeOf(() => serviceCertificate([], () => true))).toBe('wss.key');
    expect(codeOf(() => serviceCertificate([{ certificate } as never], () => false))).toBe('wss.key');
  });

  test('ours, as the client named it', () => {
    expect(certificateReference(certificate, 'subject-key-identifier')).toContain(
      subjectKeyIdentifier(certificate)!.toString('base64'),
    );
    expect(certificateReference(certificate, 'issuer-serial')).toContain(
      `<ds:X509IssuerName>CN=Interop CA,O=interop</ds:X509IssuerName><ds:X509SerialNumber>${serial}<`,
    );
    expect(certificateReference(certificate, 'id')).toContain(
      `ValueType="${THUMBPRINT_SHA1}">${thumbprint(certificate).toString('base64')}<`,
    );
    expect(certificateReference(certificate, 'id')).not.toContain(ENCRYPTED_KEY_SHA1);
  });
});
