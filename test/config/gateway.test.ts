import { loadConfig } from '../../src/config/load.js';
import { createAuthority, type Party } from '../pki/index.js';
import { type Folder, folder, GATEWAY, service } from './folder.js';
import { problemsOf } from './problems-of.js';

let made: Folder;
afterEach(() => made.remove());

/** A gateway.yaml in which one line is another, or one more. */
function gateway(changes: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}): Folder {
  let yaml = GATEWAY.replace(/listeners:\n.*\n/, 'listeners: [{ address: 127.0.0.1, port: 0 }]\n');
  for (const [key, value] of Object.entries(changes)) {
    const line = `${key}: ${value}\n`;
    const old = new RegExp(`^${key}:.*\\n`, 'm');
    yaml = old.test(yaml) ? yaml.replace(old, line) : yaml + line;
  }
  return folder({ 'gateway.yaml': yaml, 'orders.yaml': service('orders'), ...files });
}

test.each([
  [{ listeners: '[]' }, '1:12: listeners: must hold at least 1 entry'],
  [{ listeners: '{ port: 80 }' }, '1:12: listeners: must be a list'],
  [{ listeners: '[{}]' }, '1:13: listeners[0].port: is required'],
  [{ listeners: '[{ port: "80" }]' }, '1:21: listeners[0].port: must be a number'],
  [{ listeners: '[{ port: 80.5 }]' }, '1:21: listeners[0].port: must be a whole number'],
  [{ listeners: '[{ port: -1 }]' }, '1:21: listeners[0].port: must be at least 0'],
  [{ listeners: '[{ port: 65536 }]' }, '1:21: listeners[0].port: must be at most 65535'],
  [
    { listeners: '[{ port: 80, adress: x }]' },
    '1:25: listeners[0].adress: unknown key "adress"; did you mean "address"?',
  ],
  [{ listeners: '[{ port: 80, address: "" }]' }, '1:34: listeners[0].address: must have at least 1 character'],
  [{ listeners: '[{ port: 80 }, { port: 80 }]' }, '1:27: listeners[1]: 0.0.0.0:80 is already listened on'],
  [
    { listeners: '[{ address: 127.0.0.1, port: 9090 }]', admin: '{}' },
    '2:8: admin: 127.0.0.1:9090 is already listened on',
  ],
  [{ admin: 'true' }, '2:8: admin: must be false or a map with address and port'],
  [{ admin: '{ prot: 1 }' }, '2:10: admin.prot: unknown key "prot"; did you mean "port"?'],
  [{ trustedProxies: '10.0.0.0/8' }, '4:17: trustedProxies: must be a list'],
  [{ trustedProxies: '[everyone]' }, /^4:18: trustedProxies\[0\]: must be an address or a CIDR block/],
  [{ trustedProxies: '[10.0.0.0/33]' }, /^4:18: trustedProxies\[0\]: must be an address or a CIDR block/],
  [{ trustedProxies: '["fd00::/129"]' }, /^4:18: trustedProxies\[0\]: must be an address or a CIDR block/],
  [{ trustedProxies: '[10.0.0.0/]' }, /^4:18: trustedProxies\[0\]: must be an address or a CIDR block/],
  [{ limits: '{ body: 1 }' }, '6:17: limits.body: must be a size such as 512B, 64KiB or 1MiB'],
  [{ limits: '{ body: 512B }' }, '6:17: limits.body: must be between 1KiB and 256MiB'],
  [{ limits: '{ xml: { depth: 1000 } }' }, '6:25: limits.xml.depth: must be at most 256'],
  [{ limits: '{ security: { signatures: 0 } }' }, '6:35: limits.security.signatures: must be at least 1'],
  [{ timeouts: '{ idle: 75 }' }, '6:19: timeouts.idle: must be a duration such as 500ms, 30s or 1h30m'],
  [{ timeouts: '{ response: 2h }' }, '6:23: timeouts.response: must be between 1s and 1h'],
  [{ timeouts: '' }, '6:1: timeouts: must be a map'],
  [{ log: 'debug' }, '6:6: log: must be a map'],
  [{ workers: '0' }, '6:10: workers: must be at least 1'],
  [{ workers: '1.5' }, '6:10: workers: must be a whole number'],
  [{ cache: '{ conversations: 0 }' }, '6:25: cache.conversations: must be at least 1'],
  [{ drain: '{ delay: 11m }' }, '5:17: drain.delay: must be between 0s and 10m'],
  [
    { authentication: '{ concurency: 2 }' },
    '6:19: authentication.concurency: unknown key "concurency"; did you mean "concurrency"?',
  ],
  [{ constructor: '1' }, '6:1: constructor: unknown key "constructor"'],
])('%j', (changes, problem) => {
  made = gateway(changes as Record<string, string>);
  const expected = typeof problem === 'string' ? `gateway.yaml:${problem}` : expect.stringMatching(problem);
  const problems = problemsOf(made).map((text) =>
    typeof problem === 'string' ? text : text.replace('gateway.yaml:', ''),
  );
  expect(problems).toEqual([expected]);
});

