import { createRevocations, type Revocations } from '../../src/conversation/revocation.js';
import { conversationEnded, tokenRenewed } from '../../src/conversation/revocation-entry.js';
import { createRevocationJournal, type RevocationJournal } from '../../src/conversation/revocation-journal.js';
import { GatewayError } from '../../src/errors.js';
import type { Store } from '../../src/store/store.js';

/** The journal's logic over a journal in memory; a real Redis proves the rest (test/store). */

const UNTIL = Date.now() + 60_000;
const PAGE = 3;

/** What Redis does with a journal: entries under the time of their arrival, read in pages. */
function journalInMemory() {
  const entries: { readonly id: number; readonly entry: string }[] = [];
  const redis = { entries, up: true, interruptions: 0, clock: Date.now(), reads: [] as string[] };
  const refuse = (): never => {
    redis.interruptions++;
    throw new GatewayError('store.unavailable', 'away');
  };
  const store = {
    get up() {
      return redis.up;
    },
    get interruptions() {
      return redis.interruptions;
    },
    append: async (_: string, entry: string) => {
      if (!redis.up) refuse();
      entries.push({ id: ++redis.clock, entry });
    },
    read: async (_: string, after: string) => {
      if (!redis.up) refuse();
      redis.reads.push(after);
      const found = entries.filter(({ id }) => id > Number(after.split('-')[0] ?? 0));
      const page = found.slice(0, PAGE);
      return {
        entries: page.map(({ entry }) => entry),
        position: page.length === 0 ? after : `${page.at(-1)!.id}-0`,
        more: page.length === PAGE,
      };
    },
  } as unknown as Store;
  return { redis, store };
}

const open: RevocationJournal[] = [];
afterEach(() => {
  for (const journal of open.splice(0)) journal.close();
});

function node(store: Store, capacity = 100) {
  const revocations: Revocations = createRevocations(capacity, { now: Date.now });
  const complaints: string[] = [];
  const journal = createRevocationJournal({
    store,
    revocations,
    lifetime: () => 60_000,
    onIncomplete: (reason) => complaints.push(reason),
  });
  open.push(journal);
  return { journal, revocations, complaints };
}

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited += 10) {
    if (waited > 5000) throw new Error('not in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('before the first reading nothing is known to be complete; then every page of it is', async () => {
  const { store, redis } = journalInMemory();
  redis.up = false;
  const { journal, revocations } = node(store);
  for (let index = 1; index <= 8; index++) {
    redis.entries.push({ id: index, entry: conversationEnded(`urn:uuid:${index}`, UNTIL).text });
  }
  expect(journal.age).toBe(Number.POSITIVE_INFINITY);
  redis.up = true;
  await until(() => journal.age < 1000);
  expect(revocations.size).toBe(8);
  expect(redis.reads.slice(0, 3)).toEqual(['', '3-0', '6-0']);
});

test('what one node ends is ended at once there, and soon at the other', async () => {
  const { store } = journalInMemory();
  const [one, other] = [node(store), node(store)];
  await one.journal.publish(conversationEnded('urn:uuid:1', UNTIL));
  await one.journal.publish(tokenRenewed('urn:uuid:2', undefined, Date.now() - 1, UNTIL));
  expect(one.revocations.isRevoked('urn:uuid:1')).toBe(true);
  await until(
    () => other.revocations.isRevoked('urn:uuid:1') && other.revocations.isSuperseded('urn:uuid:2', undefined),
  );
});

test('what the store does not take is refused by name, is ended here all the same, and told later', async () => {
  const { store, redis } = journalInMemory();
  const [one, other] = [node(store), node(store)];
  await until(() => other.journal.age < 1000);
  redis.up = false;
  await expect(one.journal.publish(conversationEnded('urn:uuid:1', UNTIL))).rejects.toMatchObject({
    code: 'store.unavailable',
  });
  expect(one.revocations.isRevoked('urn:uuid:1')).toBe(true);
  expect(other.revocations.isRevoked('urn:uuid:1')).toBe(false);
  redis.up = true;
  await until(() => other.revocations.isRevoked('urn:uuid:1'));
});

test('a master that takes over without the last entry, its clock behind: told again, and read again', async () => {
  const { store, redis } = journalInMemory();
  const one = node(store);
  await until(() => one.journal.age < 1000);
  await one.journal.publish(conversationEnded('urn:uuid:1', UNTIL));
  await until(() => redis.reads.at(-1) === `${redis.clock}-0`);
  redis.entries.length = 0;
  redis.clock -= 30_000;
  redis.interruptions++;
  await until(() => redis.entries.length === 1);
  redis.entries.push({ id: ++redis.clock, entry: conversationEnded('urn:uuid:2', UNTIL).text });
  redis.interruptions++;
  await until(() => one.revocations.isRevoked('urn:uuid:2'));
  const late = node(store);
  await until(() => late.revocations.isRevoked('urn:uuid:1'));
});

test('what is no ending is passed over and told of; what there is no room for leaves the journal unknown', async () => {
  const { store, redis } = journalInMemory();
  redis.entries.push({ id: 1, entry: 'x' }, { id: 2, entry: conversationEnded('urn:uuid:1', UNTIL).text });
  const { journal, revocations, complaints } = node(store, 1);
  await until(() => revocations.isRevoked('urn:uuid:1') && journal.age < 1000);
  expect(complaints).toEqual(['malformed']);
  redis.entries.push({ id: redis.clock++, entry: conversationEnded('urn:uuid:2', UNTIL).text });
  await until(() => complaints.length > 1);
  expect(complaints.at(-1)).toBe('full');
  const { age } = journal;
  await until(() => journal.age > age + 600);
});
