import type { Style } from './style.js';
import { WCF } from './wcf.js';

/** Mono 6.8's WCF (wire-facts §3.10): one derived key for both uses, one IV in a message, next to no labels. */
export const MONO: Style = {
  ...WCF,
  ids: 'uuid',
  derivedKey: { ...WCF.derivedKey, bare: true, constant: false, single: true },
  references: { ...WCF.references, encryptedKeyType: false },
  sharedIv: true,
  request: ['tokenType', 'requestType', 'entropy', 'keySize'],
  keySize: 128,
  context: true,
  passwordType: false,
  encodingType: false,
  actionParameter: false,
  endorsement: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  replyToAddress: 'http://www.w3.org/2005/08/addressing/anonymous',
  accepts: { proof: 'computed-key', demands: ['id'] },
  renew: undefined,
  cancel: { under: 'conversation', target: 'token', encryptBody: false, valueType: false },
};
