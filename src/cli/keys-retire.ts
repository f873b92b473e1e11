import { loadConfig } from '../config/load.js';
import { parseKeyRing } from '../conversation/key-ring.js';
import { retireKey } from '../conversation/ring-edit.js';
import { GatewayError } from '../errors.js';
import { type Command, type Surroundings, text, UsageError } from './command.js';
import { editRing, RING_HELP, RING_OPTIONS, type RingPlace, ringFile, ringPlace } from './ring-file.js';

export const keysRetire: Command = {
  summary: 'take a key out of the ring',
  usage: '--key KID [--ring FILE | --config FILE] [--force]',
  help: `  -k, --key KID       which key; one that begins with "-" is written --key=KID
${RING_HELP}
      --force         also if tokens under it may be good: they are refused then, and their clients begin anew

Refuses what would refuse a good token, and with --config what users files still need the key for. The file is replaced at
once. Nodes take it over by themselves, or on SIGHUP, and forget what they had opened under the key.

Examples
  sct-gateway keys retire --key 2026-11-24-a1b2
  sct-gateway keys rotate --seal-after 0s && sct-gateway keys retire --key 2026-11-24-a1b2 --force`,
  options: { ...RING_OPTIONS, key: { type: 'string', short: 'k' }, force: { type: 'boolean' } },
  run: async (values, surroundings) => {
    const kid = text(values, 'key');
    if (kid === undefined) throw new UsageError('--key is needed: the kid of the key to retire');
    const place = ringPlace(values);
    const file = ringFile(place, surroundings);
    const force = values.force === true;
    editRing(file, (before) => {
      const after = retireKey(before, file, kid, { now: surroundings.runtime.now(), force });
      requireUnused(after, file, place, force, surroundings);
      return after;
    });
    surroundings.tell(`wrote ${file} without key ${kid}`);
    return 0;
  },
};

/** Users files may hold passwords that are sealed under the key. */
function requireUnused(
  ring: string,
  file: string,
  { config }: RingPlace,
  force: boolean,
  { environment, runtime, tell }: Surroundings,
): void {
  if (config === undefined) return;
  try {
    loadConfig(config, { environment, runtime, keyRing: parseKeyRing(ring, file, runtime.now) });
  } catch (error) {
    if (!(error instanceof GatewayError) || !force) throw error;
    tell(`warning: without this key ${error.message}`);
  }
}
