import { loadConfig } from '../config/load.js';
import { formatDuration, parseDuration } from '../config/units.js';
import { generateJwk, parseKeyRing } from '../conversation/key-ring.js';
import { CLOCK_SKEW, type Rotation, stageKey } from '../conversation/ring-edit.js';
import { reportRing } from '../conversation/ring-report.js';
import { certificateKey, PAIR_HELP, PAIR_OPTIONS } from './certificate-pair.js';
import { type Command, type OptionValues, type Surroundings, text, UsageError } from './command.js';
import { editRing, RING_HELP, RING_OPTIONS, type RingPlace, ringFile, ringPlace } from './ring-file.js';

/** As the schema of a service's policy allows: 30 days. */
const MAX_RENEW_UNTIL = 30 * 86_400_000;
const WATCH_INTERVAL = 5_000;

export const keysRotate: Command = {
  summary: 'add a key to the ring, which opens at once and seals when every node has it',
  usage: '[--ring FILE | --config FILE] [--seal-after DURATION] [--renew-until DURATION]',
  help: `${RING_HELP}
      --seal-after DURATION
                      until every node has the new ring; default: twice the interval of \`watch\`, and ${formatDuration(CLOCK_SKEW)} for
                      clocks that differ. A mounted secret may take minutes. 0s seals at once: for emergencies
      --renew-until DURATION
                      the longest renewUntil of all services: so long the old key opens after that; default: as the
                      configuration says, with --ring 30d, the most there can be
${PAIR_HELP}

The file is replaced at once. Nodes take it over by themselves, or on SIGHUP. No token that is good is refused.

Examples
  sct-gateway keys rotate --config /etc/sct-gateway/gateway.yaml
  sct-gateway keys rotate --ring farm-keys.json --seal-after 10m --renew-until 10h
  sct-gateway keys rotate --ring farm-keys.json --certificate farm.crt --private-key farm.key`,
  options: {
    ...RING_OPTIONS,
    ...PAIR_OPTIONS,
    'seal-after': { type: 'string' },
    'renew-until': { type: 'string' },
  },
  run: async (values, surroundings) => {
    const place = ringPlace(values);
    const rotation = rotationOf(values, place, surroundings);
    const jwk = certificateKey(values) ?? generateJwk(surroundings.runtime);
    const file = ringFile(place, surroundings);
    let after = '';
    editRing(file, (before) => {
      after = stageKey(before, file, jwk, rotation);
      return after;
    });
    const { keys, active } = reportRing(
      parseKeyRing(after, file, () => rotation.now),
      rotation.now,
    );
    const added = keys.find(({ kid }) => kid === jwk.kid);
    const old = keys.filter(({ kid, state }) => kid !== jwk.kid && (kid === active || state === 'retiring')).at(-1);
    surroundings.tell(`wrote ${file}`);
    surroundings.tell(`key ${added?.kid} opens from now on, and seals from ${added?.sealsFrom} on`);
    surroundings.tell(`key ${old?.kid} opens until ${old?.endsAt}, and may then be retired`);
    return 0;
  },
};

function rotationOf(values: OptionValues, place: RingPlace, { environment, runtime }: Surroundings): Rotation {
  const [sealAfter, renewUntil] = [duration(values, 'seal-after'), duration(values, 'renew-until')];
  const now = runtime.now();
  if (sealAfter !== undefined && renewUntil !== undefined) return { now, sealAfter, renewUntil };
  const config = place.config === undefined ? undefined : loadConfig(place.config, { environment, runtime });
  if (config !== undefined && config.watch === undefined && sealAfter === undefined) {
    throw new UsageError('--seal-after is needed: the nodes do not watch their files');
  }
  return {
    now,
    sealAfter: sealAfter ?? 2 * (config?.watch?.interval ?? WATCH_INTERVAL) + CLOCK_SKEW,
    renewUntil:
      renewUntil ??
      (config === undefined
        ? MAX_RENEW_UNTIL
        : Math.max(...config.services.map(({ conversation }) => conversation.renewUntil))),
  };
}

function duration(values: OptionValues, name: string): number | undefined {
  const value = text(values, name);
  if (value === undefined) return undefined;
  const ms = parseDuration(value);
  if (ms === undefined) throw new UsageError(`--${name} must be a duration such as 30s`);
  return ms;
}
