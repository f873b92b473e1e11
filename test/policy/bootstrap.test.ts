import {
  constants,
  createHash,
  createHmac,
  createPrivateKey,
  createSign,
  generateKeyPairSync,
  publicEncrypt,
  X509Certificate,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Bootstrap, ServiceCertificate } from '../../src/config/types.js';
import type { UserStore } from '../../src/credentials/users.js';
import { GatewayError } from '../../src/errors.js';
import { pki } from '../pki/index.js';
import {
  bodyXml,
  derivedToken,
  encryptedData,
  NOW,
  type Part,
  referenceList,
  referenceTo,
  signedReference,
  timestampXml,
  wsaBlock,
} from '../wss/forge.js';
import { derive, encryptCbc } from '../wss/keys.js';
import { DS, EXC, HMAC_SHA1, RSA_OAEP, RSA_SHA1, SOAP12, THUMBPRINT_SHA1, WSSE, WSU, XENC } from '../wss/names.js';
import { bindingOf, bootstrapOf, serviceOf, transportBinding } from '../wss/policies.js';
import { COPIED } from '../wss/recordings.js';
import { createStation } from '../wss/station.js';

const pem = (file: string) => readFileSync(`${COPIED}/certs/${file}`);
const certificate = new X509Certificate(pem('service.pem'));
const service: ServiceCertificate = { certificate, chain: [], privateKey: createPrivateKey(pem('service.key')) };

const SECRET = Buffer.alloc(32, 0x55);
const NONCE = { sign: Buffer.alloc(16, 1), encrypt: Buffer.alloc(16, 2) };
const USERNAME = `<wsse:UsernameToken xmlns:wsse="${WSSE}" xmlns:wsu="${WSU}" wsu:Id="ut"><wsse:Username>alice</wsse:Username><wsse:Password>ecilA</wsse:Password></wsse:UsernameToken>`;

interface Options {
  readonly username?: 'signed' | 'unsigned' | 'clear';
  /** Who endorses, over what: the Signature, or something else. */
  readonly endorse?: { readonly key: Buffer | string; readonly certificate: X509Certificate; readonly over?: Part };
  readonly transport?: boolean;
  readonly keyTransport?: string;
  readonly children?: (children: readonly string[]) => readonly string[];
}

function signatureXml(
  id: string,
  method: string,
  references: readonly string[],
  keyInfo: string,
  sign: (info: string) => string,
): string {
  const content = `<ds:CanonicalizationMethod Algorithm="${EXC}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="${method}"></ds:SignatureMethod>${references.join('')}`;
  const value = sign(`<ds:SignedInfo xmlns:ds="${DS}">${content}</ds:SignedInfo>`);
  return `<ds:Signature xmlns:ds="${DS}" Id="${id}"><ds:SignedInfo>${content}</ds:SignedInfo><ds:SignatureValue>${value}</ds:SignatureValue><ds:KeyInfo>${keyInfo}</ds:KeyInfo></ds:Signature>`;
}

