import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { events, NOTICED, renewAll, type Scene } from './scene.js';

export async function skewClock({ farm, conversations, check }: Scene, offset: string): Promise<void> {
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

export async function fillDisk({ farm, check }: Scene): Promise<void> {
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
