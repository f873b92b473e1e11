import type { ServicePolicy } from '../config/types.js';
import { type SecurityContext, securityContext } from '../conversation/context.js';
import { GatewayError } from '../errors.js';
import { answerWith, type Issued, lifetimeOf, proofKey, requireService, type Sts } from './issue.js';
import type { TokenRequest } from './rst.js';

/**
 * Renews a context (WS-SecureConversation 1.3 §5): the same Identifier and principal, a new key under a new Instance,
 * which Metro needs to take the new key at all. Whether the current key was proven, and how long an expired token may
 * still be renewed, is the caller's question.
 *
 * @param current as its cookie says; it may have expired
 * @throws GatewayError `sts.unable-to-renew` past the end of the conversation (security.md T4), `sts.request` for a request
 *   in another version than the token's, `sts.scope`, `sts.type`, `sts.token-too-large`
 */
export async function renewToken(
  sts: Sts,
  service: ServicePolicy,
  request: TokenRequest,
  current: SecurityContext,
): Promise<Issued> {
  requireService(service, request);
  if (current.version !== request.names.version || current.service !== service.name) {
    throw new GatewayError('sts.request', 'the token to renew is of another version or service', {
      version: current.version,
      service: current.service,
    });
  }
  const created = sts.runtime.now();
  const { identifier, renewUntil, principal } = current;
  if (created >= renewUntil) {
    throw new GatewayError('sts.unable-to-renew', 'the conversation has come to its end', { identifier, renewUntil });
  }
  const proof = proofKey(sts, service, request);
  const context = securityContext({
    identifier,
    instance: `urn:uuid:${sts.runtime.randomUUID()}`,
    service: service.name,
    version: current.version,
    key: proof.key,
    created,
    expires: Math.min(created + lifetimeOf(service, request), renewUntil),
    renewUntil,
    principal,
  });
  return answerWith(sts, request, context, proof);
}
