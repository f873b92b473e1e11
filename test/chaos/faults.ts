import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Conversation } from '../client/conversation.js';
import { PING_ACTION, pingRequest } from '../upstream/index.js';
import type { ChaosFarm } from './farm.js';
import { gateway } from './gateway.js';
import type { Place } from './places.js';

/** A process that was killed with requests in its hands: what began before `until` and ended after `from` may be lost. */
export interface Killing {
  /** Of the node; absent for a service, whose requests any node has in its hands. */
  readonly node?: string;
  readonly from: number;
  readonly until: number;
}

export interface Scene {
  readonly farm: ChaosFarm;
  readonly conversations: readonly Conversation[];
  readonly killings: Killing[];
  /** For things that hold or do not; the last lines say which did not. */
  check(what: string, holds: boolean): void;
}

export interface Fault {
  readonly name: string;
  run(scene: Scene): Promise<void>;
}

/** Longer than the balancer's check interval. */
const NOTICED = 1_500;
/** Of a service that is asked while something is killed. */
const SLOW = 300;
/** Clients that renew at once: each proves a password. */
const RENEWING = 4;

export const FAULTS: readonly Fault[] = [
  { name: 'none', run: () => wait(3_000) },
  { name: 'kill -9 of a node, and its start', run: killNode },
  { name: 'each node stopped and started in turn', run: restartInTurn },
  { name: 'farm key rotated, old one retired', run: rotate },
  { name: 'policies reloaded, then a wrong one', run: reloadPolicies },
  { name: 'Redis frozen for 6 s', run: freezeRedis },
  { name: 'kill of a service, and its start', run: killService },
  { name: "a node's clock 4 min ahead", run: (scene) => skewClock(scene, '+240s') },
  { name: "a node's clock 4 min behind", run: (scene) => skewClock(scene, '-240s') },
  { name: "a node's disk full", run: fillDisk },
];

/** So that what is killed has requests in its hands: with an answer in 2 ms it would have none. */
async function takeTime({ machines }: ChaosFarm): Promise<void> {
  for (const machine of machines) machine.delay(SLOW);
  await wait(2 * SLOW);
}

async function killNode({ farm, killings }: Scene): Promise<void> {
  const place = farm.places[0]!;
  await takeTime(farm);
  const from = performance.now();
  await place.node.kill();
  killings.push({ node: place.name, from, until: performance.now() });
  for (const machine of farm.machines) machine.delay(0);
  await wait(NOTICED);
  await place.start();
  await wait(NOTICED);
}

async function restartInTurn({ farm, check }: Scene): Promise<void> {
  for (const place of farm.places) {
    const { node } = place;
    await node.stop();
    check(`${place.name} ends with 0 on SIGTERM`, (await node.ended) === 0);
    await place.start();
    await wait(NOTICED);
  }
}

/** As the operations guide has it, but for the times; clients renew what the old key has sealed, for it is taken early. */
async function rotate({ farm, conversations, check }: Scene): Promise<void> {
  const { files, places } = farm;
  const ring = ['--ring', files.ring];
  const nodes = places.flatMap(({ adminPort }) => ['--admin', `http://127.0.0.1:${adminPort}`]);
  const old = /"kid": "([^"]+)"/.exec(readFileSync(files.ring, 'utf8'))?.[1] ?? '';
  const everywhere = async (what: string): Promise<void> => {
    let status = 1;
    for (let tries = 0; tries < 15 && status !== 0; tries++) {
      await wait(500);
      status = (await gateway('keys', 'check', ...ring, ...nodes)).status;
    }
    check(`every node holds the ring ${what}`, status === 0);
  };
  const before = conversations.find(({ options }) => options.url.endsWith('/orders'))!.withToken((token) => token);
  const rotated = await gateway('keys', 'rotate', ...ring, '--seal-after', '6s', '--renew-until', '1h');
  check(`keys rotate ${rotated.said}`, rotated.status === 0);
  await everywhere('with a new key');
  await wait(6_000);
  check('a cookie of the old key is taken while it is there', (await ping(before)) === undefined);
  await renewAll(conversations);
  const early = await gateway('keys', 'retire', ...ring, '--key', old);
  check('keys retire refuses what would refuse good tokens', early.status === 1);
  await gateway('keys', 'retire', ...ring, '--key', old, '--force');
  await everywhere('without the old key');
  const refused = (await ping(before)) ?? '';
  check(`a cookie of the retired key is refused (${refused})`, refused.endsWith('}BadContextToken'));
}

