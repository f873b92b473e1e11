import { CXF } from './cxf.js';
import type { Style } from './style.js';

/** gSOAP 2.8.124 (wire-facts §3.9): the SCT rebuilt from its Identifier, fixed Ids, Security first, MessageID signed. */
export const GSOAP: Style = {
  ...CXF,
  prefixes: { ...CXF.prefixes, soap: 'SOAP-ENV', wsa: 'wsa' },
  onEnvelope: ['soap', 'wsa', 'wsc', 'wst', 'wsse', 'wsu', 'ds', 'xenc'],
  onSecurity: [],
  securityFirst: true,
  headers: ['MessageID', 'ReplyTo', 'To', 'Action'],
  mustUnderstand: ['ReplyTo', 'To', 'Action'],
  mustUnderstandValue: '1',
  transportSigned: ['To', 'MessageID'],
  prefixList: 'none',
  keyInfoIds: false,
  ids: 'fixed',
  timestampFraction: false,
  references: { ...CXF.references, contextLabels: 'none' },
  request: ['requestType', 'appliesTo', 'tokenType', 'keySize', 'entropy', 'computedKey'],
  soapAction12: true,
  userAgent: 'gSOAP/2.8',
  echo: 'rebuilt',
  accepts: { proof: 'any', demands: [] },
  renew: undefined,
  cancel: undefined,
};
