import { setTimeout as wait } from 'node:timers/promises';
import type { ChaosFarm } from './farm.js';
import { NOTICED, type Scene } from './scene.js';

/** Of a service that is asked while something is killed. */
const SLOW = 300;

/** So that what is killed has requests in its hands: with an answer in 2 ms it would have none. */
async function takeTime({ machines }: ChaosFarm): Promise<void> {
  for (const machine of machines) machine.delay(SLOW);
  await wait(2 * SLOW);
}

export async function killNode({ farm, killings }: Scene): Promise<void> {
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

export async function restartInTurn({ farm, check }: Scene): Promise<void> {
  for (const place of farm.places) {
    const { node } = place;
    await node.stop();
    check(`${place.name} ends with 0 on SIGTERM`, (await node.ended) === 0);
    await place.start();
    await wait(NOTICED);
  }
}

export async function killService({ farm, killings }: Scene): Promise<void> {
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
