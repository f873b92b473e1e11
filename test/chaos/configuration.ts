import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { generateKeyRing } from '../../src/conversation/key-ring.js';
import { hashPassword } from '../../src/credentials/hash.js';
import { systemRuntime } from '../../src/runtime.js';
import { policyFile, USER } from '../farm/configuration.js';
import type { Scenario } from '../farm/scenarios.js';
import type { Pki } from '../pki/index.js';

/** A service, and how many conversations are kept busy with it. */
export interface ChaosService {
  readonly scenario: Scenario;
  readonly conversations: number;
  /** Keys of the policy besides what the scenario says. */
  readonly policy?: Readonly<Record<string, string>>;
}

const WCF = { binding: 'symmetric', derivedKeys: true, protectionOrder: 'sign-before-encrypt' } as const;

export const SERVICES: readonly ChaosService[] = [
  { scenario: { ...WCF, name: 'orders', encryptSignature: true, credential: 'username' }, conversations: 30 },
  {
    scenario: { ...WCF, name: 'prices', encryptSignature: true, credential: 'anonymous' },
    conversations: 40,
    policy: { replay: 'farm', whenStoreIsAway: 'open' },
  },
  {
    scenario: {
      ...WCF,
      name: 'stock',
      encryptSignature: true,
      credential: 'anonymous',
      conversation: { state: 'redis' },
    },
    conversations: 20,
    policy: { whenStoreIsAway: 'open' },
  },
  {
    scenario: {
      name: 'orders-tls',
      binding: 'transport',
      derivedKeys: false,
      protectionOrder: 'sign-before-encrypt',
      encryptSignature: false,
      credential: 'username',
    },
    conversations: 20,
  },
];

/** What all nodes of a farm share, and an operator edits. */
export interface SharedFiles {
  /** Path of gateway.yaml, whose ports come from PORT and ADMIN_PORT. */
  readonly config: string;
  readonly ring: string;
  /** Writes every service's policy, changed by `change`, as one edit. */
  writePolicies(change?: (policy: Record<string, unknown>) => Record<string, unknown>): void;
  /** Puts a text in the place of a shared file as `mv` does: no reader sees half of it. */
  replace(file: string, text: string): void;
}

/** @param upstreams origins */
export async function writeSharedFiles(
  directory: string,
  pki: Pki,
  upstreams: readonly string[],
  redisPort: number,
): Promise<SharedFiles> {
  const policies = join(directory, 'policies');
  mkdirSync(policies);
  const config = join(directory, 'gateway.yaml');
  const ring = join(directory, 'farm-keys.json');
  const replace = (file: string, text: string): void => {
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  const writePolicies: SharedFiles['writePolicies'] = (change = (policy) => policy) => {
    for (const { scenario, policy: more } of SERVICES) {
      const dialect = { versions: ['1.3', '2005-02'], suite: 'Basic256' } as const;
      const { wsdl: _, ...policy } = policyFile(scenario, dialect, pki, upstreams) as Record<string, unknown>;
      replace(join(policies, `${scenario.name}.yaml`), stringify(change({ ...policy, ...more })));
    }
  };
  replace(ring, generateKeyRing(systemRuntime));
  const hash = await hashPassword(USER.password, systemRuntime);
  replace(join(directory, 'users'), `${USER.name}:${hash}:${USER.groups.join(',')}\n`);
  replace(config, stringify(gatewayFile(pki, ring, redisPort)));
  writePolicies();
  return { config, ring, writePolicies, replace };
}

function gatewayFile(pki: Pki, ring: string, redisPort: number) {
  const certificate = (name: 'service') => ({
    certificate: join(pki.directory, `${name}.pem`),
    privateKey: { fromFile: join(pki.directory, `${name}.key`) },
  });
  return {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the gateway's own words for an environment variable
    listeners: [{ address: '127.0.0.1', port: '${PORT}' }],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as above
    admin: { address: '127.0.0.1', port: '${ADMIN_PORT}' },
    trustedProxies: ['127.0.0.1/32'],
    farmKeys: { fromFile: ring },
    certificates: [certificate('service')],
    policies: 'policies',
    redis: { addresses: [`127.0.0.1:${redisPort}`] },
    watch: { interval: '1s' },
    // what the balancer's checks need to notice
    drain: { delay: '3s', timeout: '10s' },
  };
}
