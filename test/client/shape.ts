import type { Addressing, Version } from './names.js';
import type { StyleName } from './styles/index.js';
import type { SuiteName } from './suites.js';

export type BootstrapKind = 'transport' | 'symmetric' | 'asymmetric';
export type Credential = 'username' | 'anonymous' | 'x509';

/** How a conversation looks on the wire: what the policy says, and in whose handwriting. Plain data. */
export interface Shape {
  readonly version: Version;
  readonly soap: '1.1' | '1.2';
  readonly addressing: Addressing;
  readonly suite: SuiteName;
  readonly derivedKeys: boolean;
  readonly protectionOrder: 'sign-before-encrypt' | 'encrypt-before-sign';
  readonly encryptSignature: boolean;
  readonly encryptBody: boolean;
  readonly bootstrap: Bootstrap;
  readonly style: StyleName;
}

export interface Bootstrap {
  /** `transport` also means that the conversation itself runs over TLS: its SCT signs the Timestamp alone. */
  readonly kind: BootstrapKind;
  readonly credential: Credential;
  /** Where the bootstrap differs from the conversation; absent: as the conversation. */
  readonly derivedKeys?: boolean;
  readonly protectionOrder?: Shape['protectionOrder'];
  readonly encryptSignature?: boolean;
  /** The answer confirms the request's signatures (WCF's anonymous- and mutualCertificate). */
  readonly signatureConfirmation?: boolean;
}

/** WSHttpBinding's and WS2007HttpBinding's choices, to be spread and changed. */
export const DEFAULT_SHAPE: Shape = {
  version: '2005-02',
  soap: '1.2',
  addressing: '2005-08',
  suite: 'Basic256',
  derivedKeys: true,
  protectionOrder: 'sign-before-encrypt',
  encryptSignature: true,
  encryptBody: true,
  bootstrap: { kind: 'symmetric', credential: 'username' },
  style: 'wcf',
};
