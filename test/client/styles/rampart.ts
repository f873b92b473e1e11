import { CXF } from './cxf.js';
import { type Style, slots } from './style.js';

/** Rampart 1.7.1 (wire-facts §3.8): Security first, the signing key after its signature, labels that lie. */
export const RAMPART: Style = {
  ...CXF,
  prefixes: { ...CXF.prefixes, soap: 'soapenv', wsa: 'wsa' },
  onEnvelope: ['soap', 'wsa'],
  securityFirst: true,
  headers: ['To', 'ReplyTo', 'MessageID', 'Action'],
  mustUnderstandValue: '1',
  layouts: {
    plain: slots('TS TOKEN RL UT BST SIG END'),
    derived: slots('TS TOKEN DKE RL UT BST DKS SIG END'),
    encryptBeforeSign: slots('TS TOKEN DKE UT BST SIG DKS RL END'),
    transport: slots('TS SCT UT BST TOKEN DKS SIG END'),
  },
  prefixList: 'always',
  references: { ...CXF.references, contextLabels: 'lying' },
  request: ['requestType', 'appliesTo', 'lifetime', 'tokenType', 'entropy', 'computedKey'],
  keySize: undefined,
  accepts: { proof: 'any', demands: ['attached-fragment'] },
  renew: undefined,
  cancel: { under: 'conversation', target: 'reference', encryptBody: true, valueType: false },
};
