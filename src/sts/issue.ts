import type { ServicePolicy } from '../config/types.js';
import { type Principal, type SecurityContext, securityContext } from '../conversation/context.js';
import { seal } from '../conversation/cookie.js';
import type { KeyRing } from '../conversation/key-ring.js';
import type { Placement } from '../conversation/placement.js';
import { GatewayError } from '../errors.js';
import type { Runtime } from '../runtime.js';
import { makeProofKey, type ProofKey } from './entropy.js';
import { actionOf } from './names.js';
import { writeTokenResponse } from './response.js';
import type { TokenRequest } from './rst.js';
import { requireScope } from './scope.js';

/** What tokens are made with. */
export interface Sts {
  readonly ring: KeyRing;
  readonly runtime: Runtime;
  readonly placement: Placement;
  /** Keeps the state of a context where its token does not carry it. @throws GatewayError `http.overloaded`, `store.unavailable` */
  readonly keep?: ((context: SecurityContext) => Promise<void>) | undefined;
}

/** A token that was issued or renewed, and the answer that carries it. */
export interface Issued {
  readonly context: SecurityContext;
  /** Content of the SOAP Body, in exclusive canonical form. */
  readonly body: string;
  /** wsa:Action of the answer. */
  readonly action: string;
}

/**
 * Opens a conversation (WS-SecureConversation 1.3 §4): a new context, its cookie sealed, and the answer that every client
 * accepts.
 *
 * @param principal whom the bootstrap proved
 * @throws GatewayError `sts.scope`, `sts.type` for a version that the service does not speak, `sts.token-too-large`
 */
export async function issueToken(
  sts: Sts,
  service: ServicePolicy,
  request: TokenRequest,
  principal: Principal,
): Promise<Issued> {
  requireService(service, request);
  const created = sts.runtime.now();
  const proof = proofKey(sts, service, request);
  const renewUntil = created + service.conversation.renewUntil;
  const context = securityContext({
    identifier: `urn:uuid:${sts.runtime.randomUUID()}`,
    service: service.name,
    version: request.names.version,
    key: proof.key,
    created,
    expires: Math.min(created + lifetimeOf(service, request), renewUntil),
    renewUntil,
    principal,
  });
  return answerWith(sts, request, context, proof);
}

/** @throws GatewayError `sts.scope`, `sts.type` */
export function requireService(service: ServicePolicy, request: TokenRequest): void {
  const { version } = request.names;
  if (!service.conversation.versions.includes(version)) {
    throw new GatewayError('sts.type', 'a version that the service does not speak', { version, service: service.name });
  }
  requireScope(service, request.appliesTo);
}

/** Milliseconds: what was asked for, and no more than the policy gives (WS-Trust 1.3 §4.1 lets the issuer choose). */
export function lifetimeOf(service: ServicePolicy, request: TokenRequest): number {
  return Math.min(service.conversation.lifetime, request.lifetime ?? Number.POSITIVE_INFINITY);
}

/**
 * Where messages are encrypted the key has the suite's length, whatever KeySize was asked for (WS-Trust 1.3 §9.2: "an
 * indication of the desired strength"); over transport, where it only signs, it has what was asked for, because a WCF
 * client whose suite is another refuses a shorter one. The answer states it. WCF and Mono ask for just that length and refuse one that their suite has not;
 * Rampart and WSE 2 ask for none and take the suite's. CXF and Metro ask for 256 bits under Basic128 too, but go by the
 * answer, and Metro would take all of a longer key for an AES-128 key.
 */
export function proofKey(sts: Sts, service: ServicePolicy, request: TokenRequest): ProofKey {
  const { entropy, entropyKey } = request;
  const client =
    entropy === undefined ? undefined : { octets: entropy, ...(entropyKey === undefined ? {} : { key: entropyKey }) };
  const { kind, suite } = service.binding;
  const asked = kind === 'transport' && request.keySize !== undefined ? request.keySize / 8 : suite.tokenKeyLength;
  return makeProofKey(sts.runtime, client, asked);
}

/** The cookie of a context's token; undefined where the state is kept elsewhere. */
async function stateOf({ ring, keep }: Sts, context: SecurityContext): Promise<string | undefined> {
  if (keep === undefined) return seal(ring, context);
  await keep(context);
  return undefined;
}

/** @throws GatewayError `sts.token-too-large`, `http.overloaded`, `store.unavailable` */
export async function answerWith(
  sts: Sts,
  request: TokenRequest,
  context: SecurityContext,
  proof: ProofKey,
): Promise<Issued> {
  const cookie = await stateOf(sts, context);
  const id = `sct-${sts.runtime.randomUUID()}`;
  return {
    context,
    body: writeTokenResponse({ context, cookie, placement: sts.placement, id, proof }, request.context),
    action: actionOf(request.names, 'RSTR', request.kind),
  };
}
