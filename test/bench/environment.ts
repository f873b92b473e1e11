import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeConfiguration } from '../farm/configuration.js';
import { type GatewayNode, startGatewayNode } from '../farm/gateway-node.js';
import type { Dialect } from '../farm/options.js';
import type { Scenario } from '../farm/scenarios.js';
import { pki as openPki, type Pki } from '../pki/index.js';
import { type ServingProcess, startProcess } from './serving-process.js';

/** Derived keys, signed and encrypted, the signature encrypted: what WCF's bindings do by default. */
export const SHAPE = {
  binding: 'symmetric',
  derivedKeys: true,
  protectionOrder: 'sign-before-encrypt',
  encryptSignature: true,
} as const;

const SERVICES: readonly Scenario[] = [
  { name: 'anonymous', credential: 'anonymous', ...SHAPE },
  { name: 'username', credential: 'username', ...SHAPE },
];

/** All processes that are compared, each of its own: what stands in front of one and the same service. */
export interface Environment {
  readonly pki: Pki;
  readonly proxy: ServingProcess;
  /** Issues the tokens of all conversations. */
  readonly issuer: GatewayNode;
  /** Of the same farm: sees every conversation for the first time. */
  readonly gateway: GatewayNode;
  stop(): Promise<void>;
}

/** @param profiles a folder: the gateway that serves messages writes a CPU profile there when it stops */
export async function startEnvironment(profiles: string | undefined): Promise<Environment> {
  const directory = mkdtempSync(join(tmpdir(), 'sct-gateway-bench-'));
  const closing: (() => Promise<void> | void)[] = [() => rmSync(directory, { recursive: true })];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const service = await startProcess('plain-service');
    closing.push(service.stop);
    const proxy = await startProcess('plain-proxy', service.origin);
    closing.push(proxy.stop);
    const pki = await openPki();
    const dialect: Dialect = { versions: ['1.3'], suite: 'Basic256' };
    const { file } = await writeConfiguration(directory, pki, SERVICES, dialect, [service.origin]);
    const node = async (name: string, ...nodeOptions: string[]): Promise<GatewayNode> => {
      const started = await startGatewayNode({ name, config: file, workers: 1, logs: directory, nodeOptions });
      closing.push(started.stop);
      return started;
    };
    const profiling = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
    return { pki, proxy, issuer: await node('issuer'), gateway: await node('gateway', ...profiling), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
