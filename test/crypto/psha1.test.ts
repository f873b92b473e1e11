import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { combineEntropy, DEFAULT_LABEL, deriveKey, psha1 } from '../../src/crypto/psha1.js';
import { codeOf } from './code-of.js';

const hex = (text: string) => Buffer.from(text, 'hex');
const run = (from: number, to: number) => Buffer.from(Array.from({ length: to - from + 1 }, (_, i) => from + i));
const KEY_256 = hex('2f738c0d36c86c17dc1c0c4578d6a194847b817095b34c840403604f0947ac4c');

describe('vectors', () => {
  test('Mono: default label, a nonce of 256 zero octets', () => {
    const secret = Buffer.from('eX2EeE969RCv/5Lx8OIGLHtJrSD5PzVzO3tTy9JxU58=', 'base64');
    const key = deriveKey(secret, { nonce: Buffer.alloc(256), offset: 0, length: 32 });
    expect(key.toString('base64')).toBe('50UfLeg58TbfADujVeafUAS8typGX9LvqLOXezK/eJY=');
  });

  test('Layer7: the label of WSE 2 alone, not appended to the default', () => {
    const key = deriveKey(hex('a920b1d86ce1e1beb067720468d536a2'), {
      label: 'WS-SecureConversation',
      nonce: Buffer.from('Ok+XTDkuVaBxWKwGiV3uBQ==', 'base64'),
      offset: 0,
      length: 16,
    });
    expect(key.toString('hex')).toBe('be9e94029746708892126339a775a5a7');
  });

  test.each([
    [run(0x00, 0x1f), run(0x80, 0x9f), 32, KEY_256.toString('hex')],
    [run(0x00, 0x0f), run(0x80, 0x8f), 16, '593218badbc5ad10ad733f444f0da4c0'],
  ])('combined entropy %#', (client, server, length, expected) => {
    expect(combineEntropy(client, server, length).toString('hex')).toBe(expected);
  });

  test.each([
    [0, 24, undefined, 'c96aec1efe6dfe6b0b9ebb4021e51c35123a72173fe184f2'],
    [0, 32, undefined, 'c96aec1efe6dfe6b0b9ebb4021e51c35123a72173fe184f271205cb71f7666d7'],
    [32, 32, undefined, '59ae33e02f6f1bde778e00fafc9a3b4f0b2db296e8d23bb598256d8aa2bb1054'],
    [0, 16, 'WS-SecureConversation', 'd7480259c87f583890a072bcd98b41c1'],
  ])('offset %i length %i label %s', (offset, length, label, expected) => {
    const parameters = { nonce: run(0x10, 0x1f), offset, length, ...(label === undefined ? {} : { label }) };
    expect(deriveKey(KEY_256, parameters).toString('hex')).toBe(expected);
  });

  test('TLSNEGO CombinedHash: label AUTH-HASH', () => {
    const nonce = createHash('sha1').update('abc').digest();
    expect(deriveKey(KEY_256, { label: 'AUTH-HASH', nonce, offset: 0, length: 32 }).toString('hex')).toBe(
      'a33a086a9feb8930aa727fa0796b0468c27310dfb8124455b24ca8c434177177',
    );
  });
});

describe('the label rule', () => {
  const nonce = run(1, 16);
  const with_ = (label?: string) =>
    deriveKey(KEY_256, { nonce, offset: 0, length: 32, ...(label === undefined ? {} : { label }) });

  test('absent is the default label', () => {
    expect(with_()).toEqual(with_(DEFAULT_LABEL));
  });

  test('empty is no label, not the default', () => {
    expect(with_('')).toEqual(psha1(KEY_256, nonce, 0, 32));
    expect(with_('')).not.toEqual(with_());
  });

  test('is UTF-8', () => {
    expect(with_('é€')).toEqual(psha1(KEY_256, Buffer.concat([hex('c3a9e282ac'), nonce]), 0, 32));
  });
});

/** P_hash as RFC 2246 §5 writes it. */
function reference(secret: Buffer, seed: Buffer, length: number): Buffer {
  const hmac = (data: Buffer) => createHmac('sha1', secret).update(data).digest();
  let a = seed;
  let out = Buffer.alloc(0);
  while (out.length < length) {
    a = hmac(a);
    out = Buffer.concat([out, hmac(Buffer.concat([a, seed]))]);
  }
  return out.subarray(0, length);
}

test('any part of the stream is that part of the whole stream', () => {
  const octets = (min: number, max: number) =>
    fc.uint8Array({ minLength: min, maxLength: max }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(
      octets(1, 80),
      octets(0, 128),
      fc.nat(200),
      fc.integer({ min: 1, max: 100 }),
      (secret, seed, offset, length) => {
        expect(psha1(secret, seed, offset, length)).toEqual(reference(secret, seed, offset + length).subarray(offset));
      },
    ),
    { numRuns: 200 },
  );
});

test('the limit is 512 octets of the stream', () => {
  expect(psha1(KEY_256, KEY_256, 480, 32)).toHaveLength(32);
  expect(codeOf(() => psha1(KEY_256, KEY_256, 481, 32))).toBe('crypto.derive');
});

test.each([
  [-1, 32],
  [0, 0],
  [0, -16],
  [0.5, 16],
  [0, 16.5],
  [0, Number.NaN],
  [Number.NaN, 16],
  [Number.POSITIVE_INFINITY, 16],
  [2 ** 53, 16],
  [0, 2 ** 31],
])('offset %d with length %d is refused before any work', (offset, length) => {
  expect(codeOf(() => deriveKey(KEY_256, { nonce: KEY_256, offset, length }))).toBe('crypto.derive');
});
