import { reportRing } from '../conversation/ring-report.js';
import type { Command } from './command.js';
import { RING_HELP, RING_OPTIONS, readRing, ringPlace } from './ring-file.js';
import { ringTable } from './ring-table.js';

export const keysList: Command = {
  summary: 'show what the keys of the ring do',
  usage: '[--ring FILE | --config FILE]',
  help: `${RING_HELP}

States
  staged              opens, and seals from its time on
  active              seals
  retiring            opens what it has sealed
  opens               opens, and has no end that is known
  ended               opens no more: may be retired

Examples
  sct-gateway keys list
  sct-gateway keys list --ring farm-keys.json`,
  options: RING_OPTIONS,
  run: async (values, surroundings) => {
    const ring = readRing(ringPlace(values), surroundings);
    surroundings.out(ringTable(reportRing(ring, surroundings.runtime.now())));
    return 0;
  },
};
