import type { ServicePolicy } from '../config/types.js';
import { type ErrorCode, type FaultRow, faultOf, GatewayError } from '../errors.js';
import type { FaultResponse, SoapRequest, SoapResponse } from '../http/soap-request.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import { type Fault, writeFault } from '../soap/fault.js';
import { ADDRESSING, type AddressingNames, SOAP, type SoapVersion } from '../soap/names.js';
import { plainEnvelope } from '../soap/reply.js';
import { VERSION_BY_CONVERSATION, type VersionNames, versionNames, WSSE } from '../wss/names.js';
import { type AnswerProtection, protect, writePlain, writeTimestamped } from '../wss/protect.js';
import { namespaceOf } from '../xml/read.js';
import { DEFAULT_XML_LIMITS } from '../xml/scan.js';
import { contentTypeOf, ownEnvelope, replyTo, soapResponse } from './answer.js';
import type { PipelineOptions } from './context.js';
import { type Sighted, TRUST_ACTIONS } from './receive.js';

/** Namespace of a fault's subcode, in the versions that the client speaks. */
function subcodeNamespace(row: FaultRow, names: VersionNames, addressing: AddressingNames): string {
  const namespaces = {
    soap: '',
    wsse: WSSE,
    trust: names.trust,
    conversation: names.conversation,
    addressing: addressing.namespace,
  } as const satisfies Record<FaultRow['namespace'], string>;
  return namespaces[row.namespace];
}

function faultContent(row: FaultRow, soap: SoapVersion, names: VersionNames, addressing: AddressingNames): string {
  const { role, reason, subcode: local } = row;
  const fault: Fault = {
    role,
    reason,
    ...(local === undefined ? {} : { subcode: { namespace: subcodeNamespace(row, names, addressing), local } }),
  };
  return writeFault(soap, fault);
}

const NEWEST_ADDRESSING = ADDRESSING[0] as AddressingNames;

/**
 * The version that a client speaks, as far as its message told: that of its token, of its Action, of the keys that it
 * derives from a token which it did not send, else the service's first.
 */
function spokenVersion(service: ServicePolicy, { envelope, header, addressing }: Sighted): VersionNames {
  const fromToken = header?.contextToken?.version;
  if (fromToken !== undefined) return versionNames(fromToken);
  const trust = addressing?.action === undefined ? undefined : TRUST_ACTIONS.get(addressing.action);
  if (trust !== undefined) return trust.names;
  const derived = header?.derivedKeys[0];
  const fromKey = envelope && derived && VERSION_BY_CONVERSATION.get(namespaceOf(envelope.tree, derived.node));
  return fromKey ?? versionNames(service.conversation.versions[0] ?? '1.3');
}

/** WCF renews its token at once when it reads this action on a secured RenewNeeded (wire-facts §1.4). */
const SESSION_FAULT_ACTION = 'http://schemas.microsoft.com/ws/2006/05/security/SecureConversationFault';

function faultAction(code: ErrorCode, names: AddressingNames): string {
  return code === 'token.renew-needed' ? SESSION_FAULT_ACTION : names.fault;
}

/** Codes by the stage at which a message fails, as the metric names it. */
const STAGES: readonly (readonly [RegExp, string])[] = [
  [/^(?:xml|soap)\./, 'parse'],
  [/^token\./, 'token'],
  [/^wss\.derive$|^crypto\.derive$/, 'derive'],
  [/^wss\.decrypt$|^crypto\.decrypt$/, 'decrypt'],
  [/^wss\.(?:timestamp|reflection)$/, 'freshness'],
  [/^wss\.replay$|^auth\.replay$/, 'replay'],
  [/^wss\.parts$|^policy\./, 'policy'],
  [/^(?:wss|crypto)\./, 'verify'],
  [/^auth\./, 'authenticate'],
  [/^sts\./, 'trust'],
];

/** Writes what happened, precisely, under the request's id; the client sees only the fault. */
export function logFailure(log: Log, metrics: Metrics, request: SoapRequest, error: unknown): ErrorCode {
  const code = error instanceof GatewayError ? error.code : 'internal';
  const stage = STAGES.find(([pattern]) => pattern.test(code))?.[1];
  const fields = { request_id: request.id, policy: request.service.name, client_ip: request.clientAddress, code };
  if (stage === undefined) {
    if (code === 'internal') log('request.failed', { ...fields, error });
    return code;
  }
  metrics.count('security_failures_total', { stage, code });
  log(code.startsWith('token.') ? 'token.refused' : 'security.failed', { ...fields, stage, error });
  return code;
}

function toError(error: unknown): GatewayError {
  return error instanceof GatewayError
    ? error
    : new GatewayError('internal', 'an error that is not of the message', {}, error);
}

/**
 * The fault for a message that failed before it was proven: unsecured, but for a Timestamp where TLS secures the service.
 */
export function plainFault(
  options: PipelineOptions,
  request: SoapRequest,
  sighted: Sighted,
  error: unknown,
): SoapResponse {
  const { log, metrics, runtime } = options;
  const code = logFailure(log, metrics, request, error);
  const row = faultOf(error);
  const { service } = request;
  const version = sighted.envelope?.version ?? request.soap;
  const names = spokenVersion(service, sighted);
  const addressing = sighted.addressing?.names ?? NEWEST_ADDRESSING;
  const plain = ownEnvelope(version, faultContent(row, version, names, addressing), DEFAULT_XML_LIMITS);
  const reply = replyTo(sighted.addressing, ({ names: own }) => faultAction(code, own), runtime);
  const overTransport = request.secureTransport && service.binding.kind === 'transport';
  const body = overTransport ? writeTimestamped(plain, reply, service.timestamp, runtime) : writePlain(plain, reply);
  return soapResponse(version, row.status, body, { code });
}

/** The fault for a message that was proven: secured like any other answer. */
export function securedFault(
  options: PipelineOptions,
  request: SoapRequest,
  sighted: Sighted,
  protection: AnswerProtection,
  error: unknown,
): SoapResponse {
  const { log, metrics, runtime, state } = options;
  const code = logFailure(log, metrics, request, toError(error));
  const row = faultOf(error);
  const { soap } = request;
  const addressing = sighted.addressing?.names ?? NEWEST_ADDRESSING;
  const plain = ownEnvelope(soap, faultContent(row, soap, protection.names, addressing), DEFAULT_XML_LIMITS);
  const reply = replyTo(sighted.addressing, ({ names }) => faultAction(code, names), runtime);
  const details = error instanceof GatewayError ? error.details : {};
  return soapResponse(soap, row.status, protect({ runtime, answerKeys: state.answerKeys }, plain, reply, protection), {
    code,
    ...(details.upstream === undefined ? {} : { upstream: details.upstream }),
  });
}

/** The fault for what is refused before there is a message: too large, too many. */
export const faultResponse: FaultResponse = (error, soap) => ({
  status: faultOf(error).status,
  contentType: contentTypeOf(soap),
  body: plainEnvelope(SOAP[soap], faultContent(faultOf(error), soap, versionNames('1.3'), NEWEST_ADDRESSING)),
  log: { code: error.code },
});
