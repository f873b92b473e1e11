/**
 * Every way in which a message, a token, a policy or an upstream can fail, in one table: code → fault.
 *
 * The code, the message and the details go to the log. Outside, only the fault is seen, and all failures to prove a
 * message share one fault (`invalidSecurity`), so that an answer tells an attacker nothing about the step that failed.
 */

/** What a fault's QName is taken from; `trust` and `conversation` follow the version that the client speaks. */
export type FaultNamespace = 'soap' | 'wsse' | 'trust' | 'conversation' | 'addressing';

export interface FaultRow {
  /** SOAP 1.2 names; SOAP 1.1 writes Client for Sender and Server for Receiver. */
  readonly role: 'Sender' | 'Receiver' | 'VersionMismatch' | 'MustUnderstand';
  readonly namespace: FaultNamespace;
  /** Local name of the subcode (SOAP 1.2) or faultcode (SOAP 1.1); absent: the role alone. */
  readonly subcode?: string;
  readonly reason: string;
  readonly status: number;
}

/**
 * Faults as a client sees them. The status of a SOAP fault is 500 in both SOAP versions: WCF reads a fault only from
 * 500 (HttpChannelHelpers.ValidateRequestReplyResponse), whatever SOAP 1.2 Part 2 §7.5.2.2 says of 400.
 */
export const FAULTS = {
  malformed: {
    role: 'Sender',
    namespace: 'soap',
    reason: 'The message is not a SOAP envelope that is accepted here.',
    status: 500,
  },
  versionMismatch: {
    role: 'VersionMismatch',
    namespace: 'soap',
    reason: 'The SOAP version is not supported here.',
    status: 500,
  },
  mustUnderstand: {
    role: 'MustUnderstand',
    namespace: 'soap',
    reason: 'A mandatory header block was not understood.',
    status: 500,
  },
  tooLarge: { role: 'Sender', namespace: 'soap', reason: 'The message is too large.', status: 413 },
  invalidSecurity: {
    role: 'Sender',
    namespace: 'wsse',
    subcode: 'InvalidSecurity',
    reason: 'An error was discovered processing the Security header.',
    status: 500,
  },
  badContextToken: {
    role: 'Sender',
    namespace: 'conversation',
    subcode: 'BadContextToken',
    reason: 'The security context token is expired or is not valid.',
    status: 500,
  },
  renewNeeded: {
    role: 'Sender',
    namespace: 'conversation',
    subcode: 'RenewNeeded',
    reason: 'The security context token has expired and must be renewed.',
    status: 500,
  },
  unableToRenew: {
    role: 'Sender',
    namespace: 'conversation',
    subcode: 'UnableToRenew',
    reason: 'The security context token cannot be renewed.',
    status: 500,
  },
  failedAuthentication: {
    role: 'Sender',
    namespace: 'wsse',
    subcode: 'FailedAuthentication',
    reason: 'The security token could not be authenticated or authorized.',
    status: 500,
  },
  invalidRequest: {
    role: 'Sender',
    namespace: 'trust',
    subcode: 'InvalidRequest',
    reason: 'The request was invalid or malformed.',
    status: 500,
  },
  invalidScope: {
    role: 'Sender',
    namespace: 'trust',
    subcode: 'InvalidScope',
    reason: 'The request scope is invalid or unsupported.',
    status: 500,
  },
  requestFailed: {
    role: 'Receiver',
    namespace: 'trust',
    subcode: 'RequestFailed',
    reason: 'The specified request failed.',
    status: 500,
  },
  actionNotSupported: {
    role: 'Sender',
    namespace: 'addressing',
    subcode: 'ActionNotSupported',
    reason: 'The action cannot be processed here.',
    status: 500,
  },
  invalidAddressing: {
    role: 'Sender',
    namespace: 'addressing',
    subcode: 'InvalidAddressingHeader',
    reason: 'A message addressing header is not valid.',
    status: 500,
  },
  denied: { role: 'Sender', namespace: 'soap', reason: 'Access is denied.', status: 500 },
  badGateway: {
    role: 'Receiver',
    namespace: 'soap',
    reason: 'The service could not be reached or gave no valid answer.',
    status: 502,
  },
  gatewayTimeout: { role: 'Receiver', namespace: 'soap', reason: 'The service did not answer in time.', status: 504 },
  overloaded: { role: 'Receiver', namespace: 'soap', reason: 'The service is too busy.', status: 503 },
  internal: { role: 'Receiver', namespace: 'soap', reason: 'The message could not be processed.', status: 500 },
} as const satisfies Record<string, FaultRow>;

