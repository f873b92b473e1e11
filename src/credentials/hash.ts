import { scrypt } from 'node:crypto';
import { decodeBase64 } from '../crypto/base64.js';
import { equal } from '../crypto/mac.js';
import type { Runtime } from '../runtime.js';

/** Cost of scrypt (RFC 7914 §2): N is what makes it slow, 128·N·r octets what it takes. */
export interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** `scrypt$N$r$p$salt$key`, salt and key in base64. */
export interface PasswordHash extends Cost {
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** 32 MiB and some 80 ms on a server's core. */
export const DEFAULT_COST: Cost = { N: 2 ** 15, r: 8, p: 1 };

const SALT_LENGTH = 16;
const MAX_SALT = 64;
const KEY_LENGTH = 32;
/** Of N: below it a stolen file is soon guessed; above it one log-in takes a node's memory. */
const MIN_N = 2 ** 14;
const MAX_N = 2 ** 20;
const MAX_MEMORY = 256 * 1024 * 1024;

/** A line's hash for a new password. */
export async function hashPassword(password: string, runtime: Runtime, cost: Cost = DEFAULT_COST): Promise<string> {
  const salt = Buffer.from(runtime.randomBytes(SALT_LENGTH));
  return formatHash({ ...cost, salt, key: await derive(password, { ...cost, salt }) });
}

export function formatHash({ N, r, p, salt, key }: PasswordHash): string {
  return `scrypt$${N}$${r}$${p}$${salt.toString('base64')}$${key.toString('base64')}`;
}

/** @returns the hash, or what is wrong with it; never a part of it */
export function parseHash(text: string): PasswordHash | string {
  const fields = text.split('$');
  const [, N = '', r = '', p = '', salt = '', key = ''] = fields;
  if (fields.length !== 6 || ![N, r, p].every((number) => /^[1-9]\d{0,8}$/.test(number))) {
    return 'the hash must be scrypt$N$r$p$salt$key';
  }
  const hash = { N: Number(N), r: Number(r), p: Number(p), salt: octets(salt, MAX_SALT), key: octets(key, KEY_LENGTH) };
  if (!Number.isInteger(Math.log2(hash.N)) || hash.N < MIN_N || hash.N > MAX_N) {
    return `N must be a power of two from ${MIN_N} to ${MAX_N}`;
  }
  if (hash.r > 32 || hash.p > 16 || 128 * hash.N * hash.r > MAX_MEMORY)
    return 'r and p must not ask for more than 256 MiB';
  if (hash.salt.length < SALT_LENGTH) return `the salt must be base64 of at least ${SALT_LENGTH} octets`;
  if (hash.key.length !== KEY_LENGTH) return `the key must be base64 of ${KEY_LENGTH} octets`;
  return hash;
}

/** Works in libuv's thread pool. */
export async function verifyPassword(password: string, hash: PasswordHash): Promise<boolean> {
  return equal(await derive(password, hash), hash.key);
}

/** A hash that no password has, which takes as much work as a real one. */
export function dummyHash(runtime: Runtime, cost: Cost): PasswordHash {
  return {
    N: cost.N,
    r: cost.r,
    p: cost.p,
    salt: Buffer.from(runtime.randomBytes(SALT_LENGTH)),
    key: Buffer.from(runtime.randomBytes(KEY_LENGTH)),
  };
}

function derive(password: string, { N, r, p, salt }: Cost & { readonly salt: Buffer }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, key: Buffer) => (error === null ? resolve(key) : reject(error));
    scrypt(Buffer.from(password, 'utf8'), salt, KEY_LENGTH, { N, r, p, maxmem: 2 * 128 * N * r }, done);
  });
}

function octets(text: string, max: number): Buffer {
  try {
    return decodeBase64(text, max);
  } catch {
    return Buffer.alloc(0);
  }
}
