import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { generateKeyRing } from '../../src/conversation/key-ring.js';
import { hashPassword } from '../../src/credentials/hash.js';
import { systemRuntime } from '../../src/runtime.js';
import type { Pki } from '../pki/index.js';

/** A secret that nothing may ever show. */
export const USER = { name: 'alice', password: 'canary-password-5c1f', groups: ['clerks', 'night shift'] } as const;

/** Header blocks of the application that the policies know by name. */
export const APPLICATION = 'urn:example:application';

/** The folder that every node of a test's farm reads, as an operator writes it. */
export interface Farm {
  readonly file: string;
  /** base64url of the farm's one key. */
  readonly farmKey: string;
  remove(): void;
}

type Keys = Readonly<Record<string, unknown>>;

const SYMMETRIC = {
  kind: 'symmetric',
  algorithmSuite: 'Basic256',
  derivedKeys: true,
  protectionOrder: 'sign-before-encrypt',
  encryptSignature: true,
};

const BRIEF = { lifetime: '10m', renewUntil: '10m' };

/** What differs from `orders`; every service is at the path of its name. Nobody listens where `abandoned` leads. */
const SERVICES: Readonly<Record<string, Keys>> = {
  orders: {},
  invoices: {
    addressing: 'forward',
    unsignedHeaders: [`{${APPLICATION}}Tracking`],
    conversation: { versions: ['1.3', '2005-02'], allowInsecureAnonymousCancel: true },
  },
  archive: { conversation: { versions: ['1.3'], ...BRIEF }, limits: { body: '32KiB' } },
  // signed alone: what is moved here is no ciphertext, and only where it stands tells that it is not proven
  ledger: {
    binding: { ...SYMMETRIC, encryptSignature: false, encryptedParts: { body: false } },
    bootstrap: ['sealed'],
  },
  brief: { conversation: BRIEF },
  vintage: {
    conversation: { versions: ['2004-04'] },
    binding: { ...SYMMETRIC, algorithmSuite: 'Basic128Rsa15', allowInsecureAlgorithms: true },
    bootstrap: ['username'],
  },
  abandoned: { upstream: 'http://127.0.0.1:1' },
  odd: {},
  secured: {
    binding: { kind: 'transport', algorithmSuite: 'Basic256' },
    bootstrap: ['username', 'x509'],
  },
};

/** `signatureConfirmation` is asked for where WCF's …ForCertificate bindings ask for it. */
const ANONYMOUS = { credential: 'anonymous', signatureConfirmation: true };

function bootstraps(pki: Pki): Readonly<Record<string, Keys>> {
  return {
    anonymous: ANONYMOUS,
    sealed: { ...ANONYMOUS, encryptSignature: true, encryptedParts: { body: true } },
    username: { credential: 'username', users: { file: 'users' } },
    x509: { credential: 'x509', trust: { file: join(pki.directory, 'ca.pem') } },
  };
}

/** @param targets origins: of the one upstream, and of the one of `odd` */
export async function writeFarm(
  pki: Pki,
  targets: { readonly upstream: string; readonly odd: string },
  gateway: Keys = {},
): Promise<Farm> {
  const path = mkdtempSync(join(tmpdir(), 'sct-gateway-pipeline-'));
  const write = (name: string, text: string): void => writeFileSync(join(path, name), text, { mode: 0o600 });
  const ring = generateKeyRing(systemRuntime);
  const hash = await hashPassword(USER.password, systemRuntime, { N: 2 ** 14, r: 8, p: 1 });
  write('farm-keys.json', ring);
  write('users', `${USER.name}:${hash}:${USER.groups.join(',')}\nbob:${hash}\n`);
  write(
    'jwt.key',
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
  const privateKey = { fromFile: join(pki.directory, 'service.key') };
  const base = {
    listeners: [{ address: '127.0.0.1', port: 0 }],
    admin: { port: 0 },
    trustedProxies: ['127.0.0.1'],
    farmKeys: { fromFile: 'farm-keys.json' },
    certificates: [{ certificate: join(pki.directory, 'service.pem'), privateKey }],
    policies: '*.service.yaml',
    timeouts: { response: '1s' },
    authentication: { userFailures: 3, addressFailures: 1000, refill: '1h' },
    drain: { delay: '0s', timeout: '2s' },
  };
  write('gateway.yaml', stringify({ ...base, ...gateway }));
  for (const [service, differing] of Object.entries(SERVICES)) {
    const { bootstrap = ['anonymous', 'username', 'x509'], upstream, ...rest } = differing;
    const target = upstream ?? (service === 'odd' ? targets.odd : targets.upstream);
    const policy = {
      service,
      match: { path: `/${service}` },
      upstream: { targets: [target], path: '/legacy.asmx', health: { passive: { maxFails: 0 } } },
      binding: SYMMETRIC,
      bootstrap: (bootstrap as string[]).map((name) => bootstraps(pki)[name]),
      identity: {
        headers: { 'X-Remote-User': '{name}', 'X-Remote-Groups': '{groups}' },
        jwt: { header: 'X-Identity-Assertion', audience: service, lifetime: '60s', key: { fromFile: 'jwt.key' } },
      },
      ...rest,
    };
    write(`${service}.service.yaml`, stringify(policy));
  }
  return {
    file: join(path, 'gateway.yaml'),
    farmKey: (JSON.parse(ring) as { keys: [{ k: string }] }).keys[0].k,
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
