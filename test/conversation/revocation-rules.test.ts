import { contextHash } from '../../src/conversation/context.js';
import { createRevocations } from '../../src/conversation/revocation.js';
import { conversationEnded, parseEnding, ruleMade, tokenRenewed } from '../../src/conversation/revocation-entry.js';
import type { RevocationRule } from '../../src/conversation/revocation-rules.js';
import { codeOf } from '../crypto/code-of.js';
import { NOW, TYPICAL, with_ } from './fixtures.js';

const UNTIL = NOW + 1000;
const clock = (time = NOW) => {
  const runtime = { time, now: () => runtime.time };
  return runtime;
};
const session = contextHash(TYPICAL.identifier);
const other = contextHash('urn:uuid:other');

test.each<[Omit<RevocationRule, 'until'>, boolean]>([
  [{ session }, true],
  [{ session: other }, false],
  [{ user: 'alice@example.com' }, true],
  [{ user: 'alice' }, false],
  [{ user: 'alice@example.com', service: TYPICAL.service }, true],
  [{ user: 'alice@example.com', service: 'orders' }, false],
  [{ user: 'alice@example.com', before: TYPICAL.created }, false],
  [{ user: 'alice@example.com', before: TYPICAL.created + 1 }, true],
  [{ before: TYPICAL.created }, false],
  [{ before: TYPICAL.created + 1 }, true],
  [{ before: TYPICAL.created + 1, service: 'orders' }, false],
  [{ kid: 'k1' }, true],
  [{ kid: 'k2' }, false],
  [{ kid: 'k1', user: 'bob' }, false],
  [{ session, user: 'bob' }, false],
])('rule %j: refused %s', (rule, refused) => {
  const revocations = createRevocations(10, clock());
  revocations.rule({ ...rule, until: UNTIL });
  expect(revocations.isRuledOut({ context: TYPICAL, kid: 'k1' })).toBe(refused);
});

test('a rule for a key does not mean a token that was never sealed; the key is asked for only where a rule names one', () => {
  const revocations = createRevocations(10, clock());
  revocations.rule({ user: 'bob', until: UNTIL });
  const asked = {
    context: TYPICAL,
    get kid(): string {
      throw new Error('asked');
    },
  };
  expect(revocations.isRuledOut(asked)).toBe(false);
  revocations.rule({ kid: 'k1', until: UNTIL });
  expect(revocations.isRuledOut({ context: TYPICAL, kid: undefined })).toBe(false);
});

test('a rule ends, makes room when it has, and the same one is one', () => {
  const runtime = clock();
  const revocations = createRevocations(10, runtime);
  for (let index = 0; index < 10_000; index++) revocations.rule({ user: `user ${index}`, until: UNTIL });
  revocations.rule({ user: 'user 1', until: UNTIL });
  expect(codeOf(() => revocations.rule({ user: 'one more', until: UNTIL }))).toBe('http.overloaded');
  const first = { context: with_({ principal: { ...TYPICAL.principal, name: 'user 1' } }), kid: 'k1' };
  expect(revocations.isRuledOut(first)).toBe(true);
  runtime.time = UNTIL + 1;
  expect(revocations.isRuledOut(first)).toBe(false);
  revocations.rule({ user: 'one more', until: UNTIL + 1000 });
  revocations.rule({ user: 'too late', until: UNTIL });
  expect(
    revocations.isRuledOut({ ...first, context: with_({ principal: { ...TYPICAL.principal, name: 'one more' } }) }),
  ).toBe(true);
});

test('what one node writes another reads, and does the same', () => {
  const runtime = clock();
  const revocations = createRevocations(10, runtime);
  const { identifier } = TYPICAL;
  for (const { text } of [
    conversationEnded('urn:uuid:1', UNTIL),
    tokenRenewed(identifier, undefined, NOW + 10, UNTIL),
    tokenRenewed(identifier, 'urn:uuid:2', NOW + 10, UNTIL),
    ruleMade({ kid: 'k1', until: UNTIL }),
  ]) {
    parseEnding(text)?.apply(revocations);
  }
  expect(revocations.isRevoked('urn:uuid:1')).toBe(true);
  expect(revocations.isSuperseded(identifier, undefined)).toBe(false);
  runtime.time = NOW + 11;
  expect(revocations.isSuperseded(identifier, undefined)).toBe(true);
  expect(revocations.isSuperseded(identifier, 'urn:uuid:2')).toBe(true);
  expect(revocations.isSuperseded(identifier, 'urn:uuid:3')).toBe(false);
  expect(revocations.isRuledOut({ context: TYPICAL, kid: 'k1' })).toBe(true);
});

test.each([
  '',
  'x',
  'null',
  '[]',
  '1',
  '{}',
  '{"kind":"constructor"}',
  '{"kind":"__proto__","identifier":"a","until":1}',
  '{"kind":"conversation","identifier":"a"}',
  '{"kind":"conversation","identifier":1,"until":1}',
  '{"kind":"conversation","identifier":"a","until":"1"}',
  '{"kind":"conversation","identifier":"a","until":1.5}',
  '{"kind":"token","identifier":"a","until":1}',
  '{"kind":"token","identifier":"a","instance":1,"from":1,"until":1}',
  '{"kind":"rule","until":1}',
  '{"kind":"rule","service":"orders","until":1}',
  '{"kind":"rule","user":1,"until":1}',
  '{"kind":"rule","user":"a","before":"now","until":1}',
  '{"kind":["rule"],"user":"a","until":1}',
])('what is no ending is none: %s', (text) => {
  expect(parseEnding(text)).toBeUndefined();
});
