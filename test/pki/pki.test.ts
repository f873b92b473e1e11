import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OPENSSL } from '../openssl.js';
import { createAuthority, type Party, type Pki, pki } from './index.js';

const parties = ['service', 'alice', 'tls'] as const;

describe('the throw-away PKI', () => {
  let root: string;
  let made: Pki;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'pki-test-'));
    made = await pki(join(root, 'certs'));
  });
  afterAll(() => rmSync(root, { recursive: true }));

  test.each(parties)('%s is issued by the authority, and its key is its own', (name) => {
    const ca = new X509Certificate(made.ca.certificate);
    const certificate = new X509Certificate(made[name].certificate);
    expect(ca.ca).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(made[name].privateKey))).toBe(true);
    expect(certificate.subject).toBe(`O=interop\nCN=${name === 'tls' ? 'localhost' : name}`);
    expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
  });

  test('the TLS certificate is for localhost and 127.0.0.1', () => {
    const certificate = new X509Certificate(made.tls.certificate);
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkHost('example.org')).toBeUndefined();
  });

  test('private keys are for the owner alone', () => {
    expect(statSync(join(made.directory, 'service.key')).mode & 0o077).toBe(0);
  });

  test('a second look finds the same, and no draft stays behind', async () => {
    expect(await pki(made.directory)).toEqual(made);
    const [first, second] = await Promise.all([pki(join(root, 'race')), pki(join(root, 'race'))]);
    expect(first).toEqual(second);
    expect(execFileSync('ls', [root], { encoding: 'utf8' }).trim().split('\n')).toEqual(['certs', 'race']);
  });

  test('a folder that lacks a file is not repaired in silence', async () => {
    const broken = join(root, 'race');
    rmSync(join(broken, 'alice.key'));
    await expect(pki(broken)).rejects.toThrow(/alice\.key/);
    expect(existsSync(join(broken, 'alice.key'))).toBe(false);
  });

  if (OPENSSL) {
    test("OpenSSL reads the usages and identifiers of the interoperability set's own certificates", () => {
      const text = execFileSync('openssl', ['x509', '-in', join(made.directory, 'service.pem'), '-noout', '-text'], {
        encoding: 'utf8',
      });
      expect(text).toContain('Digital Signature, Key Encipherment, Data Encipherment');
      const ski = extension(made.service, 'subjectKeyIdentifier');
      const aki = extension(made.service, 'authorityKeyIdentifier');
      expect(ski).toMatch(/^([0-9A-F]{2}:){19}[0-9A-F]{2}$/);
      expect(aki).toBe(extension(made.ca, 'subjectKeyIdentifier'));
      expect(aki).not.toBe(ski);
      const verdict = execFileSync(
        'openssl',
        ['verify', '-x509_strict', '-CAfile', 'ca.pem', 'service.pem', 'alice.pem', 'tls.pem'],
        { cwd: made.directory, encoding: 'utf8' },
      );
      expect(verdict.trim().split('\n')).toEqual(['service.pem: OK', 'alice.pem: OK', 'tls.pem: OK']);
    });
  }

  test('another authority of the same name has not issued them, and can issue what has expired', async () => {
    const other = await createAuthority({ commonName: 'Interop CA' });
    const expired = await other.issue({ commonName: 'alice', notBefore: 0, notAfter: 1000 });
    expect(new X509Certificate(made.alice.certificate).verify(new X509Certificate(other.certificate).publicKey)).toBe(
      false,
    );
    expect(Date.parse(new X509Certificate(expired.certificate).validTo)).toBe(1000);
  });
});

function extension(party: Pick<Party, 'certificate'>, name: string): string {
  const text = execFileSync('openssl', ['x509', '-noout', '-ext', name], {
    input: party.certificate,
    encoding: 'utf8',
  });
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
