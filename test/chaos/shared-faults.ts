import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Conversation } from '../client/conversation.js';
import { PING_ACTION, pingRequest } from '../upstream/index.js';
import { gateway } from './gateway.js';
import { events, NOTICED, renewAll, type Scene } from './scene.js';

/** As the operations guide has it, but for the times; clients renew what the old key has sealed, for it is taken early. */
export async function rotate({ farm, conversations, check }: Scene): Promise<void> {
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

/** A node that has never seen a conversation of `state: redis` cannot serve it while Redis is away: all have seen all. */
export async function freezeRedis({ farm, check, knownEverywhere }: Scene): Promise<void> {
  check('every node knows every conversation', await knownEverywhere());
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

/** By the watch alone: nobody sends a signal. */
export async function reloadPolicies({ farm, check }: Scene): Promise<void> {
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
