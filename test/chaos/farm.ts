import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Conversation, openConversation } from '../client/conversation.js';
import { party } from '../client/party.js';
import { DEFAULT_SHAPE } from '../client/shape.js';
import { USER } from '../farm/configuration.js';
import { pki as openPki, type Pki } from '../pki/index.js';
import { startUpstream, type Upstream } from '../upstream/index.js';
import { SERVICES, type SharedFiles, writeSharedFiles } from './configuration.js';
import { startHaproxy } from './haproxy.js';
import { freePorts, openPlace, type Place } from './places.js';
import { type Redis, startRedis } from './redis.js';
import { createTellingTransport } from './transport.js';

/** A plain service at a port of its own, which can be killed and started again. */
export interface Machine {
  readonly name: string;
  /** Every text that it was asked with, its earlier lives included. */
  readonly asked: readonly string[];
  /** From now on it takes so many milliseconds for an answer. */
  delay(milliseconds: number): void;
  kill(): Promise<void>;
  start(): Promise<void>;
}

export interface ChaosFarm {
  readonly places: readonly Place[];
  readonly machines: readonly Machine[];
  readonly redis: Redis;
  readonly files: SharedFiles;
  readonly logs: string;
  /** One of each service's, in turn. */
  openConversations(): Promise<Conversation[]>;
  /** @param keepLogs leaves the folder of logs, for whoever asks what went wrong */
  stop(keepLogs: boolean): Promise<void>;
}

const NODES = ['gateway-1', 'gateway-2', 'gateway-3'] as const;
const MACHINES = ['service-1', 'service-2', 'service-3'] as const;
const REMEMBERED = 1_000_000;
/** At once: each costs a password's proof or an RSA decryption. */
const OPENING = 4;

/** Three gateway processes behind HAProxy as deploy/haproxy has it, and plain services behind them. */
export async function startChaosFarm(): Promise<ChaosFarm> {
  const closing: (() => Promise<void> | void)[] = [];
  const logs = mkdtempSync(join(tmpdir(), 'sct-gateway-chaos-'));
  const stop = async (keepLogs: boolean): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
    if (!keepLogs) rmSync(logs, { recursive: true });
  };
  try {
    const directory = join(logs, 'shared');
    mkdirSync(directory);
    const pki = await openPki();
    const ports = await freePorts(MACHINES.length + 2 * NODES.length + 4);
    const machines = await Promise.all(MACHINES.map((name) => openMachine(name, ports.pop()!)));
    closing.push(async () => void (await Promise.all(machines.map((machine) => machine.kill()))));
    const origins = machines.map(({ port }) => `http://127.0.0.1:${port}`);
    const redis = await startRedis(ports.pop()!, logs);
    closing.push(redis.stop);
    const files = await writeSharedFiles(directory, pki, origins, redis.port);
    const places: Place[] = [];
    closing.push(async () => void (await Promise.all(places.map(({ node }) => node.stop()))));
    for (const name of NODES) {
      const nodeLogs = join(logs, name);
      mkdirSync(nodeLogs);
      places.push(await openPlace(name, [ports.pop()!, ports.pop()!], { config: files.config, logs: nodeLogs }));
    }
    const [http = 0, https = 0, numbers = 0] = ports;
    const haproxy = await startHaproxy({ directory: logs, tls: pki.tls, http, https, numbers, places });
    closing.push(haproxy.stop);
    const transport = createTellingTransport({ ca: pki.ca.certificate, connections: 64 });
    closing.push(() => transport.close());
    const origin = { symmetric: `http://localhost:${http}`, transport: `https://localhost:${https}` };
    return { places, machines, redis, files, logs, stop, openConversations: () => openAll(origin, pki, transport) };
  } catch (error) {
    await stop(true);
    throw error;
  }
}

async function openAll(
  origin: Readonly<Record<'symmetric' | 'transport', string>>,
  pki: Pki,
  transport: ReturnType<typeof createTellingTransport>,
): Promise<Conversation[]> {
  const wanted = SERVICES.flatMap(({ scenario, conversations }) =>
    Array.from({ length: conversations }, () => scenario),
  );
  const opened: Conversation[] = [];
  const lane = async (): Promise<void> => {
    for (let scenario = wanted.pop(); scenario !== undefined; scenario = wanted.pop()) {
      const { name, binding, derivedKeys, encryptSignature, protectionOrder, credential } = scenario;
      opened.push(
        await openConversation({
          shape: {
            ...DEFAULT_SHAPE,
            version: '1.3',
            derivedKeys,
            encryptSignature,
            protectionOrder,
            bootstrap: { kind: binding, credential },
          },
          url: `${origin[binding]}/${name}`,
          transport,
          service: party(pki.service),
          ...(credential === 'username' ? { username: USER } : {}),
          judge: 'fast',
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: OPENING }, lane));
  return opened;
}

async function openMachine(name: string, port: number): Promise<Machine & { readonly port: number }> {
  const lives: Upstream[] = [];
  const start = async (): Promise<void> => void lives.push(await startUpstream({ name, port, remember: REMEMBERED }));
  await start();
  return {
    name,
    port,
    get asked() {
      return lives.flatMap(({ seen }) => seen.flatMap(({ ping }) => (ping === undefined ? [] : [ping.text])));
    },
    delay: (milliseconds) => lives.at(-1)!.behave('ping', milliseconds),
    kill: async () => lives.at(-1)!.close(),
    start,
  };
}
