import { CXF } from './cxf.js';
import type { Style } from './style.js';

/** WSE 2.0 (wire-facts §3.2): Generation, its own Label, wsse:Nonce, references by Identifier. */
export const WSE2: Style = {
  ...CXF,
  prefixes: { ...CXF.prefixes, wsa: 'wsa', wsc: 'wssc', ds: '' },
  onEnvelope: ['soap', 'wsa', 'wsse', 'wsu'],
  onSecurity: [],
  headers: ['Action', 'MessageID', 'ReplyTo', 'To'],
  mustUnderstandValue: '1',
  signedOrder: ['Action', 'MessageID', 'ReplyTo', 'To', 'timestamp', 'username', 'body'],
  prefixList: 'none',
  keyInfoIds: false,
  timestampFraction: false,
  derivedKey: {
    origin: 'Generation',
    defaults: true,
    label: 'WS-SecureConversation',
    algorithm: true,
    nonceIn: 'wsse',
    constant: false,
    single: false,
  },
  references: { ...CXF.references, context: 'identifier', derivedType: false },
  request: ['tokenType', 'requestType', 'base', 'entropy', 'appliesTo', 'lifetime'],
  keySize: undefined,
  accepts: { proof: 'any', demands: [] },
  renew: undefined,
  cancel: undefined,
};
