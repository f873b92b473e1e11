import { spawnSync } from 'node:child_process';
import type { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRevocationLists, type RevocationList } from '../../src/credentials/revocation.js';
import { authenticateCertificate, type CertificateRules } from '../../src/credentials/x509.js';
import { GatewayError } from '../../src/errors.js';
import { OPENSSL } from '../openssl.js';
import { type Holder, issue, listOf, listPem, type Options, pem, USAGES, x509 } from './certificates.js';
import { START } from './fixtures.js';

const HOUR = 3_600_000;

let root: Holder;
let middle: Holder;
let alice: Holder;
let directory: string;

beforeAll(async () => {
  root = await issue('Root', undefined, { ca: true });
  middle = await issue('Middle', root, { ca: true, pathLength: 0 });
  alice = await issue('alice', middle);
  directory = mkdtempSync(join(tmpdir(), 'x509-test-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const lists = (...ders: readonly Buffer[]): readonly RevocationList[] =>
  ders.flatMap((der) => {
    const parsed = parseRevocationLists(der);
    if (typeof parsed === 'string') throw new Error(parsed);
    return parsed;
  });

interface Case {
  readonly trust: readonly Holder[];
  readonly presented?: readonly Holder[];
  readonly revocation?: readonly Buffer[];
  readonly now?: number;
  readonly name?: CertificateRules['certificateName'];
}

/** The name that is proven, or the reason why none is. */
function outcome(
  holder: Holder,
  { trust, presented = [], revocation = [], now = START, name = 'subject' }: Case,
): string {
  const certificates = (holders: readonly Holder[]): X509Certificate[] => holders.map(({ certificate }) => certificate);
  const rules = { trust: certificates(trust), revocation: lists(...revocation), certificateName: name };
  try {
    return authenticateCertificate(holder.certificate, rules, now, certificates(presented)).name;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    expect(error.code).toBe('auth.failed');
    expect(error.details).toMatchObject({ fingerprint: holder.certificate.fingerprint256 });
    return error.message;
  }
}

/** What OpenSSL says to the same question, with every check of revocation where there are lists. */
function openssl(holder: Holder, { trust, presented = [], revocation = [], now = START }: Case): boolean {
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const result = spawnSync('openssl', [
    'verify',
    '-partial_chain',
    '-purpose',
    'any',
    '-attime',
    String(Math.floor(now / 1000)),
    ...['-CAfile', file('trust.pem', pem(trust))],
    ...(presented.length === 0 ? [] : ['-untrusted', file('presented.pem', pem(presented))]),
    ...(revocation.length === 0
      ? []
      : ['-crl_check_all', '-CRLfile', file('lists.pem', revocation.map(listPem).join(''))]),
    file('holder.pem', pem([holder])),
  ]);
  return result.status === 0;
}

const ALICE = 'O=test, CN=alice';
const NOBODY = 'no trusted issuer has issued the certificate';
const TIME = 'a certificate of the path is not valid at this time';

test('who holds a certificate is its subject, with nothing else', () => {
  const rules = { trust: [middle.certificate], revocation: [], certificateName: 'subject' } as const;
  const principal = authenticateCertificate(alice.certificate, rules, START);
  expect(principal).toEqual({ name: ALICE, method: 'x509', groups: [], claims: {} });
  expect(Object.isFrozen(principal)).toBe(true);
});

describe('a path', () => {
  const cases: [string, () => Promise<[Holder, Case]> | [Holder, Case], string, boolean?][] = [
    ['to its issuer', () => [alice, { trust: [middle] }], ALICE],
    ['over an issuer and a root that are both trusted', () => [alice, { trust: [root, middle] }], ALICE],
    ['over an issuer that came along', () => [alice, { trust: [root], presented: [middle] }], ALICE],
    [
      'over one that came along twice, among others',
      () => [alice, { trust: [root], presented: [alice, middle, middle, root] }],
      ALICE,
    ],
    ['to itself', () => [alice, { trust: [alice] }], ALICE],
    ['to a root that is not told how to get there', () => [alice, { trust: [root] }], NOBODY],
    ['to nothing', () => [alice, { trust: [] }], NOBODY],
    ['to what merely came along', () => [alice, { trust: [], presented: [middle, root] }], NOBODY],
    [
      'to another root of the same name',
      async () => [alice, { trust: [await issue('Root', undefined, { ca: true })], presented: [middle] }],
      NOBODY,
    ],
    [
      'to another issuer of the same name',
      async () => [alice, { trust: [await issue('Middle', root, { ca: true })] }],
      NOBODY,
    ],
    [
      'over one who is no authority',
      async () => [await issue('eve', alice), { trust: [root], presented: [alice, middle] }],
      NOBODY,
    ],
    ['over a trusted one who is no authority', async () => [await issue('eve', alice), { trust: [alice] }], NOBODY],
    [
      'over one with two certificates, of which one leads there',
      async () => {
        const other = await issue('Other', undefined, { ca: true });
        const cross = await issue('Middle', other, { ca: true, keys: middle.keys });
        return [alice, { trust: [root], presented: [cross, middle] }];
      },
      ALICE,
      // OpenSSL takes the first that fits and does not come back for the other
      false,
    ],
    [
      'over one with two certificates, of which one has expired',
      async () => {
        const old = await issue('Middle', root, { ca: true, keys: middle.keys, notAfter: START - HOUR });
        return [alice, { trust: [root], presented: [old, middle] }];
      },
      ALICE,
    ],
    [
      'longer than an issuer allows',
      async () => {
        const below = await issue('Below', middle, { ca: true });
        return [await issue('eve', below), { trust: [root], presented: [middle, below] }];
      },
      'the path is longer than an issuer allows',
    ],
    [
      'of two issuers that each issued the other',
      async () => {
        const keys = (await issue('A', undefined, { ca: true })).keys;
        const b = await issue('B', await issue('A', undefined, { ca: true, keys }), { ca: true });
        const a = await issue('A', b, { ca: true, keys });
        return [await issue('eve', a), { trust: [root], presented: [a, b] }];
      },
      NOBODY,
    ],
  ];

  test.each(cases)('%s', async (_, make, expected, compare = true) => {
    const [holder, given] = await make();
    expect(outcome(holder, given)).toBe(expected);
    if (compare && OPENSSL) expect(openssl(holder, given)).toBe(expected === ALICE);
  });

  test('of endless length is not followed', async () => {
    const chain = [root];
    for (let i = 0; i < 8; i++) chain.push(await issue(`CA ${i}`, chain.at(-1), { ca: true }));
    const holder = await issue('alice', chain.at(-1));
    expect(outcome(holder, { trust: [root], presented: chain })).toBe(NOBODY);
    expect(outcome(holder, { trust: chain.slice(-3) })).toBe(ALICE);
  });
});

describe('a certificate', () => {
  const NOT_TO_SIGN = 'the key of the certificate is not one to sign messages with';
  const CRITICAL = 'a certificate of the path has a critical extension that is not known here';
  const unknown = (critical: boolean) => new x509.Extension('1.2.3.4', critical, new Uint8Array([5, 0]));

  test.each<[string, Options, string]>([
    ['of today', {}, ALICE],
    ['of the last second', { notAfter: START }, ALICE],
    ['that has expired', { notAfter: START - 1000 }, TIME],
    ['of the first second', { notBefore: START }, ALICE],
    ['of tomorrow', { notBefore: START + 1000 }, TIME],
    ['that says nothing of usages', { usages: 0 }, ALICE],
    ['to sign and encrypt', { usages: USAGES.digitalSignature | USAGES.keyEncipherment }, ALICE],
    ['to encrypt alone', { usages: USAGES.keyEncipherment | USAGES.dataEncipherment }, NOT_TO_SIGN],
    ['to sign certificates alone', { usages: USAGES.keyCertSign }, NOT_TO_SIGN],
    ['not to repudiate alone', { usages: USAGES.nonRepudiation }, NOT_TO_SIGN],
    ['with an unknown extension', { more: [unknown(false)] }, ALICE],
    ['with an unknown critical extension', { more: [unknown(true)] }, CRITICAL],
    [
      'with a usage of TLS',
      { more: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth], true)] },
      ALICE,
    ],
    ['with an extension twice', { more: [unknown(false), unknown(false)] }, 'the certificate cannot be read'],
    ['without a subject', { subject: [] }, 'in the certificate, the name is empty'],
    [
      'with an endless subject',
      { subject: [{ CN: ['a'.repeat(300)] }] },
      'in the certificate, the name has more than 256 characters',
    ],
  ])('%s', async (_, options, expected) => {
    expect(outcome(await issue('alice', middle, options), { trust: [middle] })).toBe(expected);
  });

  test.each<[string, Options, string]>([
    ['has expired', { notAfter: START - 1000 }, TIME],
    ['is of tomorrow', { notBefore: START + 1000 }, TIME],
    ['may not issue', { usages: USAGES.digitalSignature | USAGES.cRLSign }, NOBODY],
    ['has name constraints', { more: [new x509.Extension('2.5.29.30', true, new Uint8Array([0x30, 0]))] }, CRITICAL],
  ])('whose issuer %s proves nothing, whether trusted or presented', async (_, options, expected) => {
    const issuer = await issue('Issuer', root, { ca: true, ...options });
    const holder = await issue('alice', issuer);
    expect(outcome(holder, { trust: [root], presented: [issuer] })).toBe(expected);
    expect(outcome(holder, { trust: [issuer] })).toBe(expected);
  });

  test('with a name that would end a line is one name', async () => {
    const holder = await issue('x', middle, { subject: [{ CN: ['alice\nCN=admin, O=a+b'] }] });
    const name = outcome(holder, { trust: [middle] });
    expect(name).not.toContain('\n');
    expect(name).not.toMatch(/(?<!\\), (?:CN|O)=/);
  });
});

describe('revocation', () => {
  const ENDED = 'the revocation list of the issuer has ended';
  const NONE = 'no revocation list of the issuer of the certificate';
  const REVOKED = 'the certificate is revoked';

  const cases: [string, () => Promise<Buffer[]>, string, boolean?][] = [
    [
      'lists of all issuers, which name others',
      async () => [await listOf(root, [alice]), await listOf(middle, [middle])],
      ALICE,
    ],
    ['a list that names the certificate', async () => [await listOf(root, []), await listOf(middle, [alice])], REVOKED],
    ['a list that names its issuer', async () => [await listOf(root, [middle]), await listOf(middle, [])], REVOKED],
    ['no list of the issuer', async () => [await listOf(root, [])], NONE],
    ['no list of the root', async () => [await listOf(middle, [])], NONE],
    [
      'a list that has ended',
      async () => [await listOf(root, []), await listOf(middle, [], { nextUpdate: START - 1000 })],
      ENDED,
    ],
    [
      'a list that ends now',
      async () => [await listOf(root, []), await listOf(middle, [], { nextUpdate: START })],
      ALICE,
      false,
    ],
    [
      'a list of tomorrow',
      async () => [await listOf(root, []), await listOf(middle, [], { thisUpdate: START + 1000 })],
      NONE,
    ],
    [
      'a list that another signed',
      async () => [await listOf(root, []), await listOf(middle, [], { signer: root })],
      NONE,
    ],
    [
      'a list whose signature is broken',
      async () => {
        const list = await listOf(middle, []);
        list[list.length - 3] = (list[list.length - 3] ?? 0) ^ 1;
        return [await listOf(root, []), list];
      },
      NONE,
    ],
  ];

  test.each(cases)('%s', async (_, make, expected, compare = true) => {
    const given: Case = { trust: [root], presented: [middle], revocation: await make() };
    expect(outcome(alice, given)).toBe(expected);
    if (compare && OPENSSL) expect(openssl(alice, given)).toBe(expected === ALICE);
  });

  test('the newest list counts: who was on hold is back, who is named since then is out', async () => {
    const older = { thisUpdate: START - 3 * HOUR };
    const newer = { thisUpdate: START - HOUR };
    const top = await listOf(root, []);
    const given = (revocation: Buffer[]): Case => ({ trust: [root, middle], revocation: [top, ...revocation] });
    expect(outcome(alice, given([await listOf(middle, [alice], older), await listOf(middle, [], newer)]))).toBe(ALICE);
    expect(outcome(alice, given([await listOf(middle, [alice], newer), await listOf(middle, [], older)]))).toBe(
      REVOKED,
    );
  });

  test('a forged newer list does not hide the true one', async () => {
    const eve = await issue('Middle', undefined, { ca: true });
    const revocation = [
      await listOf(root, []),
      await listOf(middle, [alice]),
      await listOf(eve, [], { thisUpdate: START - 1000 }),
    ];
    expect(outcome(alice, { trust: [root, middle], revocation })).toBe(REVOKED);
  });

  test('a list of an issuer that may sign none proves nothing', async () => {
    const issuer = await issue('Issuer', root, { ca: true, usages: USAGES.keyCertSign });
    const holder = await issue('alice', issuer);
    const revocation = [await listOf(root, []), await listOf(issuer, [])];
    expect(outcome(holder, { trust: [root, issuer], revocation })).toBe(NONE);
  });

  test('the last certificate of a path is in nobody’s list: it is trusted as it is', async () => {
    expect(outcome(alice, { trust: [alice], revocation: [await listOf(middle, [alice])] })).toBe(ALICE);
    expect(outcome(alice, { trust: [alice, middle], revocation: [await listOf(middle, [alice])] })).toBe(REVOKED);
  });

  test.each(['01', '7f', '80', '00ff', '0123456789abcdef0123456789abcdef01234567'])(
    'serial number %s is found',
    async (serial) => {
      const holder = await issue('alice', middle, { serial });
      expect(outcome(holder, { trust: [middle], revocation: [await listOf(middle, [holder])] })).toBe(REVOKED);
      expect(outcome(holder, { trust: [middle], revocation: [await listOf(middle, [alice])] })).toBe(ALICE);
    },
  );
});

describe('a file of revocation lists', () => {
  test('holds one in DER, or any number in PEM', async () => {
    const der = await listOf(root, [alice, middle]);
    const parsed = parseRevocationLists(der);
    expect(parsed).toEqual([
      expect.objectContaining({ entries: 2, thisUpdate: START - 24 * HOUR, nextUpdate: START + 24 * HOUR }),
    ]);
    const text = `# lists\n${listPem(der)}\nmore\n${listPem(await listOf(middle, []))}`;
    expect(parseRevocationLists(Buffer.from(text))).toHaveLength(2);
  });

  test.each<[string, () => Promise<Buffer> | Buffer, RegExp | string]>([
    ['nothing', () => Buffer.alloc(0), 'holds no certificate revocation list'],
    ['text', () => Buffer.from('hello'), 'holds no certificate revocation list'],
    ['a certificate', () => Buffer.from(pem([alice])), 'holds no certificate revocation list'],
    ['a certificate in DER', () => alice.certificate.raw, /^revocation list 1 /],
    ['half a list', async () => (await listOf(root, [])).subarray(0, 60), 'revocation list 1 is not valid'],
    ['octets', () => Buffer.from('3003020101', 'hex'), 'revocation list 1 is not valid'],
    ['a SHA-1 signature', async () => listOf(root, [], { hash: 'SHA-1' }), /has signature 1\.2\.840\.10045\.4\.1$/],
    [
      'no next update',
      async () => listOf(root, [], { nextUpdate: null }),
      'revocation list 1 does not say when the next one comes',
    ],
    [
      'a delta',
      async () => listOf(root, [], { extensions: [new x509.Extension('2.5.29.27', true, new Uint8Array([2, 1, 1]))] }),
      /is partial, or has an extension that is not known here \(2\.5\.29\.27\)/,
    ],
    [
      'the list of a part',
      async () => listOf(root, [], { extensions: [new x509.Extension('2.5.29.28', true, new Uint8Array([0x30, 0]))] }),
      /is partial.*2\.5\.29\.28/,
    ],
    [
      'a good list and a bad one',
      async () => Buffer.from(listPem(await listOf(root, [])) + listPem(Buffer.from('3003020101', 'hex'))),
      'revocation list 2 is not valid',
    ],
  ])('is refused with %s', async (_, make, expected) => {
    expect(parseRevocationLists(await make())).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    );
  });
});

