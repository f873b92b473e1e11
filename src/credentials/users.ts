import type { Principal } from '../conversation/context.js';

/** Who may prove himself with a password. */
export interface UserStore {
  /** How many users the store knows. */
  readonly size: number;
  /**
   * Proves a password sent as text. Takes the same work whether the user exists or not (security.md T9).
   *
   * @throws GatewayError `auth.unavailable` if too many proofs are waiting already
   */
  verifyText(name: string, password: string): Promise<Principal | undefined>;
  /**
   * Proves a PasswordDigest, SHA-1(nonce ‖ created ‖ password) (UsernameToken Profile 1.1 §3.1): only for users whose
   * password is stored in the sealed, reversible form.
   */
  verifyDigest(name: string, nonce: Buffer, created: string, digest: Buffer): Promise<Principal | undefined>;
}
