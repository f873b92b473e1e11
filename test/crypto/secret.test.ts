import { inspect } from 'node:util';
import { secret } from '../../src/crypto/secret.js';

const OCTETS = Buffer.from('b16b00b5cafebabe0102030405060708', 'hex');

test('is the same octets for whoever computes with them', () => {
  const bytes = Buffer.from(OCTETS);
  expect(secret(bytes)).toBe(bytes);
  expect(secret(secret(bytes)).equals(OCTETS)).toBe(true);
  expect(bytes.toString('hex')).toBe(OCTETS.toString('hex'));
});

test('prints as [secret] alone and inside anything', () => {
  const bytes = secret(Buffer.from(OCTETS));
  expect(inspect(bytes)).toBe('[secret]');
  expect(inspect({ deep: [{ bytes }] }, { depth: 9 })).toBe('{ deep: [ { bytes: [secret] } ] }');
  expect(JSON.stringify({ bytes })).toBe('{"bytes":"[secret]"}');
  expect(`${bytes}`).toBe('[secret]');
  expect(String(bytes)).toBe('[secret]');
  expect(Object.keys(bytes).every((name) => /^\d+$/.test(name))).toBe(true);
});
