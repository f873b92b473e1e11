import { createHash } from 'node:crypto';
import { secret } from '../crypto/secret.js';
import { GatewayError } from '../errors.js';

/** Namespaces of WS-SecureConversation: 2004/04, 2005/02 and 200512 (1.3 and 1.4). */
export type Version = '2004-04' | '2005-02' | '1.3';

export const VERSIONS: readonly Version[] = ['2004-04', '2005-02', '1.3'];
export const METHODS = ['username', 'x509', 'kerberos', 'saml', 'anonymous'] as const;

/** Who holds the context's key, as the bootstrap proved it. */
export interface Principal {
  readonly name: string;
  readonly method: (typeof METHODS)[number];
  readonly groups: readonly string[];
  readonly claims: Readonly<Record<string, string>>;
}

/** The state of one conversation: all that a node needs to know of it. */
export interface SecurityContext {
  /** wsc:Identifier, a URI (`urn:uuid:…`). */
  readonly identifier: string;
  /** wsc:Instance: which key of a renewed context; absent until the first renewal. */
  readonly instance?: string;
  /** Name of the service policy that the token is good for. */
  readonly service: string;
  readonly version: Version;
  /** The SCT's key; prints as `[secret]`. */
  readonly key: Buffer;
  /** Milliseconds since the epoch, as are `expires` and `renewUntil`. */
  readonly created: number;
  readonly expires: number;
  /** End of the whole conversation: no renewal goes past it (security.md T4). */
  readonly renewUntil: number;
  readonly principal: Principal;
}

/** Makes a context whose key does not print. Every context is made here: opened, issued or renewed. */
export function securityContext(fields: SecurityContext): SecurityContext {
  return Object.freeze({ ...fields, key: secret(fields.key) });
}

/** What the outer token and the request say of a context. */
export interface OuterToken {
  readonly identifier: string;
  readonly instance?: string | undefined;
  readonly service: string;
  /** Unknown where a mere reference carried the cookie. */
  readonly version: Version | undefined;
}

/**
 * Compares a context with the token that carried it: a cookie moved into another Identifier, Instance, service or
 * version must not count (security.md T1).
 *
 * @throws GatewayError `token.binding`, naming the members that differ
 */
export function requireBinding(context: SecurityContext, outer: OuterToken): void {
  const differs = (['identifier', 'instance', 'service', 'version'] as const).filter(
    (member) => context[member] !== outer[member] && !(member === 'version' && outer.version === undefined),
  );
  if (differs.length > 0) {
    throw new GatewayError('token.binding', 'the token is not the one that the cookie was issued for', {
      differs,
      identifier: context.identifier,
      service: context.service,
    });
  }
}

/** A conversation in the log, and where an operator names it: not its Identifier, which is half of the token. */
export function contextHash(identifier: string): string {
  return createHash('sha256').update(identifier).digest('hex').slice(0, 16);
}
