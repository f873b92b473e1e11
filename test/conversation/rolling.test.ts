import { ConversationCache } from '../../src/conversation/cache.js';
import { type SecurityContext, securityContext } from '../../src/conversation/context.js';
import { open, seal, survivors } from '../../src/conversation/cookie.js';
import { type KeyRing, parseKeyRing } from '../../src/conversation/key-ring.js';
import { CLOCK_SKEW, retireKey, stageKey } from '../../src/conversation/ring-edit.js';
import { reportRing } from '../../src/conversation/ring-report.js';
import { codeOf } from '../crypto/code-of.js';
import { atOnce } from './at-once.js';
import { type Jwk, jwk, NOW, octets, TYPICAL } from './fixtures.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const LIFETIME = 10 * MINUTE;
const RENEW_UNTIL = 60 * MINUTE;
/** Longest time until a node has taken a new ring over. */
const ROLLOUT = 10 * SECOND;

/** The same numbers in every run: mulberry32. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface Node {
  readonly clock: () => number;
  ring: KeyRing;
  readonly cache: ConversationCache;
  /** When it takes over what the file says since the last edit. */
  reloadAt: number;
}

interface Cookie {
  readonly text: string;
  readonly context: SecurityContext;
}

/** Three nodes with clocks of their own, over one file. Time goes in steps; each node looks at the file when it likes. */
function farmOf(seed: number) {
  const random = numbers(seed);
  const farm = { now: NOW, file: JSON.stringify({ keys: [jwk('k0', 0, true)] }) };
  const nodes = Array.from({ length: 3 }, (): Node => {
    const skew = random(CLOCK_SKEW) - CLOCK_SKEW / 2;
    const clock = () => farm.now + skew;
    const node: Node = {
      clock,
      ring: parseKeyRing(farm.file, 'ring.json', clock),
      cache: new ConversationCache(
        (cookie, outer) => open(node.ring, cookie, outer),
        { entries: 50, derivedKeys: 1 },
        clock,
      ),
      reloadAt: Number.POSITIVE_INFINITY,
    };
    return node;
  });
  const any = () => nodes[random(nodes.length)]!;
  const advance = (time: number) => {
    farm.now += time;
    for (const node of nodes) {
      if (farm.now < node.reloadAt) continue;
      const before = node.ring;
      node.ring = parseKeyRing(farm.file, 'ring.json', node.clock);
      node.cache.retain(survivors(before, node.ring));
      node.reloadAt = Number.POSITIVE_INFINITY;
    }
  };
  const edit = (text: string) => {
    farm.file = text;
    for (const node of nodes) node.reloadAt = Math.min(node.reloadAt, farm.now + random(ROLLOUT));
  };
  const issue = async (number: number): Promise<Cookie> => {
    const node = any();
    const created = node.clock();
    const context = securityContext({
      ...TYPICAL,
      identifier: `urn:uuid:${number}`,
      created,
      expires: created + LIFETIME,
      renewUntil: created + RENEW_UNTIL,
    });
    return { text: await seal(node.ring, context), context };
  };
  const present = ({ text, context }: Cookie) => {
    const { cache } = any();
    return codeOf(() => atOnce(cache.resolve(text, context)));
  };
  return { farm, nodes, random, advance, edit, issue, present };
}

const fresh = (number: number): Jwk => ({
  kty: 'oct',
  kid: `k${number}`,
  alg: 'A256KW',
  k: octets(number * 9, 32).toString('base64url'),
});

test.each(Array.from({ length: 12 }, (_, seed) => seed))(
  'three nodes through rotations in any order: no good cookie is refused (seed %d)',
  async (seed) => {
    const { farm, random, advance, edit, issue, present } = farmOf(seed);
    const refused: unknown[] = [];
    let cookies: Cookie[] = [];
    let rotations = 0;
    let retired = 0;
    for (let step = 0; step < 600; step++) {
      advance(random(30 * SECOND));
      const report = reportRing(
        parseKeyRing(farm.file, 'ring.json', () => farm.now),
        farm.now,
      );
      const ended = report.keys.find(({ state }) => state === 'ended');
      if (ended !== undefined) {
        edit(retireKey(farm.file, 'ring.json', ended.kid, { now: farm.now, force: false }));
        retired++;
      } else if (step % 60 === 10 && !report.keys.some(({ state }) => state === 'staged')) {
        const sealAfter = ROLLOUT + CLOCK_SKEW;
        edit(
          stageKey(farm.file, 'ring.json', fresh(++rotations), { now: farm.now, sealAfter, renewUntil: RENEW_UNTIL }),
        );
      }
      cookies.push(await issue(step));
      cookies = cookies.filter(({ context }) => context.expires - CLOCK_SKEW > farm.now);
      for (let i = 0; i < 5; i++) {
        const code = present(cookies[random(cookies.length)] ?? (await issue(-1 - i)));
        if (code !== 'none') refused.push([step, code]);
      }
    }
    expect(refused).toEqual([]);
    expect([rotations >= 8, retired >= 2]).toEqual([true, true]);
  },
);

test.each([1, 2, 3])(
  'a key retired by force: not one cookie under it is accepted, cached or not (seed %d)',
  async (seed) => {
    const { farm, nodes, advance, edit, issue, present } = farmOf(seed);
    const old = await Promise.all(Array.from({ length: 40 }, (_, number) => issue(number)));
    for (let i = 0; i < 200; i++) expect(present(old[i % old.length]!)).toBe('none');
    expect(nodes.reduce((sum, { cache }) => sum + cache.size, 0)).toBeGreaterThan(40);
    const rotated = stageKey(farm.file, 'ring.json', fresh(1), {
      now: farm.now,
      sealAfter: 0,
      renewUntil: RENEW_UNTIL,
    });
    edit(retireKey(rotated, 'ring.json', 'k0', { now: farm.now + SECOND, force: true }));
    advance(ROLLOUT);
    expect(nodes.map(({ ring }) => ring.kids)).toEqual([['k1'], ['k1'], ['k1']]);
    for (let i = 0; i < 200; i++) expect(present(old[i % old.length]!)).toBe('token.key-unknown');
    expect(nodes.map(({ cache }) => cache.size)).toEqual([0, 0, 0]);
    expect(present(await issue(100))).toBe('none');
  },
);

test('another key under the kid of the old one opens nothing of it, cached or not', async () => {
  const { farm, advance, edit, issue, present } = farmOf(7);
  const cookie = await issue(0);
  for (let i = 0; i < 20; i++) present(cookie);
  edit(farm.file.replace(octets(0, 32).toString('base64url'), octets(99, 32).toString('base64url')));
  advance(ROLLOUT);
  for (let i = 0; i < 20; i++) expect(present(cookie)).toBe('token.open');
});