async function freezeRedis({ farm, check }: Scene): Promise<void> {
  const [place] = farm.places;
  const count = (event: string): number => events(place!).filter((line) => line.event === event).length;
  const [down, up] = [count('store.down'), count('store.up')];
  farm.redis.freeze();
  await wait(4 * NOTICED);
  farm.redis.thaw();
  await wait(2 * NOTICED);
  check('the log says that the store was away', count('store.down') > down);
  check('and that it is back', count('store.up') > up);
}

/** @returns the fault's code, if the answer is one */
async function ping(conversation: Conversation): Promise<string | undefined> {
  const { fault } = await conversation.call(pingRequest('witness'), { action: PING_ACTION });
  return fault?.subcode ?? fault?.code;
}

async function renewAll(conversations: readonly Conversation[]): Promise<void> {
  const waiting = [...conversations];
  const lane = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await next.renew();
  };
  await Promise.all(Array.from({ length: RENEWING }, lane));
}

/** By the watch alone: nobody sends a signal. */
async function reloadPolicies({ farm, check }: Scene): Promise<void> {
  const { files, places } = farm;
  const takes = async (what: string, event: string, edit: () => void): Promise<void> => {
    const before = places.map((place) => events(place).filter((line) => line.event === event).length);
    edit();
    for (const [at, place] of places.entries()) {
      const seen = (): boolean => events(place).filter((line) => line.event === event).length > before[at]!;
      for (let tries = 0; tries < 100 && !seen(); tries++) await wait(100);
      check(`${place.name} ${what}`, seen());
    }
  };
  await takes('takes new policies', 'config.loaded', () =>
    files.writePolicies((policy) => ({ ...policy, timestamp: { ttl: '200s' } })),
  );
  await takes('refuses policies that are wrong', 'config.failed', () =>
    files.writePolicies((policy) => ({ ...policy, bindung: {} })),
  );
  await takes('takes the first ones again', 'config.loaded', () => files.writePolicies());
}

async function killService({ farm, killings }: Scene): Promise<void> {
  const machine = farm.machines[0]!;
  await takeTime(farm);
  const from = performance.now();
  await machine.kill();
  killings.push({ from, until: performance.now() });
  for (const other of farm.machines.slice(1)) other.delay(0);
  await wait(2 * NOTICED);
  await machine.start();
  await wait(NOTICED);
}

async function skewClock({ farm, conversations, check }: Scene, offset: string): Promise<void> {
  const place = farm.places[1]!;
  await place.node.stop();
  await place.start(clock(offset));
  const seconds = Number.parseInt(offset, 10);
  const logged = Date.parse(events(place).at(-1)?.time ?? '');
  check(`${place.name} lives ${seconds} s beside`, Math.abs(logged - Date.now() - seconds * 1000) < 30_000);
  // renewed by each node in turn: what the node with the wrong clock has sealed, the others must take
  await renewAll(conversations.slice(0, 30));
  await wait(2 * NOTICED);
  await place.node.stop();
  await place.start();
  await wait(NOTICED);
}

async function fillDisk({ farm, check }: Scene): Promise<void> {
  const place = farm.places[2]!;
  await place.node.stop();
  const disk = dirname(place.node.log);
  mkdirSync(disk, { recursive: true });
  command('mount', '-t', 'tmpfs', '-o', 'size=16k', 'sct-gateway-chaos', disk);
  try {
    await place.start();
    fill(join(disk, 'filler'));
    const before = readFileSync(place.node.log).length;
    await wait(2 * NOTICED);
    check('nothing more could be logged', readFileSync(place.node.log).length <= before + 4096);
    rmSync(join(disk, 'filler'));
    await wait(NOTICED);
    check('and lines are written once there is room', readFileSync(place.node.log).length > before + 4096);
    await place.node.stop();
  } finally {
    command('umount', disk);
  }
  await place.start();
  await wait(NOTICED);
}

interface Line {
  readonly event?: string;
  readonly time?: string;
}

function events({ node }: Place): Line[] {
  return readFileSync(node.log, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);
}

/** What Debian's `faketime` puts into the environment. */
function clock(offset: string): NodeJS.ProcessEnv {
  const library = command('faketime', '-f', offset, 'printenv', 'LD_PRELOAD').trim();
  return { LD_PRELOAD: library, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

function fill(file: string): void {
  for (let octets = 4096; octets >= 1; octets = Math.floor(octets / 2)) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(octets), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

function command(name: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(name, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}
