import type { Bootstrap } from '../config/types.js';
import type { Conversation } from '../conversation/cache.js';
import type { Principal } from '../conversation/context.js';
import { GatewayError } from '../errors.js';
import { type Proof, requireParts } from '../policy/parts.js';
import type { Verified } from '../policy/verified.js';
import type { AnswerKey } from '../wss/answer-keys.js';
import type { WrappedSecret } from '../wss/keys.js';
import type { VersionNames } from '../wss/names.js';
import type { AnswerProtection } from '../wss/protect.js';
import type { Unprotected } from '../wss/unprotect.js';
import { authenticate, signingCertificate } from './authenticate.js';
import type { PipelineOptions } from './context.js';
import { countFailure, openedAddressing, openMessage, requireNew } from './prove.js';
import type { Received } from './receive.js';

/** A request for a token, proven under a bootstrap, and who sent it. */
export interface ProvenBootstrap {
  readonly verified: Verified<Bootstrap>;
  readonly principal: Principal;
  readonly protection: AnswerProtection;
}

const MAX_FAILURES = 20;

/** Proofs that failed under an EncryptedKey, counted by its ciphertext (security.md C4). */
function requireTrusted({ state }: PipelineOptions, { header }: Received): void {
  for (const { octets } of header.encryptedKeys) {
    if ((state.keyFailures.get(octets.toString('base64')) ?? 0) < MAX_FAILURES) continue;
    throw new GatewayError('wss.limit', 'too many messages under this EncryptedKey failed their proof');
  }
}

/** What the shared store did not answer is no failure of the message. */
function isAway(error: unknown): boolean {
  return error instanceof GatewayError && error.code === 'store.unavailable';
}

function countKeyFailure({ state }: PipelineOptions, { header }: Received): void {
  for (const { octets } of header.encryptedKeys) {
    const name = octets.toString('base64');
    state.keyFailures.set(name, (state.keyFailures.get(name) ?? 0) + 1);
  }
}

/** By what the header shows before it is opened: an EncryptedKey, or none (over TLS; WSE 2 with a certificate). */
function candidatesOf({ request, header }: Received): readonly Bootstrap[] {
  const { bootstrap } = request.service;
  const isEncrypted = header.encryptedKeys.length > 0;
  const candidates = bootstrap.filter(
    ({ kind, encryptedParts }) =>
      (kind !== 'transport' && isEncrypted) ||
      (kind === 'transport' && !isEncrypted && request.secureTransport) ||
      (kind === 'asymmetric' && !isEncrypted && !encryptedParts.body),
  );
  if (candidates.length > 0) return candidates;
  const isTransport = !isEncrypted && bootstrap.some(({ kind }) => kind === 'transport');
  if (isTransport) throw new GatewayError('wss.transport', 'this bootstrap is for TLS alone');
  throw new GatewayError('wss.parts', 'no bootstrap of the service has this binding');
}

function credentialOf({ request }: Received, opened: Unprotected): Bootstrap['credential'] {
  if (opened.header.usernameTokens.length > 0) return 'username';
  const hasSigned = opened.signatures.some(({ key }) => key.kind === 'certificate');
  return hasSigned || request.clientCertificate !== undefined ? 'x509' : 'anonymous';
}

const PROOFS: Readonly<Record<Bootstrap['kind'], Proof>> = {
  symmetric: 'encrypted-key',
  asymmetric: 'certificate',
  transport: 'transport',
};

/** The kind of binding that an opened message has. */
function kindOf(opened: Unprotected): Bootstrap['kind'] {
  const { envelope, header, signatures } = opened;
  if (header.encryptedKeys.length === 0) {
    const isSigned = signatures.some(({ key, nodes }) => key.kind === 'certificate' && nodes.has(envelope.body));
    return isSigned ? 'asymmetric' : 'transport';
  }
  const isSymmetric = opened.signatures.some(
    ({ key }) => key.kind === 'symmetric' && key.secret.kind === 'encrypted-key',
  );
  return isSymmetric ? 'symmetric' : 'asymmetric';
}

/** The first bootstrap of the policy that the message fulfils; the reason of the last that it does not. */
function fulfilled(received: Received, opened: Unprotected, candidates: readonly Bootstrap[]): Verified<Bootstrap> {
  const kind = kindOf(opened);
  const credential = credentialOf(received, opened);
  const addressing = openedAddressing(received, opened);
  const fitting = candidates.filter((candidate) => candidate.kind === kind && candidate.credential === credential);
  let reason: unknown = new GatewayError('wss.parts', 'no bootstrap of the service has this credential', {
    kind,
    credential,
  });
  for (const policy of fitting) {
    if (!opened.candidates.includes(policy)) continue;
    try {
      return requireParts(opened, addressing, { policy, proof: PROOFS[kind] });
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}

function wrappedSecret(verified: Verified): WrappedSecret | undefined {
  const key = verified.primary?.key;
  return key?.kind === 'symmetric' && key.secret.kind === 'encrypted-key' ? key.secret : undefined;
}

/** How the answer is secured: with what the request was. */
function answerKey({ config }: PipelineOptions, verified: Verified<Bootstrap>): AnswerKey {
  if (verified.policy.kind === 'transport') return { kind: 'transport' };
  const secret = wrappedSecret(verified);
  if (secret !== undefined) {
    const derived = verified.primary?.key.kind === 'symmetric' && verified.primary.key.derived;
    return { kind: 'encrypted-key', key: secret.key, digest: secret.digest, derived };
  }
  const client = signingCertificate(verified);
  const [element] = verified.header.encryptedKeys;
  const encryption = verified.encryptionKey?.secret;
  const service = encryption?.kind === 'encrypted-key' ? encryption.certificate : config.certificates[0];
  if (client === undefined || service === undefined) throw new GatewayError('wss.key', 'no certificate to answer with');
  return { kind: 'certificate', client, service, naming: element?.key?.kind ?? 'subject-key-identifier' };
}

/**
 * Proves a request for a token under one of the service's bootstraps, and authenticates who sent it.
 *
 * @param conversation of the token that a renewal carries beside its bootstrap
 * @throws GatewayError `wss.*`, `auth.*`
 */
export async function proveBootstrap(
  options: PipelineOptions,
  received: Received,
  names: VersionNames,
  conversation: Conversation | undefined,
): Promise<ProvenBootstrap> {
  const { request } = received;
  requireTrusted(options, received);
  const candidates = candidatesOf(received);
  let verified: Verified<Bootstrap>;
  try {
    const opened = openMessage(options, received, conversation, candidates);
    verified = fulfilled(received, opened, candidates);
    const secret = wrappedSecret(verified);
    await requireNew(options, received, verified, {
      name: secret?.digest.toString('base64') ?? 'bootstrap',
      key: undefined,
    });
  } catch (error) {
    if (!isAway(error)) countKeyFailure(options, received);
    if (conversation !== undefined) countFailure(conversation, error);
    throw error;
  }
  const principal = await authenticate(options, request, verified);
  const { policy, primary, endorsing, signatureEncrypted } = verified;
  const signatures = [primary, ...endorsing].filter((signature) => signature !== undefined);
  return {
    verified,
    principal,
    protection: {
      key: answerKey(options, verified),
      policy,
      names,
      signatureAlgorithm: primary?.element.algorithm,
      timestamp: request.service.timestamp,
      confirm: policy.signatureConfirmation ? signatures.map(({ element }) => element.value) : [],
      confirmEncrypted: signatureEncrypted,
      bodyInClear: false,
    },
  };
}
