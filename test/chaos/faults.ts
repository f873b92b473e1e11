import { setTimeout as wait } from 'node:timers/promises';
import { killNode, killService, restartInTurn } from './kills.js';
import { fillDisk, skewClock } from './machine-faults.js';
import type { Scene } from './scene.js';
import { freezeRedis, reloadPolicies, rotate } from './shared-faults.js';

export interface Fault {
  readonly name: string;
  run(scene: Scene): Promise<void>;
}

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
