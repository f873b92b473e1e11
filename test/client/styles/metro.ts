import { CXF } from './cxf.js';
import { type Style, slots } from './style.js';

/** Metro 4.0.5 (wire-facts §3.7): Ids repeat from message to message, nonces of 18 octets, whole seconds over TLS. */
export const METRO: Style = {
  ...CXF,
  prefixes: { ...CXF.prefixes, soap: 'S' },
  onEnvelope: ['soap', 'wsse', 'wsu'],
  onSecurity: ['ds', 'xenc'],
  headers: ['To', 'Action', 'ReplyTo', 'MessageID'],
  mustUnderstand: ['Action', 'To'],
  mustUnderstandValue: '1',
  layouts: {
    plain: slots('TS TOKEN RL UT BST SCT SDK SIG END'),
    derived: slots('TS TOKEN DKS DKE RL UT BST SCT SDK SIG END'),
    encryptBeforeSign: slots('TS TOKEN DKS DKE UT BST SCT SDK SIG RL END'),
    transport: slots('TS SCT UT BST TOKEN DKS SDK SIG END'),
  },
  ids: 'repeated',
  keyInfoIds: false,
  timestampFraction: false,
  nonceLength: 18,
  references: { ...CXF.references, encryptedKeyTokenType: false },
  keyInfoType: true,
  request: ['tokenType', 'requestType', 'entropy', 'keySize', 'keyType', 'computedKey'],
  keySize: 'suite-if-symmetric',
  certificateReference: 'direct',
  echo: 'remarshalled',
  accepts: { proof: 'any', demands: ['id', 'lifetime', 'unattached'] },
  renew: { target: 'reference', entropy: true, endorse: true },
  cancel: { under: 'conversation', target: 'reference', encryptBody: false, valueType: true },
};
