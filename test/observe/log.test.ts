import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { secret } from '../../src/crypto/secret.js';
import { GatewayError } from '../../src/errors.js';
import { EVENTS, type EventName } from '../../src/observe/events.js';
import { FIELD_LIMIT, safeFields, safeText } from '../../src/observe/fields.js';
import { createLog, type Log } from '../../src/observe/log.js';
import { Secret } from '../../src/observe/secret.js';

function capture(level: Parameters<typeof createLog>[0]['level'] = 'trace', base?: Record<string, unknown>) {
  const written: string[] = [];
  const destination = { write: (line: string) => void written.push(line) };
  const log: Log = createLog({ level, destination, ...(base === undefined ? {} : { base }) });
  return { log, written, last: () => JSON.parse(written.at(-1) ?? 'null') as Record<string, unknown> };
}

describe('a text in the log', () => {
  test.each([
    ['plain', 'plain'],
    ['Łódź 漢字 😀', 'Łódź 漢字 😀'],
    ['a\nlevel: fatal', 'a\\u{a}level: fatal'],
    ['a\r\nb', 'a\\u{d}\\u{a}b'],
    ['\u001b[31mred', '\\u{1b}[31mred'],
    ['\0', '\\u{0}'],
    ['\u007f\u0085\u009b', '\\u{7f}\\u{85}\\u{9b}'],
    ['a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
    ['user\u202etxt', 'user\\u{202e}txt'],
    ['\u2066\u2069\u200e\u200f\u061c', '\\u{2066}\\u{2069}\\u{200e}\\u{200f}\\u{61c}'],
    ['ad\u200bmin', 'ad\\u{200b}min'],
    ['\ufeffbom', '\\u{feff}bom'],
    ['half \ud83d', 'half \\u{d83d}'],
  ])('%j is %s', (text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  test('is cut to 256 characters, and a cut character is no half', () => {
    expect(safeText('a'.repeat(FIELD_LIMIT))).toBe('a'.repeat(FIELD_LIMIT));
    expect(safeText('a'.repeat(FIELD_LIMIT + 1))).toBe(`${'a'.repeat(FIELD_LIMIT)}…`);
    expect(safeText(`${'a'.repeat(FIELD_LIMIT - 1)}😀`)).toBe(`${'a'.repeat(FIELD_LIMIT - 1)}\\u{d83d}…`);
  });

  test('never moves a viewer, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(safeText(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u);
      }),
    );
  });
});

describe('a line', () => {
  test('is one JSON object, ended by one newline', () => {
    const { log, written } = capture();
    log('request', { path: '/a\n{"event":"request","user":"admin"}' });
    expect(written).toHaveLength(1);
    expect(written[0]?.match(/\n/g)).toHaveLength(1);
    expect(written[0]?.endsWith('\n')).toBe(true);
  });

  test('has level, time, event, fields and message, in this order', () => {
    const { log, last } = capture('trace', { worker: 2 });
    log('token.refused', { code: 'auth.failed' });
    expect(Object.keys(last())).toEqual(['level', 'time', 'worker', 'event', 'code', 'msg']);
    expect(last()).toMatchObject({
      level: 'warn',
      worker: 2,
      event: 'token.refused',
      code: 'auth.failed',
      msg: 'security context token refused',
    });
    expect(new Date(String(last().time)).toISOString()).toBe(last().time);
  });

  test.each(Object.keys(EVENTS) as EventName[])('%s has the level and the message of its row', (event) => {
    const { log, last } = capture();
    log(event);
    expect(last()).toMatchObject({ event, level: EVENTS[event].level, msg: EVENTS[event].message });
    expect(event).toMatch(/^[a-z]+(?:\.[a-z]+)?$/);
  });

  test('is left out below the level, which can change', () => {
    const { log, written } = capture('warn');
    log('request');
    log('request.refused');
    expect(written).toHaveLength(1);
    log.setLevel('info');
    log('request');
    expect(written).toHaveLength(2);
    log.setLevel('silent');
    log('process.failed');
    expect(written).toHaveLength(2);
  });
});