/** A request for a token as WCF's …ForCertificate bindings shape it: EncryptedKey, derived keys, endorsed or with a user. */
function request({ username, endorse, transport = false, keyTransport = RSA_OAEP, children }: Options = {}): string {
  const content = '<t:RequestSecurityToken xmlns:t="urn:trust"></t:RequestSecurityToken>';
  const clear = bodyXml(content);
  const timestamp = { id: 'ts', xml: timestampXml('ts', NOW) };
  const blocks = [wsaBlock('action', 'Action', 'urn:trust/RST/SCT'), wsaBlock('message-id', 'MessageID', 'urn:uuid:1')];
  const isRsa15 = keyTransport.endsWith('rsa-1_5');
  const wrapped = publicEncrypt(
    isRsa15
      ? { key: certificate.publicKey, padding: constants.RSA_PKCS1_PADDING }
      : { key: certificate.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
    SECRET,
  );
  const thumbprint = createHash('sha1').update(certificate.raw).digest('base64');
  const encryptedKey =
    `<xenc:EncryptedKey xmlns:xenc="${XENC}" Id="ek"><xenc:EncryptionMethod Algorithm="${keyTransport}"></xenc:EncryptionMethod><ds:KeyInfo xmlns:ds="${DS}">` +
    `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:KeyIdentifier ValueType="${THUMBPRINT_SHA1}">${thumbprint}</wsse:KeyIdentifier></wsse:SecurityTokenReference>` +
    `</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>${wrapped.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>`;
  const encrypt = (id: string, type: 'Content' | 'Element', text: string) =>
    encryptedData(id, type, encryptCbc(derive(SECRET, NONCE.encrypt, 32), Buffer.from(text)), '#dk2');
  const parts = [
    timestamp,
    ...blocks,
    { id: 'body', xml: clear },
    ...(username === 'signed' || username === 'clear' ? [{ id: 'ut', xml: USERNAME }] : []),
  ];
  const signature = signatureXml(
    'signature',
    HMAC_SHA1,
    parts.map(({ id, xml }) => signedReference(id, xml)),
    referenceTo('#dk1'),
    (info) =>
      createHmac('sha1', derive(SECRET, NONCE.sign, 24))
        .update(info)
        .digest('base64'),
  );
  const over = endorse?.over ?? (transport ? timestamp : { id: 'signature', xml: signature });
  const endorsed = endorse && [
    `<wsse:BinarySecurityToken xmlns:wsse="${WSSE}" xmlns:wsu="${WSU}" wsu:Id="bst">${endorse.certificate.raw.toString('base64')}</wsse:BinarySecurityToken>`,
    signatureXml('endorsing', RSA_SHA1, [signedReference(over.id, over.xml)], referenceTo('#bst'), (info) =>
      createSign('RSA-SHA1').update(info).sign(endorse.key, 'base64'),
    ),
  ];
  const isEncrypted = username === 'signed' || username === 'unsigned';
  const symmetric = [
    encryptedKey,
    derivedToken('dk1', referenceTo('#ek'), 24, NONCE.sign),
    derivedToken('dk2', referenceTo('#ek'), 32, NONCE.encrypt),
    referenceList(['ed-body', ...(isEncrypted ? ['ed-ut'] : [])]),
    ...(username === undefined ? [] : [isEncrypted ? encrypt('ed-ut', 'Element', USERNAME) : USERNAME]),
    signature,
  ];
  const all = [
    timestamp.xml,
    ...(transport ? (username === undefined ? [] : [USERNAME]) : symmetric),
    ...(endorsed ?? []),
  ];
  const security = (children?.(all) ?? all).join('');
  const body = transport ? clear : bodyXml(encrypt('ed-body', 'Content', content));
  return `<s:Envelope xmlns:s="${SOAP12}"><s:Header>${blocks.map(({ xml }) => xml).join('')}<wsse:Security xmlns:wsse="${WSSE}">${security}</wsse:Security></s:Header>${body}</s:Envelope>`;
}

const USERS = { credential: 'username', users: {} as UserStore } as const;

async function verdict(
  message: string,
  bootstrap: readonly Bootstrap[],
  others: { secureTransport?: boolean } = {},
): Promise<string> {
  const station = createStation({
    service: serviceOf(bindingOf(), { bootstrap }),
    now: NOW,
    certificates: [service],
    secureTransport: false,
    ...others,
  });
  try {
    const { principal } = await station.bootstrap(message);
    return `${principal.method} ${principal.name}`;
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

const anonymous = bootstrapOf(bindingOf());
const username = bootstrapOf(bindingOf(), USERS);

describe('a request under an EncryptedKey', () => {
  test('of nobody', async () => {
    expect(await verdict(request(), [anonymous])).toBe('anonymous anonymous');
    expect(await verdict(request(), [username])).toBe('wss.parts');
    expect(await verdict(request(), [])).toBe('wss.parts');
  });

  test('of a user, whose token is signed and hidden', async () => {
    expect(await verdict(request({ username: 'signed' }), [username])).toBe('username alice');
    expect(await verdict(request({ username: 'signed' }), [anonymous, username])).toBe('username alice');
    expect(await verdict(request({ username: 'signed' }), [anonymous])).toBe('wss.parts');
  });

  test('whose user nobody signed: it could be put into any request', async () => {
    expect(await verdict(request({ username: 'unsigned' }), [username])).toBe('wss.parts');
  });

  test('whose password is in clear', async () => {
    expect(await verdict(request({ username: 'clear' }), [username])).toBe('wss.parts');
    const named = { ...username, allowInsecurePlaintextPassword: true };
    expect(await verdict(request({ username: 'clear' }), [named])).toBe('username alice');
    expect(await verdict(request({ username: 'clear' }), [username], { secureTransport: true })).toBe('username alice');
  });

  test('under another policy of the service than it says', async () => {
    const strict = bootstrapOf(bindingOf({ encryptSignature: true }), USERS);
    expect(await verdict(request({ username: 'signed' }), [strict])).toBe('wss.parts');
    expect(await verdict(request({ username: 'signed' }), [strict, username])).toBe('username alice');
    const other = bootstrapOf(bindingOf({ protectionOrder: 'encrypt-before-sign' }), USERS);
    expect(await verdict(request({ username: 'signed' }), [other])).toMatch(/^wss\.digest$/);
    expect(await verdict(request({ username: 'signed' }), [other, username])).toBe('username alice');
  });

  test('is held to the key transport, and the suite, of the one policy that it fulfils', async () => {
    const rsa15 = bootstrapOf(bindingOf({ suite: 'Basic256Rsa15' }), USERS);
    const message = request({ username: 'signed', keyTransport: `${XENC}rsa-1_5` });
    expect(await verdict(message, [username])).toBe('wss.algorithm');
    expect(await verdict(message, [rsa15])).toBe('username alice');
    // The other policy admits RSA 1.5 for itself alone.
    expect(await verdict(message, [{ ...rsa15, credential: 'anonymous' }, username])).toBe('wss.algorithm');
    const sha256 = bootstrapOf(bindingOf({ suite: 'Basic256Sha256' }), USERS);
    expect(await verdict(request({ username: 'signed' }), [sha256])).toBe('wss.algorithm');
    expect(await verdict(request({ username: 'signed' }), [sha256, anonymous])).toBe('wss.algorithm');
  });

  test('sent twice', async () => {
    const station = createStation({
      service: serviceOf(bindingOf(), { bootstrap: [anonymous] }),
      now: NOW,
      certificates: [service],
    });
    const message = request();
    await station.bootstrap(message);
    await expect(station.bootstrap(message)).rejects.toMatchObject({ code: 'wss.replay' });
  });

  test('that keeps failing is cut off by its EncryptedKey', async () => {
    const station = createStation({
      service: serviceOf(bindingOf(), { bootstrap: [anonymous] }),
      now: NOW,
      certificates: [service],
    });
    const broken = request().replace(/(<ds:SignatureValue>)../, '$1AA');
    for (let i = 0; i < 20; i++)
      await expect(station.bootstrap(broken)).rejects.toMatchObject({ code: 'wss.signature' });
    await expect(station.bootstrap(broken)).rejects.toMatchObject({ code: 'wss.limit' });
  });
});

describe('an endorsed request', () => {
  let alice: { key: string; certificate: X509Certificate };
  let x509: Bootstrap;
  beforeAll(async () => {
    const found = await pki();
    alice = { key: found.alice.privateKey, certificate: new X509Certificate(found.alice.certificate) };
    x509 = bootstrapOf(bindingOf(), { credential: 'x509', trust: [new X509Certificate(found.ca.certificate)] });
    const valid = Date.parse(alice.certificate.validFrom);
    expect(valid).toBeLessThan(Date.now());
  });

  const at = (message: string, bootstrap: readonly Bootstrap[], secureTransport = false) => {
    // The certificates are of the day of the test, and so the request must be.
    const station = createStation({
      service: serviceOf(bindingOf(), { bootstrap, timestamp: { ttl: 1e12, skew: 1e12, required: true } }),
      now: Date.now(),
      certificates: [service],
      secureTransport,
    });
    return station.bootstrap(message).then(
      ({ principal }) => principal.method,
      (error: unknown) => (error instanceof GatewayError ? error.code : Promise.reject(error)),
    );
  };

  test('is of who signed the Signature', async () => {
    expect(await at(request({ endorse: alice }), [x509])).toBe('x509');
    expect(await at(request({ endorse: alice }), [anonymous])).toBe('wss.parts');
    expect(await at(request(), [x509])).toBe('wss.parts');
  });

  test('is of nobody where the signature is over something else', async () => {
    expect(await at(request({ endorse: { ...alice, over: { id: 'ts', xml: timestampXml('ts', NOW) } } }), [x509])).toBe(
      'wss.parts',
    );
  });

  test('is of nobody where another one holds the certificate', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    expect(await at(request({ endorse: { ...alice, key } }), [x509])).toBe('wss.signature');
  });

  test('is of nobody where its certificate is not trusted', async () => {
    expect(await at(request({ endorse: alice }), [{ ...x509, trust: [certificate] }])).toBe('auth.failed');
  });

  test("is not taken apart: the certificate's signature of one request does not endorse another", async () => {
    const mine = request({ username: 'clear' });
    const endorsing = /<wsse:BinarySecurityToken[\s\S]*Id="endorsing"[\s\S]*?<\/ds:Signature>/.exec(
      request({ endorse: alice }),
    )![0];
    expect(
      await at(
        mine.replace('</wsse:Security>', () => `${endorsing}</wsse:Security>`),
        [x509],
      ),
    ).toBe('wss.digest');
  });

  test('over TLS signs the Timestamp', async () => {
    const overTls = bootstrapOf(transportBinding(), { credential: 'x509', trust: x509.trust });
    const message = request({ transport: true, endorse: alice });
    expect(await at(message, [overTls], true)).toBe('x509');
    expect(await at(message, [overTls], false)).toBe('wss.transport');
    expect(
      await at(
        request({ transport: true, endorse: { ...alice, over: wsaBlock('action', 'Action', 'urn:trust/RST/SCT') } }),
        [overTls],
        true,
      ),
    ).toBe('wss.parts');
  });

  test('over TLS a user needs no signature, but TLS', async () => {
    const overTls = bootstrapOf(transportBinding(), USERS);
    const message = request({ transport: true, username: 'clear' });
    expect(await at(message, [overTls], true)).toBe('username');
    expect(await at(message, [overTls], false)).toBe('wss.transport');
    expect(await at(request({ transport: true }), [overTls], true)).toBe('wss.parts');
  });
});
