import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Binding, ServiceCertificate } from '../../src/config/types.js';
import type { UserStore } from '../../src/credentials/users.js';
import type { SuiteName } from '../../src/crypto/suites.js';
import { sharedFolder } from '../crypto/shared.js';
import { bindingOf, bootstrapOf, serviceOf, transportBinding } from './policies.js';
import { contextOf, createStation, type Station, type StationOptions } from './station.js';

/** A conversation that was recorded between CXF's own client and its own service. */
export interface Recording {
  /** `stack/scenario`. */
  readonly name: string;
  readonly key: Buffer;
  readonly identifier: string;
  readonly message: (file: string) => string;
}

export const COPIED = fileURLToPath(new URL('./cxf', import.meta.url));
/** All scenarios where they are at hand, else those that are copied beside this file. */
export const FOLDER = sharedFolder('protocol/samples/cxf') ?? COPIED;

const STACKS = ['dom', 'stax', 'dom-1.3-soap11-Basic256Sha256'];

export function recordings(folder = FOLDER): Recording[] {
  return STACKS.filter((stack) => existsSync(`${folder}/${stack}`)).flatMap((stack) => {
    const keys = new Map(
      readFileSync(`${folder}/${stack}/keys.txt`, 'utf8')
        .split('\n')
        .map((line) => line.split(' '))
        .filter((fields) => fields.length === 3)
        .map(([name, identifier, key]) => [name!, { identifier: identifier!, key: Buffer.from(key!, 'base64') }]),
    );
    return readdirSync(`${folder}/${stack}`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => ({
        name: `${stack}/${name}`,
        ...keys.get(name)!,
        message: (file: string) => readFileSync(`${folder}/${stack}/${name}/${file}`, 'utf8'),
      }));
  });
}

/** When a message was written. */
export function writtenAt(message: string): number {
  return Date.parse(/Created>([^<]+)</.exec(message)![1]!);
}

const suiteOf = (name: string): SuiteName => (name.includes('Basic256Sha256') ? 'Basic256Sha256' : 'Basic128');

/** What the policy of a scenario says of its messages (names: README of the recordings). */
export function messageBinding(name: string): Binding {
  const scenario = name.split('/')[1]!;
  const suite = suiteOf(name);
  if (scenario.endsWith('OverTransport')) return transportBinding({ suite });
  const isMutual = scenario.startsWith('SecureConversation_');
  const encryptSignature = scenario.endsWith('SEES') || isMutual;
  return bindingOf({
    suite,
    derivedKeys: isMutual || /^_?[AUX]+D/.test(scenario),
    protectionOrder: scenario.endsWith('-ES') ? 'encrypt-before-sign' : 'sign-before-encrypt',
    encryptSignature,
  });
}

function bootstrapBinding(name: string): Binding {
  const binding = messageBinding(name);
  if (name.includes('MutualCertificate10')) return { ...binding, encryptSignature: false };
  return name.endsWith('_X10') ? { ...binding, kind: 'asymmetric' } : binding;
}

const pem = (file: string) => readFileSync(`${FOLDER}/certs/${file}`);

function certificates(): ServiceCertificate[] {
  const privateKey = createPrivateKey(pem('service.key'));
  return [{ certificate: new X509Certificate(pem('service.pem')), chain: [], privateKey }];
}

function credentialOf(name: string): 'anonymous' | 'username' | 'x509' {
  if (/\/_?U|UserName/.test(name)) return 'username';
  return /\/_?X|Mutual/.test(name) ? 'x509' : 'anonymous';
}

/** A Cancel that the DOM client of a scenario sent, under its bootstrap, and what its Body held. */
export function cancelRecordings(): {
  readonly name: string;
  readonly request: string;
  readonly body: string;
  readonly station: Station;
}[] {
  const folder = `${FOLDER}/cancel`;
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((scenario) => {
    const read = (file: string) => readFileSync(`${folder}/${scenario}/${file}`, 'utf8');
    const request = read('request.xml');
    const recording = {
      name: `dom/${scenario}`,
      identifier: 'urn:uuid:none',
      key: Buffer.alloc(32),
      message: () => request,
    };
    return { name: scenario, request, body: read('request-body.txt'), station: stationOf(recording, 'request.xml') };
  });
}

/** A gateway as it would have stood there at the time of the recording. */
export function stationOf(recording: Recording, file: string, withBootstrap = true): Station {
  const now = writtenAt(recording.message(file)) + 1000;
  const { name } = recording;
  const credential = credentialOf(name);
  if (!withBootstrap) return createStation(at(recording, now));
  const bootstrap = bootstrapOf(bootstrapBinding(name), {
    credential,
    users: {} as UserStore,
    trust: credential === 'x509' ? [new X509Certificate(pem('ca.pem'))] : [],
  });
  const station = at(recording, now);
  const service = { ...station.service, bootstrap: [bootstrap] };
  return createStation({ ...station, service, certificates: certificates() });
}

function at({ name, identifier, key }: Recording, now: number): StationOptions {
  const version = name.includes('1.3') ? '1.3' : '2005-02';
  return {
    service: serviceOf(messageBinding(name)),
    now,
    contexts: [contextOf({ identifier, key, version }, now)],
  };
}
