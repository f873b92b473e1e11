import { createHash } from 'node:crypto';
import type { Principal } from '../conversation/context.js';
import { equal } from '../crypto/mac.js';
import type { Runtime } from '../runtime.js';
import { type Cost, DEFAULT_COST, dummyHash, verifyPassword } from './hash.js';
import type { User } from './user-file.js';

/** Who may prove himself with a password. */
export interface UserStore {
  /** How many users the store knows. */
  readonly size: number;
  /**
   * Proves a password sent as text. Takes the same work whether the user exists or not (security.md T9).
   */
  verifyText(name: string, password: string): Promise<Principal | undefined>;
  /**
   * Proves a PasswordDigest, SHA-1(nonce ‖ created ‖ password) (UsernameToken Profile 1.1 §3.1): only for users whose
   * password is stored in the sealed, reversible form.
   */
  verifyDigest(name: string, nonce: Buffer, created: string, digest: Buffer): Promise<Principal | undefined>;
}

export function createUserStore(list: readonly User[], runtime: Runtime): UserStore {
  const users = new Map(list.map((user) => [user.name, user]));
  const dummy = dummyHash(runtime, dominantCost(list));
  const anySealed = list.find(({ sealed }) => sealed !== undefined)?.sealed;
  const dummyPassword = Buffer.from(runtime.randomBytes(32));
  return {
    size: users.size,
    verifyText: async (name, password) => {
      const user = users.get(name);
      // One derivation whoever asks: for a sealed password and an unknown user one that proves nothing.
      const hashed = await verifyPassword(password, user?.hash ?? dummy);
      const proven = user?.sealed === undefined ? hashed : equalText(await user.sealed.open(), password);
      return proven && user !== undefined && (user.hash ?? user.sealed) !== undefined ? principal(user) : undefined;
    },
    verifyDigest: async (name, nonce, created, digest) => {
      const user = users.get(name);
      const opened = await (user?.sealed ?? anySealed)?.open();
      const password = user?.sealed === undefined ? dummyPassword : (opened ?? dummyPassword);
      const proven = equal(passwordDigest(nonce, created, password), digest);
      return proven && user?.sealed !== undefined ? principal(user) : undefined;
    },
  };
}

/** True if some users' passwords cost more work than others': then time tells which names exist. */
export function mixesCosts(list: readonly User[]): boolean {
  return new Set(list.flatMap(({ hash }) => (hash === undefined ? [] : [costKey(hash)]))).size > 1;
}

function dominantCost(list: readonly User[]): Cost {
  const counts = new Map<string, { cost: Cost; users: number }>();
  for (const { hash } of list) {
    if (hash === undefined) continue;
    const entry = counts.get(costKey(hash)) ?? { cost: hash, users: 0 };
    entry.users++;
    counts.set(costKey(hash), entry);
  }
  return [...counts.values()].sort((a, b) => b.users - a.users)[0]?.cost ?? DEFAULT_COST;
}

function costKey({ N, r, p }: Cost): string {
  return `${N}/${r}/${p}`;
}

function passwordDigest(nonce: Buffer, created: string, password: Buffer): Buffer {
  return createHash('sha1').update(nonce).update(created, 'utf8').update(password).digest();
}

/** Compares digests, so that the time says nothing of lengths either. */
function equalText(secret: Buffer, text: string): boolean {
  const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
  return equal(sha256(secret), sha256(Buffer.from(text, 'utf8')));
}

function principal({ name, groups }: User): Principal {
  return Object.freeze({ name, method: 'username', groups: Object.freeze([...groups]), claims: Object.freeze({}) });
}
