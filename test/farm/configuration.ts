import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config/load.js';
import type { Problem } from '../../src/config/problems.js';
import { generateKeyRing } from '../../src/conversation/key-ring.js';
import { hashPassword } from '../../src/credentials/hash.js';
import { SUITES } from '../../src/crypto/suites.js';
import { GatewayError } from '../../src/errors.js';
import { systemRuntime } from '../../src/runtime.js';
import type { Pki } from '../pki/index.js';
import type { Dialect } from './options.js';
import { cancels, type Scenario } from './scenarios.js';

/** The one user of the interoperability set. */
export const USER = { name: 'alice', password: 'ecilA', groups: ['interop'] } as const;

export interface Configuration {
  /** Path of gateway.yaml. */
  readonly file: string;
  readonly services: readonly string[];
  /** Policies that this gateway does not accept, each with its first problem. */
  readonly leftOut: readonly { readonly name: string; readonly problem: string }[];
}

/**
 * Writes what every node of a farm shares, as an operator would have it: gateway.yaml, a policy a scenario, the key
 * ring, the users. Policies that the gateway refuses are left out.
 *
 * @param upstreams origins
 * @throws GatewayError `config.invalid` if gateway.yaml itself is refused
 */
export async function writeConfiguration(
  directory: string,
  pki: Pki,
  scenarios: readonly Scenario[],
  dialect: Dialect,
  upstreams: readonly string[],
): Promise<Configuration> {
  const policies = join(directory, 'policies');
  mkdirSync(policies, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(directory, name), text, { mode: 0o600 });
  write('farm-keys.json', generateKeyRing(systemRuntime));
  write('users', `${USER.name}:${await hashPassword(USER.password, systemRuntime)}:${USER.groups.join(',')}\n`);
  write('gateway.yaml', stringify(gatewayFile(pki)));
  for (const scenario of scenarios) {
    write(`policies/${scenario.name}.yaml`, stringify(policyFile(scenario, dialect, pki, upstreams)));
  }
  const file = join(directory, 'gateway.yaml');
  const leftOut = removeRefused(file, policies);
  return { file, leftOut, services: readdirSync(policies).map((name) => basename(name, '.yaml')) };
}

function gatewayFile(pki: Pki) {
  return {
    listeners: [{ address: '127.0.0.1', port: 0 }],
    admin: false,
    trustedProxies: ['127.0.0.1/32'],
    farmKeys: { fromFile: 'farm-keys.json' },
    certificates: [
      {
        certificate: join(pki.directory, 'service.pem'),
        privateKey: { fromFile: join(pki.directory, 'service.key') },
      },
    ],
    policies: 'policies',
    watch: { interval: '1s' },
    drain: { delay: '0s', timeout: '5s' },
  };
}

export function policyFile(
  scenario: Scenario,
  dialect: Dialect,
  pki: Pick<Pki, 'directory'>,
  upstreams: readonly string[],
) {
  const { name, binding, credential } = scenario;
  const { versions, suite } = { ...dialect, ...scenario.dialect };
  const anonymousCancel = cancels(scenario) && credential === 'anonymous';
  return {
    // a service's name begins with a letter or a digit
    service: name.replace(/^_/, 'cancel_'),
    match: { path: `/${name}` },
    upstream: { targets: upstreams, path: `/${name}` },
    conversation: {
      versions,
      cancel: cancels(scenario),
      ...(anonymousCancel ? { allowInsecureAnonymousCancel: true } : {}),
      ...scenario.conversation,
    },
    binding: {
      kind: binding,
      algorithmSuite: suite,
      ...(SUITES[suite].unsafe === undefined ? {} : { allowInsecureAlgorithms: true }),
      derivedKeys: scenario.derivedKeys,
      ...(binding === 'transport' ? {} : protection(scenario)),
    },
    bootstrap: [bootstrap(scenario, pki)],
    replyActions: { 'http://xmlsoap.org/Ping': 'http://xmlsoap.org/Ping' },
    identity: { headers: { 'X-Remote-User': '{name}' } },
    // WS-SecurityPolicy has no words for WSE 2's version
    ...(versions.includes('2004-04') ? {} : { wsdl: { soap: ['1.2', '1.1'] } }),
  };
}

function protection({ protectionOrder, encryptSignature }: Scenario) {
  return {
    protectionOrder,
    encryptSignature,
    signedParts: { body: true, headers: 'addressing' },
    encryptedParts: { body: true },
  };
}

/** Says again what the service's binding says, because a bootstrap of another kind inherits the suite alone. */
function bootstrap(scenario: Scenario, pki: Pick<Pki, 'directory'>) {
  const { credential, derivedKeys, encryptSignature } = scenario;
  const binding = scenario.bootstrap?.binding ?? scenario.binding;
  const signature = scenario.bootstrap?.encryptSignature ?? encryptSignature;
  return {
    binding,
    credential,
    ...(binding === 'symmetric' ? { derivedKeys } : {}),
    ...(binding === 'transport' ? {} : protection({ ...scenario, encryptSignature: signature })),
    ...(scenario.bootstrap?.signatureConfirmation ? { signatureConfirmation: true } : {}),
    ...(credential === 'username' ? { users: { file: '../users' } } : {}),
    // Rampart signs the UsernameToken of SignedSupportingTokens without encrypting it
    ...(credential === 'username' && binding !== 'transport' ? { allowInsecurePlaintextPassword: true } : {}),
    ...(credential === 'x509' ? { trust: { file: join(pki.directory, 'ca.pem') } } : {}),
  };
}

/** Takes away the policies that the gateway refuses, as often as it refuses, for one file can hide another's fault. */
function removeRefused(file: string, policies: string): { name: string; problem: string }[] {
  const leftOut: { name: string; problem: string }[] = [];
  for (;;) {
    const problems = problemsOf(file);
    const refused = [...new Set(problems.map((problem) => problem.file))];
    if (refused.length === 0) return leftOut;
    for (const name of refused) {
      const problem = problems.find((each) => each.file === name);
      if (!name.startsWith(policies)) throw new GatewayError('config.invalid', `${name}: ${problem?.message}`);
      leftOut.push({ name: basename(name, '.yaml'), problem: `${problem?.path}: ${problem?.message}` });
      rmSync(name);
    }
  }
}

function problemsOf(file: string): readonly Problem[] {
  try {
    loadConfig(file);
    return [];
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'config.invalid') throw error;
    return error.details.problems as readonly Problem[];
  }
}
