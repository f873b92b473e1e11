import {
  CIPHERS,
  DIGESTS,
  isSuiteName,
  KEY_TRANSPORTS,
  KEY_WRAPS,
  MACS,
  SIGNATURES,
  SUITES,
  type Suite,
} from '../../src/crypto/algorithms.js';

const short = (algorithm: string) => algorithm.slice(algorithm.indexOf('#') + 1);
const list = (algorithms: ReadonlySet<string>) => [...algorithms].map(short).join(' ');

/** name: digest, mac, signature | cipher, key wrap, key transport | octets that encrypt, sign, of a token */
const TABLE: Readonly<Record<string, string>> = {
  Basic256: 'sha1 hmac-sha1 rsa-sha1 | aes256-cbc kw-aes256 rsa-oaep-mgf1p | 32 24 32',
  Basic256Sha256: 'sha256 hmac-sha256 rsa-sha256 | aes256-cbc kw-aes256 rsa-oaep-mgf1p | 32 24 32',
  Basic256Rsa15: 'sha1 hmac-sha1 rsa-sha1 | aes256-cbc kw-aes256 rsa-1_5 | 32 24 32',
  Basic256Sha256Rsa15: 'sha256 hmac-sha256 rsa-sha256 | aes256-cbc kw-aes256 rsa-1_5 | 32 24 32',
  Basic192: 'sha1 hmac-sha1 rsa-sha1 | aes192-cbc kw-aes192 rsa-oaep-mgf1p | 24 24 24',
  Basic192Sha256: 'sha256 hmac-sha256 rsa-sha256 | aes192-cbc kw-aes192 rsa-oaep-mgf1p | 24 24 24',
  Basic192Rsa15: 'sha1 hmac-sha1 rsa-sha1 | aes192-cbc kw-aes192 rsa-1_5 | 24 24 24',
  Basic192Sha256Rsa15: 'sha256 hmac-sha256 rsa-sha256 | aes192-cbc kw-aes192 rsa-1_5 | 24 24 24',
  Basic128: 'sha1 hmac-sha1 rsa-sha1 | aes128-cbc kw-aes128 rsa-oaep-mgf1p | 16 16 16',
  Basic128Sha256: 'sha256 hmac-sha256 rsa-sha256 | aes128-cbc kw-aes128 rsa-oaep-mgf1p | 16 16 16',
  Basic128Rsa15: 'sha1 hmac-sha1 rsa-sha1 | aes128-cbc kw-aes128 rsa-1_5 | 16 16 16',
  Basic128Sha256Rsa15: 'sha256 hmac-sha256 rsa-sha256 | aes128-cbc kw-aes128 rsa-1_5 | 16 16 16',
  TripleDes: 'sha1 hmac-sha1 rsa-sha1 | tripledes-cbc kw-tripledes rsa-oaep-mgf1p | 24 24 24',
  TripleDesSha256: 'sha256 hmac-sha256 rsa-sha256 | tripledes-cbc kw-tripledes rsa-oaep-mgf1p | 24 24 24',
  TripleDesRsa15: 'sha1 hmac-sha1 rsa-sha1 | tripledes-cbc kw-tripledes rsa-1_5 | 24 24 24',
  TripleDesSha256Rsa15: 'sha256 hmac-sha256 rsa-sha256 | tripledes-cbc kw-tripledes rsa-1_5 | 24 24 24',
  Basic256GCM: 'sha1 hmac-sha1 rsa-sha1 | aes256-gcm kw-aes256 rsa-oaep-mgf1p | 32 24 32',
  Basic256GCMSha256: 'sha256 hmac-sha256 rsa-sha256 | aes256-gcm kw-aes256 rsa-oaep-mgf1p | 32 24 32',
  Basic192GCM: 'sha1 hmac-sha1 rsa-sha1 | aes192-gcm kw-aes192 rsa-oaep-mgf1p | 24 24 24',
  Basic192GCMSha256: 'sha256 hmac-sha256 rsa-sha256 | aes192-gcm kw-aes192 rsa-oaep-mgf1p | 24 24 24',
  Basic128GCM: 'sha1 hmac-sha1 rsa-sha1 | aes128-gcm kw-aes128 rsa-oaep-mgf1p | 16 16 16',
  Basic128GCMSha256: 'sha256 hmac-sha256 rsa-sha256 | aes128-gcm kw-aes128 rsa-oaep-mgf1p | 16 16 16',
};