export type FaultName = keyof typeof FAULTS;

/** `none`: never reaches a SOAP client (start-up, key files, plain HTTP answers). */
export const ERRORS = {
  // xml: text that is not SOAP's subset of XML 1.0 with Namespaces
  'xml.encoding': 'malformed',
  'xml.malformed': 'malformed',
  'xml.character': 'malformed',
  'xml.namespace': 'malformed',
  'xml.duplicate-attribute': 'malformed',
  'xml.doctype': 'malformed',
  'xml.processing-instruction': 'malformed',
  'xml.entity': 'malformed',
  'xml.limit': 'malformed',
  'xml.unexpected': 'malformed',
  // soap: an XML document that is not an envelope for us
  'soap.envelope': 'malformed',
  'soap.version': 'versionMismatch',
  'soap.must-understand': 'mustUnderstand',
  'soap.addressing': 'invalidAddressing',
  'soap.action': 'actionNotSupported',
  // wss: everything between the Security header and the proof; uniform outside
  'wss.header': 'invalidSecurity',
  'wss.id': 'invalidSecurity',
  'wss.limit': 'invalidSecurity',
  'wss.reference': 'invalidSecurity',
  'wss.algorithm': 'invalidSecurity',
  'wss.key': 'invalidSecurity',
  'wss.derive': 'invalidSecurity',
  'wss.decrypt': 'invalidSecurity',
  'wss.digest': 'invalidSecurity',
  'wss.signature': 'invalidSecurity',
  'wss.timestamp': 'invalidSecurity',
  'wss.parts': 'invalidSecurity',
  'wss.reflection': 'invalidSecurity',
  'wss.replay': 'invalidSecurity',
  'wss.transport': 'invalidSecurity',
  // crypto: octets that an algorithm refuses; the steps of wss turn them into their own codes
  'crypto.base64': 'invalidSecurity',
  'crypto.algorithm': 'invalidSecurity',
  'crypto.decrypt': 'invalidSecurity',
  'crypto.key': 'invalidSecurity',
  'crypto.derive': 'invalidSecurity',
  // token: the SecurityContextToken and its cookie
  'token.missing': 'badContextToken',
  'token.format': 'badContextToken',
  'token.key-unknown': 'badContextToken',
  'token.open': 'badContextToken',
  'token.binding': 'badContextToken',
  'token.expired': 'badContextToken',
  'token.renew-needed': 'renewNeeded',
  'token.revoked': 'badContextToken',
  'token.failures': 'badContextToken',
  // sts
  'sts.request': 'invalidRequest',
  'sts.type': 'invalidRequest',
  'sts.scope': 'invalidScope',
  'sts.entropy': 'invalidRequest',
  'sts.token-too-large': 'requestFailed',
  'sts.unable-to-renew': 'unableToRenew',
  'sts.unsupported': 'requestFailed',
  'auth.failed': 'failedAuthentication',
  'auth.replay': 'failedAuthentication',
  'auth.throttled': 'failedAuthentication',
  'auth.unavailable': 'requestFailed',
  // policy
  'policy.denied': 'denied',
  // forward
  'upstream.unreachable': 'badGateway',
  'upstream.answer': 'badGateway',
  'upstream.too-large': 'badGateway',
  'upstream.timeout': 'gatewayTimeout',
  'upstream.none': 'overloaded',
  'client.gone': 'internal',
  // store: what the nodes share
  'store.unavailable': 'overloaded',
  // http
  'http.too-large': 'tooLarge',
  'http.overloaded': 'overloaded',
  // start-up
  'config.invalid': 'none',
  'key.invalid': 'none',
  'listen.failed': 'none',
  internal: 'internal',
} as const satisfies Record<string, FaultName | 'none'>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * The one error of the gateway. `message` and `details` are for the log: they name the step and its numbers (offset,
 * skew, which reference, key id), and never hold a secret.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}

/** The fault that a client sees for any thrown value; what is not ours is `internal`. */
export function faultOf(error: unknown): FaultRow {
  const name = error instanceof GatewayError ? ERRORS[error.code] : 'internal';
  return FAULTS[name === 'none' ? 'internal' : name];
}

/** What Node says of a failed system call: `ENOENT`, `EADDRINUSE` …; undefined if it is no such failure. */
export function systemCode(error: unknown): string | undefined {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}