describe('a holder’s name', () => {
  const upn = (value: string) => ({ type: 'upn' as const, value });
  const email = (value: string) => ({ type: 'email' as const, value });

  test.each<[CertificateRules['certificateName'], x509.JsonGeneralNames, string]>([
    ['email', [email('alice@example.com')], 'alice@example.com'],
    [
      'email',
      [upn('alice@corp'), { type: 'dns', value: 'example.com' }, email('alice@example.com')],
      'alice@example.com',
    ],
    ['email', [email('a@example.com'), email('b@example.com')], 'the certificate must name one e-mail address'],
    ['email', [upn('alice@corp')], 'the certificate must name one e-mail address'],
    ['email', [email('a@example.com\r\nX: y')], 'in the certificate, the name holds a control character'],
    ['email', [email(' a@example.com')], 'in the certificate, the name begins or ends with white space'],
    ['upn', [upn('alice@corp')], 'alice@corp'],
    ['upn', [email('x@example.com'), upn('Łucja@corp')], 'Łucja@corp'],
    ['upn', [upn('a@corp'), upn('b@corp')], 'the certificate must name one user principal name'],
    ['upn', [email('alice@example.com')], 'the certificate must name one user principal name'],
    ['upn', [upn('')], 'in the certificate, the name is empty'],
    ['subject', [email('alice@example.com')], ALICE],
  ])('by %s of %j is %s', async (name, names, expected) => {
    expect(outcome(await issue('alice', middle, { names }), { trust: [middle], name })).toBe(expected);
  });

  test.each<[CertificateRules['certificateName']]>([['email'], ['upn']])(
    'by %s there is none without alternative names',
    (name) => {
      expect(outcome(alice, { trust: [middle], name })).toMatch(/^the certificate must name one/);
    },
  );

  test.each([
    ['1234', 'O=test, CN=Middle#4660'],
    ['00ff', 'O=test, CN=Middle#255'],
    ['ffffffffffffffffffff', /^O=test, CN=Middle#\d+$/],
  ])('by issuer and serial number %s', async (serial, expected) => {
    const holder = await issue('alice', middle, { serial });
    expect(outcome(holder, { trust: [middle], name: 'issuer-serial' })).toEqual(
      typeof expected === 'string' ? expected : expect.stringMatching(expected),
    );
  });
});
