import type { Principal } from '../conversation/context.js';
import { decodeBase64 } from '../crypto/base64.js';
import { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import type { Gate } from './gate.js';
import { nameProblem } from './names.js';
import type { NonceWindow } from './nonces.js';
import type { Throttle } from './throttle.js';
import type { UserStore } from './users.js';

/** A wsse:UsernameToken as the message has it (UsernameToken Profile 1.1 §3.1). */
export interface UsernameCredential {
  readonly username: string;
  /** Text, or the digest in base64. */
  readonly password: string | undefined;
  readonly type: 'text' | 'digest';
  readonly nonce?: Buffer | undefined;
  /** wsu:Created, as written: it is what was digested. */
  readonly created?: string | undefined;
}

/** What a service's bootstrap says of passwords, and who is asking. */
export interface UsernameRules {
  readonly users: UserStore;
  readonly passwords: readonly ('text' | 'digest')[];
  readonly clientAddress: string;
  /** Milliseconds from Created; as for the message's Timestamp. */
  readonly ttl: number;
  readonly skew: number;
  /**
   * Remembers a nonce with the other nodes too, where the service wants that.
   *
   * @returns false if any of them has seen it
   * @throws GatewayError `store.unavailable`
   */
  readonly rememberOnFarm?: ((key: string, until: number) => Promise<boolean>) | undefined;
}

/**
 * Proves a UsernameToken.
 *
 * @throws GatewayError `auth.failed` (details.reason is for the log), `auth.replay` (nonce seen before), `auth.throttled`,
 *   `auth.unavailable`, `store.unavailable`
 */
export type AuthenticateUsername = (credential: UsernameCredential, rules: UsernameRules) => Promise<Principal>;

const MAX_PASSWORD = 1024;
const MAX_NONCE = 128;
const SHA1_LENGTH = 20;
/** Of xsd:dateTime only what names an instant: with a zone, and without the year 10000. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** What the authenticator of a worker keeps from one proof to the next. */
export interface UsernameState {
  readonly runtime: Runtime;
  readonly throttle: Throttle;
  readonly nonces: NonceWindow;
  readonly gate: Gate;
}

export function usernameAuthenticator({ runtime, throttle, nonces, gate }: UsernameState): AuthenticateUsername {
  return async (credential, rules) => {
    const { username, type, nonce } = credential;
    const { clientAddress } = rules;
    const problem = nameProblem(username) ?? formProblem(credential, rules);
    if (problem !== undefined) throw failed(problem);
    const until = requireFresh(credential, rules, runtime.now());
    throttle.check(username, clientAddress);
    return gate.run(async () => {
      // Again, now that its turn has come: those that waited before it may all have failed.
      throttle.check(username, clientAddress);
      const principal = await prove(credential, rules.users);
      if (principal === undefined) {
        throttle.failed(username, clientAddress);
        throw failed(`no user proves this ${type}`, { username });
      }
      // Only what was proven is remembered: guesses must not fill the window, nor burn the nonces of others.
      const key = nonce === undefined ? undefined : `${nonce.toString('base64')} ${username}`;
      if (key !== undefined && !(nonces.remember(key, until) && (await rules.rememberOnFarm?.(key, until)) !== false)) {
        throw new GatewayError('auth.replay', 'the nonce of the UsernameToken has been used', { username });
      }
      throttle.succeeded(username);
      return principal;
    });
  };
}

function formProblem({ password, type, nonce, created }: UsernameCredential, rules: UsernameRules): string | undefined {
  if (!rules.passwords.includes(type)) return `the policy takes no password of type ${type}`;
  if (password === undefined || password === '') return 'the token holds no password';
  if (password.length > MAX_PASSWORD) return 'the password is too long';
  if (password.includes('\0')) return 'the password holds NUL';
  if (nonce !== undefined && (nonce.length === 0 || nonce.length > MAX_NONCE))
    return 'the nonce has no sensible length';
  // Without both a digest is good for ever (UsernameToken Profile 1.1 §3.1).
  if (type === 'digest' && (nonce === undefined || created === undefined)) return 'a digest needs Nonce and Created';
  return undefined;
}

/**
 * Created is proven only where it is digested, but no honest client writes one that is stale.
 *
 * @returns until when the nonce must be remembered: as long as any token with it could be fresh
 */
function requireFresh({ created }: UsernameCredential, { ttl, skew }: UsernameRules, now: number): number {
  // WCF sends neither Nonce nor Created: the message's own Timestamp is what keeps such a token fresh (security.md T9).
  if (created === undefined) return now + ttl + 2 * skew;
  const instant = INSTANT.test(created) ? Date.parse(created) : Number.NaN;
  if (Number.isNaN(instant)) throw failed('Created is not an instant');
  const age = now - instant;
  if (age > ttl + skew || age < -skew) throw failed('Created is not fresh', { age, ttl, skew });
  return instant + ttl + skew;
}

async function prove(
  { username, password = '', type, nonce, created }: UsernameCredential,
  users: UserStore,
): Promise<Principal | undefined> {
  if (type === 'text') return users.verifyText(username, password);
  const digest = digestOf(password);
  if (digest === undefined || nonce === undefined || created === undefined) return undefined;
  return users.verifyDigest(username, nonce, created, digest);
}

function digestOf(text: string): Buffer | undefined {
  try {
    const digest = decodeBase64(text, SHA1_LENGTH);
    return digest.length === SHA1_LENGTH ? digest : undefined;
  } catch {
    return undefined;
  }
}

function failed(reason: string, details: Record<string, unknown> = {}): GatewayError {
  return new GatewayError('auth.failed', reason, details);
}