test('a file that is no map', () => {
  made = folder({ 'gateway.yaml': '- a\n' });
  expect(problemsOf(made)).toEqual(['gateway.yaml:1:1: must be a map']);
});

test('two listeners may share a port 0', () => {
  made = gateway({ listeners: '[{ port: 0 }, { port: 0 }]' });
  expect(loadConfig(made.file).listeners).toHaveLength(2);
});

describe('keys and certificates', () => {
  let ours: Party;
  let other: Party;
  let expired: Party;
  let early: Party;
  beforeAll(async () => {
    const authority = await createAuthority({ commonName: 'CA' });
    ours = await authority.issue({ commonName: 'localhost' });
    other = await authority.issue({ commonName: 'other' });
    expired = await authority.issue({
      commonName: 'old',
      notBefore: Date.UTC(2020, 0, 1),
      notAfter: Date.UTC(2021, 0, 2),
    });
    early = await authority.issue({
      commonName: 'early',
      notBefore: Date.UTC(2090, 4, 1),
      notAfter: Date.UTC(2091, 0, 1),
    });
  });

  const tls = (more = ''): Record<string, string> => ({
    listeners: `[{ address: 127.0.0.1, port: 0, tls: { certificate: tls.pem, privateKey: { fromFile: tls.key }${more} } }]`,
  });
  const pair = ({ certificate, privateKey }: Party): Record<string, string> => ({
    'tls.pem': certificate,
    'tls.key': privateKey,
  });

  test('a pair', () => {
    made = gateway(tls(), pair(ours));
    expect(loadConfig(made.file).listeners[0]?.tls).toMatchObject({ minVersion: 'TLSv1.2', clientCertificate: 'none' });
    expect(JSON.stringify(loadConfig(made.file).listeners)).not.toContain('PRIVATE KEY');
  });

  test('what is between a certificate and its root is kept', () => {
    made = gateway(tls(), { ...pair(ours), 'tls.pem': ours.certificate + other.certificate });
    const pem = loadConfig(made.file).listeners[0]?.tls?.certificate.toString() ?? '';
    expect(pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  });

  const at = 'gateway.yaml:1';
  test.each([
    [
      'no certificate',
      () => ({ 'tls.pem': 'no\n' }),
      `${at}:64: listeners[0].tls.certificate: tls.pem holds no PEM certificate`,
    ],
    [
      'a broken one',
      () => ({ 'tls.pem': ours.certificate.replace(/\n.{20}/, '\nAAAA') }),
      `${at}:64: listeners[0].tls.certificate: certificate 1 of the file is not valid`.replace(
        ': cert',
        ': tls.pem cert',
      ),
    ],
    [
      'no key',
      () => ({ 'tls.key': 'no\n' }),
      `${at}:85: listeners[0].tls.privateKey: the private key holds no PEM private key`,
    ],
    [
      'a key with a passphrase',
      () => ({ 'tls.key': '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n' }),
      `${at}:85: listeners[0].tls.privateKey: the private key is protected by a passphrase, which is not supported`,
    ],
    [
      "another's key",
      () => ({ 'tls.key': other.privateKey }),
      `${at}:85: listeners[0].tls.privateKey: the private key is not the key of the certificate`,
    ],
  ])('%s', (_, files, problem) => {
    made = gateway(tls(), { ...pair(ours), ...files() });
    expect(problemsOf(made)).toEqual([problem]);
  });

  test.each([
    [', clientCertificate: required', 'clientCertificate: needs clientTrust: issuers of the certificates to accept'],
    [', clientTrust: tls.pem', 'clientTrust: has no meaning while clientCertificate is none'],
    [', minVersion: TLSv1.1', 'minVersion: must be one of TLSv1.2, TLSv1.3'],
    [', clientCertificate: optional, clientTrust: no.pem', 'clientTrust: no.pem does not exist'],
  ])('%s', (more, problem) => {
    made = gateway(tls(more), pair(ours));
    expect(problemsOf(made)).toEqual([expect.stringMatching(/^gateway\.yaml:1:\d+: listeners\[0\]\.tls\./)]);
    expect(problemsOf(made)[0]).toContain(`tls.${problem}`);
  });

  test.each([
    ['expired', () => expired, 'certificate O=interop, CN=old expired on 2021-01-02'],
    ['not yet valid', () => early, 'certificate O=interop, CN=early is not valid before 2090-05-01'],
  ])('a certificate that is %s is a warning', (_, party, warning) => {
    made = gateway(tls(), pair(party()));
    expect(loadConfig(made.file).warnings.map((text) => text.replace(`${made.path}/`, ''))).toEqual([
      `${at}:64: listeners[0].tls.certificate: ${warning}`,
    ]);
  });

  test('clients encrypt for RSA keys', () => {
    const EC = {
      'ec.pem': EC_CERTIFICATE,
      'ec.key': EC_KEY,
    };
    made = gateway({ certificates: '[{ certificate: ec.pem, privateKey: { fromFile: ec.key } }]' }, EC);
    expect(problemsOf(made)).toEqual([
      'gateway.yaml:6:51: certificates[0].privateKey: the private key must be an RSA key',
    ]);
  });
});

/** Made with `openssl ecparam -genkey -name prime256v1` and `openssl req -x509 -days 36500 -subj /CN=ec`. */
const EC_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBcDCCARegAwIBAgIUW25nUP4vK0LSpUrHjame/QOTMT8wCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCZWMwIBcNMjYxMTI1MjA0MDQxWhgPMjEyNjExMDEyMDQwNDFa
MA0xCzAJBgNVBAMMAmVjMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEuSHhjcYX
F9uk3QwPuBNFjCqxlpN9PWU7JeaUOCIZePVb5ahwT4b7+wqBpdSpvpHpJ+bxNW4E
cy6e5rspoWlQQ6NTMFEwHQYDVR0OBBYEFIxLQdi9FuyTnO6MrCtvf/L82glqMB8G
A1UdIwQYMBaAFIxLQdi9FuyTnO6MrCtvf/L82glqMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDRwAwRAIgVaVC6/24IcBVsWz52W5EwMmo8sOHiQbOmNwtHb4Z
JSICIBFF8Vk7u7c0hD1hWpM/qUhZI3DrFXjx4QjT/x+jkJ2j
-----END CERTIFICATE-----
`;
const EC_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgBJsmKhuk+TkCqeky
3OwLtOktQ/nY0nWIFpTxc6jQP9ChRANCAAS5IeGNxhcX26TdDA+4E0WMKrGWk309
ZTsl5pQ4Ihl49VvlqHBPhvv7CoGl1Km+kekn5vE1bgRzLp7muymhaVBD
-----END PRIVATE KEY-----
`;
