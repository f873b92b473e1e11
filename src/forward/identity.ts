import { createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, type JWK, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import type { IdentityJwt, ServicePolicy } from '../config/types.js';
import type { Principal } from '../conversation/context.js';
import type { Runtime } from '../runtime.js';

/**
 * A value as it may stand in a header: ASCII as it is, all else as percent-encoded UTF-8, and `%` as `%25`, so that
 * `decodeURIComponent` gives the value back exactly. Controls would be header injection; characters above U+00FF
 * cannot be sent, and what a Latin-1 octet means is anybody's guess (security.md H4). Space at an end would be trimmed
 * by the reader, so it is encoded there.
 */
export function headerValue(text: string): string {
  // a lone surrogate has no UTF-8; U+FFFD stands for it
  return text.replace(/\p{Cs}/gu, '\ufffd').replace(/[^\x20-\x7e]|%|^ | $/gu, encodeURIComponent);
}

/** One group of the joined list: a comma in its name must not make it two groups. */
function groupValue(group: string): string {
  return headerValue(group).replaceAll(',', '%2C');
}

/** Every header that any service's identity settings write: none of them is taken from a client, on any route (security.md H5). */
export function identityNames(services: readonly ServicePolicy[]): string[] {
  return services.flatMap(({ identity }) => [
    ...Object.keys(identity.headers),
    ...(identity.jwt === undefined ? [] : [identity.jwt.header]),
  ]);
}

const PLACEHOLDER = /\{(name|groups|method|claim:([^{}]+))\}/g;

/**
 * The identity headers of a service for one caller, each from its template: `{name}`, `{groups}` (joined by commas),
 * `{method}`, `{claim:x}` (empty if the caller has no such claim). A header whose value is empty is not sent.
 */
export function identityHeaders(service: ServicePolicy, principal: Principal): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, template] of Object.entries(service.identity.headers)) {
    const value = template.replace(PLACEHOLDER, (_, word: string, claim: string | undefined) => {
      if (word === 'name') return headerValue(principal.name);
      if (word === 'method') return principal.method;
      if (word === 'groups') return principal.groups.map(groupValue).join(',');
      const named = claim ?? '';
      return headerValue(Object.hasOwn(principal.claims, named) ? (principal.claims[named] ?? '') : '');
    });
    if (value !== '') headers[name.toLowerCase()] = value;
  }
  return headers;
}

export interface IdentitySigner {
  /**
   * The identity assertion for one conversation, a JWT (RFC 7519) with `iss`, `aud`, `sub`, `groups`, `amr`, `iat`,
   * `nbf`, `exp` and `jti`. Signed anew after half its lifetime: a signature costs as much as the whole proof of a message.
   *
   * @throws TypeError if the service's identity has no `jwt`
   */
  sign(service: ServicePolicy, principal: Principal, sessionId: string): Promise<string>;
  /** The public keys of all services' assertions, as a JWK Set (RFC 7517 §5). */
  jwks(): Promise<{ readonly keys: readonly JWK[] }>;
}

export interface IdentitySignerOptions {
  readonly services: readonly ServicePolicy[];
  /** Conversations whose assertion is kept. */
  readonly entries: number;
  readonly runtime: Runtime;
}

async function publicJwk(key: KeyObject, algorithm: string): Promise<JWK> {
  const { kty, crv, x, y, n, e } = await exportJWK(key.type === 'private' ? createPublicKey(key) : key);
  const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined);
  const jwk: JWK = Object.fromEntries(members);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'sig', alg: algorithm };
}

interface Assertion {
  readonly jwt: Promise<string>;
  /** Milliseconds since the epoch: from here on a new one is signed. */
  readonly until: number;
  /** The caller it speaks of; a renewed conversation may have another. */
  readonly principal: Principal;
}

export function createIdentitySigner(options: IdentitySignerOptions): IdentitySigner {
  const { runtime } = options;
  const settings = options.services.flatMap(({ identity }) => (identity.jwt === undefined ? [] : [identity.jwt]));
  const jwks = new Map<KeyObject, Promise<JWK>>();
  for (const { key, algorithm } of settings) if (!jwks.has(key)) jwks.set(key, publicJwk(key, algorithm));
  const assertions = new LRUCache<string, Assertion>({ max: Math.max(1, options.entries) });

  async function signNow(jwt: IdentityJwt, principal: Principal, issued: number): Promise<string> {
    const { kid } = await (jwks.get(jwt.key) ?? publicJwk(jwt.key, jwt.algorithm));
    const now = Math.floor(issued / 1000);
    return new SignJWT({ groups: [...principal.groups], amr: [principal.method] })
      .setProtectedHeader({ alg: jwt.algorithm, typ: 'JWT', ...(kid === undefined ? {} : { kid }) })
      .setIssuer(jwt.issuer)
      .setAudience(jwt.audience)
      .setSubject(principal.name)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + Math.max(1, Math.floor(jwt.lifetime / 1000)))
      .setJti(runtime.randomUUID())
      .sign(jwt.key);
  }

  return {
    sign(service, principal, sessionId) {
      const { jwt } = service.identity;
      if (jwt === undefined) return Promise.reject(new TypeError(`no identity.jwt in ${service.name}`));
      const id = `${service.name}\n${sessionId}`;
      const now = runtime.now();
      const known = assertions.get(id);
      if (known !== undefined && now < known.until && samePrincipal(known.principal, principal)) return known.jwt;
      const signed = signNow(jwt, principal, now);
      const assertion = { jwt: signed, until: now + jwt.lifetime / 2, principal };
      assertions.set(id, assertion);
      signed.catch(() => {
        if (assertions.peek(id) === assertion) assertions.delete(id);
      });
      return signed;
    },
    jwks: async () => {
      const keys = await Promise.all(jwks.values());
      return { keys: [...new Map(keys.map((key) => [key.kid, key])).values()] };
    },
  };
}

function samePrincipal(a: Principal, b: Principal): boolean {
  return (
    a === b ||
    (a.name === b.name &&
      a.method === b.method &&
      a.groups.length === b.groups.length &&
      a.groups.every((group, index) => group === b.groups[index]))
  );
}