const describeSuite = (suite: Suite) =>
  [
    [suite.digest, suite.mac, suite.signature].map(short).join(' '),
    [suite.cipher, suite.keyWrap, suite.keyTransport].map(short).join(' '),
    [suite.encryptionKeyLength, suite.signatureKeyLength, suite.tokenKeyLength].join(' '),
  ].join(' | ');

test('the suites are the table', () => {
  expect(Object.fromEntries(Object.values(SUITES).map((suite) => [suite.name, describeSuite(suite)]))).toEqual(TABLE);
  for (const [name, suite] of Object.entries(SUITES)) expect(suite.name).toBe(name);
});

test('each suite accepts its own algorithms, and beyond them two tolerances alone', () => {
  for (const suite of Object.values(SUITES)) {
    const sha256 = suite.name.includes('Sha256');
    expect({
      digests: list(suite.accepts.digests),
      macs: list(suite.accepts.macs),
      signatures: list(suite.accepts.signatures),
      ciphers: list(suite.accepts.ciphers),
      keyTransports: list(suite.accepts.keyTransports),
      keyWraps: list(suite.accepts.keyWraps),
    }).toEqual({
      digests: short(suite.digest),
      macs: sha256 ? 'hmac-sha256 hmac-sha1' : 'hmac-sha1',
      signatures: 'rsa-sha256 rsa-sha1',
      ciphers: short(suite.cipher),
      keyTransports: short(suite.keyTransport),
      keyWraps: short(suite.keyWrap),
    });
  }
});

test('every algorithm of every suite has its row', () => {
  for (const suite of Object.values(SUITES)) {
    for (const digest of suite.accepts.digests) expect(DIGESTS.has(digest)).toBe(true);
    for (const mac of suite.accepts.macs) expect(MACS.has(mac)).toBe(true);
    for (const signature of suite.accepts.signatures) expect(SIGNATURES.has(signature)).toBe(true);
    for (const wrap of suite.accepts.keyWraps) expect(KEY_WRAPS.has(wrap)).toBe(true);
    for (const transport of suite.accepts.keyTransports) expect(KEY_TRANSPORTS.has(transport)).toBe(true);
    expect(CIPHERS.get(suite.cipher)?.keyLength).toBe(suite.encryptionKeyLength);
  }
});

test('what gives something up says so: Triple DES and RSA 1.5, and nothing else', () => {
  const unsafe = Object.values(SUITES).filter((suite) => suite.unsafe !== undefined);
  expect(unsafe.map(({ name }) => name).sort()).toEqual(
    Object.keys(TABLE)
      .filter((name) => name.startsWith('TripleDes') || name.endsWith('Rsa15'))
      .sort(),
  );
  expect(SUITES.TripleDesRsa15.unsafe).toMatch(/Triple DES.*RSA 1\.5/);
});

test.each(['', 'basic256', 'Basic256 ', 'constructor', '__proto__', 'toString', 'Basic512', 'Basic256GCMRsa15'])(
  '%j is no suite',
  (name) => {
    expect(isSuiteName(name)).toBe(false);
    expect((SUITES as Record<string, unknown>)[name]).toBeUndefined();
  },
);

test('a suite cannot be changed', () => {
  expect(Object.isFrozen(SUITES)).toBe(true);
  expect(Object.isFrozen(SUITES.Basic256)).toBe(true);
  expect(Object.isFrozen(SUITES.Basic256.accepts)).toBe(true);
});