describe('secrets are not printed', () => {
  const CANARY = 'canary-7f3a';
  const octets = Buffer.from(CANARY);
  const cyclic: Record<string, unknown> = { name: 'x' };
  cyclic.self = cyclic;

  test.each<[string, unknown]>([
    ['a buffer', octets],
    ['a typed array', new Uint8Array(octets)],
    ['an array buffer', new Uint8Array(octets).buffer],
    ['a data view', new DataView(new Uint8Array(octets).buffer)],
    ['a secret buffer', secret(Buffer.from(CANARY))],
    ['a secret', new Secret(CANARY)],
    ['a key', createSecretKey(octets)],
    ['a private key', generateKeyPairSync('ed25519').privateKey],
    ['a function', () => CANARY],
    ['a symbol', Symbol(CANARY)],
    ['an array of them', [octets, new Secret(CANARY)]],
    ['a map of them', new Map([['a', octets]])],
    ['a set of them', new Set([octets])],
    ['a nested one', { a: { b: { c: octets } } }],
    ['a password', { password: CANARY }],
    ['a Password', { Password: CANARY }],
    ['passwords', { passwords: [CANARY] }],
    ['an authorization', { headers: { authorization: `Basic ${CANARY}` } }],
    ['cookies', { 'set-cookie': [CANARY], cookie: CANARY, cookies: { a: CANARY } }],
    ['key material', { key: CANARY, privateKey: CANARY, private_key: CANARY, 'private-key': CANARY, entropy: CANARY }],
    ['tokens', { token: CANARY, jwt: CANARY, assertion: CANARY, nonce: CANARY, secret: CANARY, passphrase: CANARY }],
    ['one in an error', new GatewayError('wss.key', 'no', { key: octets, secret: CANARY })],
    ['one in the cause of an error', new Error('no', { cause: new GatewayError('wss.key', 'no', { nonce: CANARY }) })],
    ['one in a map', new Map([['password', CANARY]])],
  ])('%s', (_, value) => {
    const { log, written } = capture();
    log('request.failed', { value });
    const shown = written.join('');
    for (const form of [CANARY, octets.toString('base64'), octets.toString('hex'), [...octets].join(',')]) {
      expect(shown).not.toContain(form);
    }
    expect(shown).not.toContain('PRIVATE KEY');
  });

  test('a Secret prints as [secret] in every way, and gives its value when asked', () => {
    const value = new Secret(CANARY);
    expect([`${value}`, JSON.stringify({ value }), inspect(value), inspect({ value })]).toEqual([
      '[secret]',
      '{"value":"[secret]"}',
      '[secret]',
      '{ value: [secret] }',
    ]);
    expect(value.reveal()).toBe(CANARY);
    expect(Object.keys(value)).toEqual([]);
  });

  test('a flag named like a secret is only a flag', () => {
    expect(safeFields({ token: true, password: false, key: 1 })).toEqual({
      token: true,
      password: false,
      key: '[secret]',
    });
  });

  test('what never ends is cut', () => {
    const { log, last } = capture();
    log('request', { cyclic, list: Array.from({ length: 100 }, (_, i) => i) });
    expect(JSON.stringify(last())).toContain('[deep]');
    expect(last().list).toHaveLength(32);
  });
});

describe('fields', () => {
  test.each<[string, unknown, unknown]>([
    ['a number', 1.5, 1.5],
    ['a big number', 10n, '10'],
    ['null', null, null],
    ['false', false, false],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an address', new URL('http://a/b'), 'http://a/b'],
    ['a map', new Map([['a', 1]]), { a: 1 }],
    ['a set', new Set([1, 2]), [1, 2]],
    ['a function', () => 1, '[function]'],
  ])('%s', (_, value, shown) => {
    expect(safeFields({ value })).toEqual({ value: shown });
  });

  test('undefined is left out', () => {
    expect(Object.keys(safeFields({ a: undefined, b: 1 }))).toEqual(['b']);
  });

  test('an error of ours is its code, message, details and cause', () => {
    const cause = Object.assign(new Error('connect\nrefused'), { code: 'ECONNREFUSED' });
    const { value } = safeFields({
      value: new GatewayError('upstream.unreachable', 'no', { upstream: 'http://a' }, cause),
    });
    expect(value).toMatchObject({
      name: 'GatewayError',
      message: 'no',
      code: 'upstream.unreachable',
      details: { upstream: 'http://a' },
      cause: { name: 'Error', message: 'connect\\u{a}refused', code: 'ECONNREFUSED' },
    });
    expect(value).not.toHaveProperty('stack');
  });

  test('another is its frames too, without the message in them', () => {
    const { value } = safeFields({ value: new TypeError('x\n    at evil (file:1:1)') }) as {
      value: { stack: string[] };
    };
    expect(value.stack.length).toBeGreaterThan(0);
    expect(value.stack.length).toBeLessThanOrEqual(12);
  });

  test('names are made harmless as well, and __proto__ is a name', () => {
    const fields = safeFields(JSON.parse('{"__proto__":{"level":"fatal"},"a\\nb":1}'));
    expect(fields).toEqual({ '[__proto__]': { level: 'fatal' }, 'a\\u{a}b': 1 });
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
  });
});
