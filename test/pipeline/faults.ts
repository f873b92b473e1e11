import type { Fault, Shape } from '../client/index.js';

/** Faults as a client must see them, from the specifications and the clients (not from the gateway's own table). */

const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const SOAP = { '1.1': 'http://schemas.xmlsoap.org/soap/envelope/', '1.2': 'http://www.w3.org/2003/05/soap-envelope' };
const CONVERSATION = {
  '2004-04': 'http://schemas.xmlsoap.org/ws/2004/04/sc',
  '2005-02': 'http://schemas.xmlsoap.org/ws/2005/02/sc',
  '1.3': 'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512',
};
const TRUST = {
  '2004-04': 'http://schemas.xmlsoap.org/ws/2004/04/trust',
  '2005-02': 'http://schemas.xmlsoap.org/ws/2005/02/trust',
  '1.3': 'http://docs.oasis-open.org/ws-sx/ws-trust/200512',
};
const ADDRESSING = {
  '2004-03': 'http://schemas.xmlsoap.org/ws/2004/03/addressing',
  '2004-08': 'http://schemas.xmlsoap.org/ws/2004/08/addressing',
  '2005-08': 'http://www.w3.org/2005/08/addressing',
  none: 'http://www.w3.org/2005/08/addressing',
};

type Spoken = Pick<Shape, 'soap' | 'version' | 'addressing'>;

interface Row {
  readonly role: 'Sender' | 'Receiver' | 'VersionMismatch' | 'MustUnderstand';
  readonly subcode?: (spoken: Spoken) => string;
  readonly reason: string;
  readonly status?: number;
}

const wsse = (local: string) => () => `{${WSSE}}${local}`;
const conversation = (local: string) => (spoken: Spoken) => `{${CONVERSATION[spoken.version]}}${local}`;
const trust = (local: string) => (spoken: Spoken) => `{${TRUST[spoken.version]}}${local}`;
const addressing = (local: string) => (spoken: Spoken) => `{${ADDRESSING[spoken.addressing]}}${local}`;

const ROWS = {
  malformed: { role: 'Sender', reason: 'The message is not a SOAP envelope that is accepted here.' },
  versionMismatch: { role: 'VersionMismatch', reason: 'The SOAP version is not supported here.' },
  mustUnderstand: { role: 'MustUnderstand', reason: 'A mandatory header block was not understood.' },
  tooLarge: { role: 'Sender', reason: 'The message is too large.', status: 413 },
  invalidSecurity: {
    role: 'Sender',
    subcode: wsse('InvalidSecurity'),
    reason: 'An error was discovered processing the Security header.',
  },
  badContextToken: {
    role: 'Sender',
    subcode: conversation('BadContextToken'),
    reason: 'The security context token is expired or is not valid.',
  },
  renewNeeded: {
    role: 'Sender',
    subcode: conversation('RenewNeeded'),
    reason: 'The security context token has expired and must be renewed.',
  },
  unableToRenew: {
    role: 'Sender',
    subcode: conversation('UnableToRenew'),
    reason: 'The security context token cannot be renewed.',
  },
  failedAuthentication: {
    role: 'Sender',
    subcode: wsse('FailedAuthentication'),
    reason: 'The security token could not be authenticated or authorized.',
  },
  invalidRequest: {
    role: 'Sender',
    subcode: trust('InvalidRequest'),
    reason: 'The request was invalid or malformed.',
  },
  invalidScope: {
    role: 'Sender',
    subcode: trust('InvalidScope'),
    reason: 'The request scope is invalid or unsupported.',
  },
  requestFailed: { role: 'Receiver', subcode: trust('RequestFailed'), reason: 'The specified request failed.' },
  actionNotSupported: {
    role: 'Sender',
    subcode: addressing('ActionNotSupported'),
    reason: 'The action cannot be processed here.',
  },
  invalidAddressing: {
    role: 'Sender',
    subcode: addressing('InvalidAddressingHeader'),
    reason: 'A message addressing header is not valid.',
  },
  badGateway: {
    role: 'Receiver',
    reason: 'The service could not be reached or gave no valid answer.',
    status: 502,
  },
  gatewayTimeout: { role: 'Receiver', reason: 'The service did not answer in time.', status: 504 },
} as const satisfies Readonly<Record<string, Row>>;

export type FaultName = keyof typeof ROWS;

export function statusOf(name: FaultName): number {
  const row: Row = ROWS[name];
  return row.status ?? 500;
}

/** The fault as `readFault` tells it: in SOAP 1.1 the subcode is the faultcode (WSS SOAP Message Security 1.1 §12). */
export function faultIn(spoken: Spoken, name: FaultName): Fault {
  const { role, subcode, reason }: Row = ROWS[name];
  const namespace = SOAP[spoken.soap];
  if (spoken.soap === '1.2') return { code: `{${namespace}}${role}`, subcode: subcode?.(spoken), reason };
  const roles: Readonly<Record<string, string>> = { Sender: 'Client', Receiver: 'Server' };
  const code = subcode?.(spoken) ?? `{${namespace}}${roles[role] ?? role}`;
  return { code, subcode: code, reason };
}
