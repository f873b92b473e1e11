import { ConversationCache } from '../../src/conversation/cache.js';
import { open, seal } from '../../src/conversation/cookie.js';
import { type PresentedToken, type Resolution, resolveConversation } from '../../src/conversation/resolve.js';
import { createRevocations } from '../../src/conversation/revocation.js';
import { codeOf } from '../crypto/code-of.js';
import { atOnce } from './at-once.js';
import { NOW, RING, TYPICAL, with_ } from './fixtures.js';

const RENEWED = with_({ instance: 'urn:uuid:instance' });
const GRACE = 60_000;

async function node(now = NOW) {
  const runtime = { now: () => now };
  const cache = new ConversationCache(
    (cookie, outer) => open(RING, cookie, outer),
    { entries: 10, derivedKeys: 4 },
    runtime.now,
  );
  const resolution: Resolution = {
    cache,
    revocations: createRevocations(10, runtime),
    service: TYPICAL.service,
    versions: ['1.3', '2005-02'],
    now,
    grace: GRACE,
  };
  const token: PresentedToken = {
    identifier: TYPICAL.identifier,
    instance: undefined,
    cookie: await seal(RING, TYPICAL),
    version: '2005-02',
  };
  const verdict = (changes: Partial<PresentedToken> = {}, others: Partial<Resolution> = {}) =>
    codeOf(() => resolveConversation({ ...resolution, ...others }, { ...token, ...changes }));
  return { resolution, token, verdict, cache };
}

const reference = { cookie: undefined, version: undefined };

describe('a token', () => {
  test('opens, and is known by its Identifier afterwards', async () => {
    const { resolution, token, verdict } = await node();
    expect(verdict(reference)).toBe('token.missing');
    expect(atOnce(resolveConversation(resolution, token)).context.principal.name).toBe(TYPICAL.principal.name);
    expect(verdict(reference)).toBe('none');
    expect(verdict({ cookie: undefined })).toBe('none');
  });

  test.each<readonly [string, Partial<PresentedToken>]>([
    ['another Identifier', { identifier: 'urn:uuid:ffffffff-4c5d-4e6f-8a9b-0c1d2e3f4a5b' }],
    ['an Instance', { instance: 'urn:uuid:instance' }],
    ['another version', { version: '1.3' }],
  ])('with %s is not the one that the cookie was issued for', async (_, changes) => {
    const { verdict, resolution, token } = await node();
    expect(verdict(changes)).toBe('token.binding');
    await resolveConversation(resolution, token);
    expect(verdict(changes)).toBe('token.binding');
  });

  test('of another service is not, and neither is a reference to it', async () => {
    const { verdict, resolution, token } = await node();
    expect(verdict({}, { service: 'billing' })).toBe('token.binding');
    await resolveConversation(resolution, token);
    expect(verdict({}, { service: 'billing' })).toBe('token.binding');
    expect(verdict(reference, { service: 'billing' })).toBe('token.binding');
  });

  test('of a version that the service does not speak is not taken', async () => {
    const { verdict } = await node();
    expect(verdict({}, { versions: ['1.3'] })).toBe('token.binding');
    expect(verdict({}, { versions: [] })).toBe('token.binding');
  });

  test.each(['', 'x', 'a.b.c.d.e'])('with the cookie %j does not open', async (cookie) => {
    const { verdict } = await node();
    expect(verdict({ cookie })).toMatch(/^token\.(?:format|open|key-unknown)$/);
  });

  test('whose cookie is changed in one character does not open', async () => {
    const { verdict, token } = await node();
    const cookie = token.cookie!;
    const at = cookie.length - 10;
    const changed = cookie.slice(0, at) + (cookie[at] === 'A' ? 'B' : 'A') + cookie.slice(at + 1);
    expect(verdict({ cookie: changed })).toBe('token.open');
  });

  test('that was cancelled is refused, with its cookie and without', async () => {
    const { verdict, resolution, token } = await node();
    await resolveConversation(resolution, token);
    resolution.revocations.revoke(TYPICAL.identifier, TYPICAL.renewUntil);
    expect(verdict()).toBe('token.revoked');
    expect(verdict(reference)).toBe('token.revoked');
    const renewed = { instance: RENEWED.instance, cookie: await seal(RING, RENEWED) };
    expect(verdict(renewed)).toBe('token.revoked');
  });

  test('that failed 20 times is refused, whichever of its cookies it has', async () => {
    const { verdict, resolution, token } = await node();
    const conversation = atOnce(resolveConversation(resolution, token));
    for (let i = 0; i < 19; i++) conversation.recordFailure();
    expect(verdict()).toBe('none');
    conversation.recordFailure();
    expect(verdict()).toBe('token.failures');
    expect(verdict({ cookie: await seal(RING, TYPICAL) })).toBe('token.failures');
  });
});

describe('a token that has ended', () => {
  test('is returned within the grace, so that its holder can be told, and not after', async () => {
    const { resolution, token } = await node(TYPICAL.expires + GRACE - 1);
    expect(atOnce(resolveConversation(resolution, token)).context.expires).toBe(TYPICAL.expires);
    expect((await node(TYPICAL.expires + GRACE)).verdict()).toBe('token.expired');
  });

  test('is not known by its Identifier', async () => {
    const { resolution, token, verdict } = await node(TYPICAL.expires);
    await resolveConversation(resolution, token);
    expect(verdict(reference)).toBe('token.missing');
  });

  test('is known no more once a node has kept it', async () => {
    let now = NOW;
    const cache = new ConversationCache(
      (cookie, outer) => open(RING, cookie, outer),
      { entries: 10, derivedKeys: 4 },
      () => now,
    );
    const { resolution, token } = await node();
    await resolveConversation({ ...resolution, cache }, token);
    now = TYPICAL.expires;
    expect(codeOf(() => resolveConversation({ ...resolution, cache, now }, { ...token, ...reference }))).toBe(
      'token.missing',
    );
  });
});

describe('a renewed token', () => {
  test('has an Instance, and a reference names which', async () => {
    const { resolution, token, verdict } = await node();
    const renewed = { ...token, instance: RENEWED.instance, cookie: await seal(RING, RENEWED) };
    expect(atOnce(resolveConversation(resolution, renewed)).context.instance).toBe(RENEWED.instance);
    expect(verdict({ ...reference, instance: RENEWED.instance })).toBe('none');
    expect(verdict(reference)).toBe('token.missing');
    expect(verdict({ ...reference, instance: 'urn:uuid:other' })).toBe('token.missing');
  });

  test('lets the old one be used through the overlap, and then no more', async () => {
    const { resolution, token, verdict } = await node();
    resolution.revocations.supersede(TYPICAL.identifier, undefined, NOW - 1, TYPICAL.expires);
    expect(verdict()).toBe('token.expired');
    const other = await node();
    other.resolution.revocations.supersede(TYPICAL.identifier, undefined, NOW + 1, TYPICAL.expires);
    expect(other.verdict()).toBe('none');
    expect(token.instance).toBeUndefined();
  });
});
