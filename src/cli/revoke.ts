import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../config/load.js';
import type { Config, RedisPolicy } from '../config/types.js';
import { formatDuration } from '../config/units.js';
import { contextHash } from '../conversation/context.js';
import { readPlaced } from '../conversation/placement.js';
import { ruleMade } from '../conversation/revocation-entry.js';
import { tellJournal } from '../conversation/revocation-journal.js';
import type { RevocationRule } from '../conversation/revocation-rules.js';
import { GatewayError } from '../errors.js';
import { createCircuit } from '../store/circuit.js';
import { redisConnect } from '../store/redis.js';
import { createStore, type Store } from '../store/store.js';
import { CONFIG_HELP, CONFIG_OPTION, type Command, type OptionValues, text, UsageError } from './command.js';

export const revoke: Command = {
  summary: 'end conversations before their time, on every node',
  usage: '[--config FILE] (--session ID | --user NAME | --issued-before TIME | --key KID)... [--service NAME]',
  help: `${CONFIG_HELP}
      --session ID          the conversation: "context" of a log line, or the token's Identifier
      --user NAME           tokens of this user, up to two seconds from now; new ones can be had again after that
      --issued-before TIME  tokens issued or renewed before: 2026-11-24T08:00:00Z
      --key KID             tokens sealed under this key of the ring, those issued later too: rotate first
      --service NAME        only tokens of this service

Several together mean the tokens that all of them mean. It needs redis in the configuration: every node reads there four
times a second what is revoked, and refuses it within half a second. Where a node cannot read for two seconds, services with
\`whenStoreIsAway: closed\` refuse everything, and those with open go on without the news.

Without Redis a farm has no way to end one conversation. To end all of them, give every node a ring without the key that
sealed them: sct-gateway keys.

Examples
  sct-gateway revoke --session 5f1c0a7be2d94c36
  sct-gateway revoke --user alice --service orders
  sct-gateway revoke --issued-before 2026-11-24T08:00:00Z`,
  options: {
    ...CONFIG_OPTION,
    session: { type: 'string' },
    user: { type: 'string' },
    'issued-before': { type: 'string' },
    key: { type: 'string' },
    service: { type: 'string' },
  },
  run: async (values, { tell, environment, runtime }) => {
    const chosen = chosenBy(values, runtime.now());
    const config = loadConfig(text(values, 'config') ?? '', { environment, runtime });
    const { redis } = config;
    if (redis === undefined) {
      throw new GatewayError(
        'config.invalid',
        'to revoke on every node needs redis in the configuration; see help revoke',
      );
    }
    requireMeant(config, chosen);
    const lifetime = longestLife(config, chosen.service);
    await withStore(redis, runtime.now, (store) =>
      tellJournal(store, ruleMade({ ...chosen, until: runtime.now() + lifetime }), lifetime),
    );
    tell(
      `revoked; the nodes refuse these tokens within half a second, and remember it for ${formatDuration(lifetime)}`,
    );
    return 0;
  },
};

/** A token that is renewed on another node while the command is on its way is meant too. Milliseconds. */
const ON_ITS_WAY = 2000;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;
const CONTEXT = /^[0-9a-f]{16}$/;

type Chosen = Omit<RevocationRule, 'until'>;

function chosenBy(values: OptionValues, now: number): Chosen {
  const [session, user, kid, service] = ['session', 'user', 'key', 'service'].map((name) => text(values, name));
  const before = text(values, 'issued-before');
  if ([session, user, kid, before].every((value) => value === undefined)) {
    throw new UsageError('revoke needs one of --session, --user, --issued-before, --key');
  }
  if (before !== undefined && (!INSTANT.test(before) || Number.isNaN(Date.parse(before)))) {
    throw new UsageError('--issued-before must be a time with a zone: 2026-11-24T08:00:00Z');
  }
  const until = before === undefined ? (user === undefined ? undefined : now + ON_ITS_WAY) : Date.parse(before);
  return {
    ...(session === undefined ? {} : { session: CONTEXT.test(session) ? session : hashOf(session) }),
    ...(user === undefined ? {} : { user }),
    ...(kid === undefined ? {} : { kid }),
    ...(service === undefined ? {} : { service }),
    ...(until === undefined ? {} : { before: until }),
  };
}

function hashOf(identifier: string): string {
  return contextHash(readPlaced(identifier).identifier);
}

/** @throws UsageError for what would end nothing, or never stop ending */
function requireMeant({ services, keyRing }: Config, { service, kid }: Chosen): void {
  if (service !== undefined && !services.some(({ name }) => name === service)) {
    throw new UsageError(`--service: no service is named ${service}`);
  }
  if (kid !== undefined && kid === keyRing.current.kid) {
    throw new UsageError(`--key: ${kid} seals new tokens, which would be refused as well; rotate the keys first`);
  }
}

function longestLife({ services }: Config, service: string | undefined): number {
  const meant = services.filter(({ name }) => service === undefined || name === service);
  return Math.max(...meant.map(({ conversation, timestamp }) => conversation.renewUntil + timestamp.skew)) + ON_ITS_WAY;
}

/** From one look whether the store is reached to the next. Milliseconds. */
const LOOK = 20;

async function withStore(policy: RedisPolicy, now: () => number, work: (store: Store) => Promise<void>): Promise<void> {
  const { timeout, connectTimeout, prefix } = policy;
  const probe = `${prefix}probe`;
  let reason = 'no answer';
  const circuit = createCircuit({
    connect: redisConnect(policy),
    timeout,
    probe: { key: probe, args: ['SET', probe, '1', 'PX', '60000'] },
    onUp: () => undefined,
    onDown: (why) => {
      reason = why;
    },
  });
  const store = createStore({ circuit, prefix, now, onDone: () => undefined });
  try {
    const latest = performance.now() + connectTimeout + timeout;
    while (!store.up && performance.now() < latest) await sleep(LOOK);
    if (!store.up) throw new GatewayError('store.unavailable', `redis is not reached: ${reason}`);
    await work(store);
  } finally {
    store.close();
  }
}
