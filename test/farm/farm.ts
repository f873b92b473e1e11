import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pki as openPki, type Pki } from '../pki/index.js';
import { startUpstream, type Upstream } from '../upstream/index.js';
import { startBalancer } from './balancer.js';
import { type Configuration, writeConfiguration } from './configuration.js';
import { type Fleet, startFleet } from './fleet.js';
import { DEFAULT_DIALECT, type FarmOptions } from './options.js';
import { SCENARIOS } from './scenarios.js';

export { USER } from './configuration.js';
export type { FarmOptions } from './options.js';
export { cancels, SCENARIOS, type Scenario } from './scenarios.js';

/** A farm that runs: plain services, gateway processes in front of them, a balancer in front of those. */
export interface Farm extends Pick<Fleet, 'members' | 'kill' | 'replace' | 'failed'>, Pick<Configuration, 'leftOut'> {
  /** Origins of the balancer; a service is at `/NAME`. */
  readonly http: string;
  readonly https: string;
  /** Names of the scenarios that are served. */
  readonly services: readonly string[];
  /** Path of the nodes' gateway.yaml. */
  readonly config: string;
  readonly pki: Pki;
  readonly upstreams: readonly Upstream[];
  /** Folder of the nodes' logs. */
  readonly logs: string;
  /** Ends every process and takes the temporary files away; `keepLogs` leaves a temporary folder of logs. */
  stop(keepLogs?: boolean): Promise<void>;
}

/** @throws Error if a port is taken, or a node does not start (with its log); nothing is left behind then */
export async function startFarm(options: FarmOptions = {}): Promise<Farm> {
  const { report = () => {}, nodes = 3, workers = 1, upstreams: services = 2, killEvery = 0 } = options;
  const closing: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const directory = mkdtempSync(join(tmpdir(), 'sct-gateway-farm-'));
    closing.push(() => rmSync(directory, { recursive: true }));
    const logs = options.logs ?? mkdtempSync(join(tmpdir(), 'sct-gateway-logs-'));
    mkdirSync(logs, { recursive: true });
    const pki = await openPki(options.certificates);
    const upstreams = await Promise.all(names(services).map((name) => startUpstream({ name })));
    closing.push(async () => void (await Promise.all(upstreams.map((upstream) => upstream.close()))));
    const configuration = await writeConfiguration(
      directory,
      pki,
      options.scenarios ?? SCENARIOS,
      { ...DEFAULT_DIALECT, ...options },
      upstreams.map(({ origin }) => origin),
    );
    for (const { name, problem } of configuration.leftOut) report(`left out ${name}: ${problem}`);
    const fleet = await startFleet(nodes, { config: configuration.file, workers, logs });
    closing.push(fleet.stop);
    const ports = { http: options.http ?? 0, https: options.https ?? 0 };
    const balancer = await startBalancer({ ...ports, tls: pki.tls, order: fleet.order });
    closing.push(balancer.close);
    const assassin = new AbortController();
    const killing = killEvery > 0 ? killInTurn(fleet, killEvery * 1000, assassin.signal, report) : undefined;
    closing.push(() => assassin.abort());
    return {
      http: `http://localhost:${balancer.http}`,
      https: `https://localhost:${balancer.https}`,
      services: configuration.services,
      leftOut: configuration.leftOut,
      config: configuration.file,
      pki,
      upstreams,
      logs,
      members: fleet.members,
      kill: fleet.kill,
      replace: fleet.replace,
      failed: Promise.race([fleet.failed, ...(killing === undefined ? [] : [killing])]),
      stop: async (keepLogs = false) => {
        await stop();
        if (options.logs === undefined && !keepLogs) rmSync(logs, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `upstream-${index + 1}`);
}

/** Goes on until aborted, or until a node does not start, which it resolves with. */
async function killInTurn(
  fleet: Fleet,
  every: number,
  signal: AbortSignal,
  report: (line: string) => void,
): Promise<Error> {
  try {
    for (;;) {
      await wait(every, undefined, { signal });
      const killed = await fleet.kill();
      report(`killed ${killed}`);
      report(`started ${await fleet.replace(killed)}`);
    }
  } catch (error) {
    return error as Error;
  }
}
