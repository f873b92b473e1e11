import type { Version } from './names.js';

export type StyleName = 'wcf' | 'cxf' | 'cxf-stax' | 'metro' | 'rampart' | 'mono' | 'wse2' | 'gsoap';

/** Vocabularies that a message uses, by the prefix that most clients give them. */
export type VocabularyName = 'soap' | 'wsa' | 'wsse' | 'wsu' | 'wsc' | 'wst' | 'ds' | 'xenc' | 'ec';

/**
 * Children of the Security header: `TS` Timestamp, `TOKEN` the SCT or the EncryptedKey, `DKS` and `DKE` the derived keys
 * that sign and encrypt, `RL` ReferenceList, `UT` UsernameToken, `BST` X.509 certificate, `SIG` Signature, `SCT` and
 * `SDK` the context and its derived key that endorse a Renew, `END` endorsing signatures.
 */
export type Slot = 'TS' | 'TOKEN' | 'DKS' | 'DKE' | 'RL' | 'UT' | 'BST' | 'SIG' | 'SCT' | 'SDK' | 'END';

export type LayoutName = 'plain' | 'derived' | 'encryptBeforeSign' | 'transport';

export type RequestField =
  | 'tokenType'
  | 'requestType'
  | 'appliesTo'
  | 'lifetime'
  | 'renewing'
  | 'entropy'
  | 'keySize'
  | 'keyType'
  | 'computedKey'
  | 'base';

/** The handwriting of one client family; the facts and their sources are in its rows below. */
export interface Style {
  readonly prefixes: Readonly<Partial<Record<VocabularyName, string>>>;
  /** Prefixes of a version that differ from `prefixes`. */
  readonly versionPrefixes?: Readonly<Partial<Record<Version, Readonly<Partial<Record<VocabularyName, string>>>>>>;
  /** Declared on the Envelope and on the Security header whether used there or not. */
  readonly onEnvelope: readonly VocabularyName[];
  readonly onSecurity: readonly VocabularyName[];
  readonly securityFirst: boolean;
  readonly headers: readonly ('Action' | 'MessageID' | 'ReplyTo' | 'To')[];
  readonly mustUnderstand: readonly string[];
  readonly mustUnderstandValue: '1' | 'true';
  readonly layouts: Readonly<Record<LayoutName, readonly Slot[]>>;
  /** Over TLS: what the SCT's key signs beside the Timestamp. */
  readonly transportSigned: readonly string[];
  readonly signedOrder: readonly string[];
  /** InclusiveNamespaces: never, where there is something to list, or always, so that an empty list is written. */
  readonly prefixList: 'none' | 'filled' | 'always';
  readonly ids: 'uuid' | 'counter' | 'repeated' | 'fixed';
  readonly signatureIds: boolean;
  readonly timestampFraction: boolean;
  readonly nonceLength: number;
  readonly derivedKey: {
    readonly version?: Version;
    readonly origin: 'Offset' | 'Generation';
    /** Offset and Length of a key of 32 octets are written. */
    readonly defaults: boolean;
    /** The origin is not written at all. */
    readonly bare?: boolean;
    readonly label?: string;
    readonly algorithm?: boolean;
    readonly nonceIn: 'wsc' | 'wsse';
    /** The DerivedKeyTokens of a conversation are made once and sent again with every message. */
    readonly constant: boolean;
    /** One derived key signs and encrypts. */
    readonly single: boolean;
  };
  readonly references: {
    /** To the SCT: by wsu:Id, by Identifier, or by `#` and the Identifier. */
    readonly context: 'id' | 'identifier' | 'hash-identifier';
    /** Row of `CONTEXT_LABELS` in references.ts. */
    readonly contextLabels: 'true' | 'none' | '1.3' | 'lying';
    readonly derivedType: boolean;
    readonly encryptedKeyTokenType: boolean;
    readonly encryptedKeyType: boolean;
  };
  readonly keyInfoType?: boolean;
  readonly sharedIv?: boolean;
  /** Plaintext of an encrypted element declares its own prefixes. */
  readonly selfContained: boolean;
  readonly request: readonly RequestField[];
  /** Bits asked for; `suite` is the suite's token length, undefined writes none. */
  readonly keySize: number | 'suite' | undefined;
  readonly context?: boolean;
  readonly passwordType: boolean;
  readonly encodingType: boolean;
  readonly certificateReference: 'direct' | 'thumbprint';
  readonly actionParameter: boolean;
  readonly soapAction12: boolean;
  readonly sha256Macs: boolean;
  readonly endorsement?: string;
  readonly replyToAddress?: string;
  readonly echo: 'verbatim' | 'remarshalled' | 'rebuilt';
  readonly accepts: {
    /** Proof: what WCF's CombinedEntropy mode demands, or anything that gives a key. */
    readonly proof: 'computed-key' | 'any';
    readonly demands: readonly (
      | 'id'
      | 'lifetime'
      | 'unattached'
      | 'attached-fragment'
      | 'context'
      | 'identifier-first'
    )[];
  };
  readonly renew:
    | { readonly target: 'token' | 'reference'; readonly entropy: boolean; readonly endorse: boolean }
    | undefined;
  readonly cancel:
    | {
        readonly under: 'conversation' | 'bootstrap';
        readonly target: 'token' | 'reference';
        readonly encryptBody: boolean;
        readonly valueType: boolean;
      }
    | undefined;
}

const slots = (text: string): readonly Slot[] => text.split(' ') as Slot[];

/** .NET Framework, from its sources and traces (wire-facts §3.1). */
const WCF: Style = {
  prefixes: { soap: 's', wsa: 'a', wsse: 'o', wsu: 'u', wsc: 'c', wst: 't', ds: '', xenc: 'e' },
  versionPrefixes: { '1.3': { wsc: 'sc', wst: 'trust' } },
  onEnvelope: ['soap', 'wsa', 'wsu'],
  onSecurity: ['wsse'],
  securityFirst: false,
  headers: ['Action', 'MessageID', 'ReplyTo', 'To'],
  mustUnderstand: ['Action', 'To'],
  mustUnderstandValue: '1',
  layouts: {
    plain: slots('TS TOKEN RL SCT SDK UT BST SIG END'),
    derived: slots('TS TOKEN DKS DKE RL SCT SDK UT BST SIG END'),
    encryptBeforeSign: slots('TS TOKEN DKS DKE UT BST SCT SDK SIG END RL'),
    transport: slots('TS SCT UT BST TOKEN SDK SIG END'),
  },
  transportSigned: [],
  signedOrder: ['body', 'Action', 'MessageID', 'ReplyTo', 'To', 'timestamp', 'username'],
  prefixList: 'none',
  ids: 'counter',
  signatureIds: true,
  timestampFraction: true,
  nonceLength: 16,
  derivedKey: { origin: 'Offset', defaults: false, nonceIn: 'wsc', constant: true, single: false },
  references: {
    context: 'id',
    contextLabels: 'none',
    derivedType: false,
    encryptedKeyTokenType: false,
    encryptedKeyType: true,
  },
  selfContained: true,
  request: ['tokenType', 'requestType', 'entropy', 'keySize'],
  keySize: 'suite',
  passwordType: true,
  encodingType: true,
  certificateReference: 'direct',
  actionParameter: true,
  soapAction12: false,
  sha256Macs: true,
  echo: 'verbatim',
  accepts: { proof: 'computed-key', demands: ['id'] },
  renew: { target: 'reference', entropy: true, endorse: true },
  cancel: { under: 'conversation', target: 'reference', encryptBody: false, valueType: true },
};

/** Apache CXF's DOM stack, from its recordings. */
const CXF: Style = {
  prefixes: { soap: 'soap', wsa: '', wsse: 'wsse', wsu: 'wsu', wsc: 'wsc', wst: 'wst', ds: 'ds', xenc: 'xenc' },
  onEnvelope: ['soap'],
  onSecurity: ['wsse', 'wsu'],
  securityFirst: false,
  headers: ['Action', 'MessageID', 'To', 'ReplyTo'],
  mustUnderstand: [],
  mustUnderstandValue: 'true',
  layouts: {
    plain: slots('TS TOKEN RL UT BST SIG SCT SDK END'),
    derived: slots('TS TOKEN DKS DKE RL UT BST SIG SCT SDK END'),
    encryptBeforeSign: slots('TS TOKEN DKE DKS UT BST SIG RL SCT SDK END'),
    transport: slots('TS SCT UT BST TOKEN DKS SIG SDK END'),
  },
  transportSigned: ['To'],
  signedOrder: ['timestamp', 'username', 'body', 'To', 'ReplyTo', 'MessageID', 'Action'],
  prefixList: 'filled',
  ids: 'uuid',
  signatureIds: true,
  timestampFraction: true,
  nonceLength: 16,
  derivedKey: { origin: 'Offset', defaults: true, nonceIn: 'wsc', constant: false, single: false },
  references: {
    context: 'id',
    contextLabels: 'true',
    derivedType: true,
    encryptedKeyTokenType: true,
    encryptedKeyType: true,
  },
  selfContained: true,
  request: ['requestType', 'appliesTo', 'lifetime', 'renewing', 'tokenType', 'keySize', 'entropy', 'computedKey'],
  keySize: 256,
  passwordType: true,
  encodingType: true,
  certificateReference: 'thumbprint',
  actionParameter: true,
  soapAction12: false,
  sha256Macs: false,
  echo: 'verbatim',
  accepts: { proof: 'any', demands: ['identifier-first'] },
  renew: { target: 'token', entropy: false, endorse: false },
  cancel: { under: 'bootstrap', target: 'token', encryptBody: true, valueType: true },
};

export const STYLES: Readonly<Record<StyleName, Style>> = {
  wcf: WCF,
  cxf: CXF,
  /** CXF's streaming stack: 1.3's DerivedKeyTokens beside a 2005/02 SCT, `#` and the Identifier, plaintext that leans on its place. */
  'cxf-stax': {
    ...CXF,
    prefixes: { ...CXF.prefixes, ds: 'dsig', ec: 'c14nEx' },
    onSecurity: ['wsse'],
    layouts: {
      plain: slots('TS TOKEN RL UT BST SIG END'),
      derived: slots('TS TOKEN DKE RL UT BST DKS SIG END'),
      encryptBeforeSign: slots('TS TOKEN DKS UT BST SIG DKE RL END'),
      transport: slots('SCT UT BST TOKEN TS SIG END'),
    },
    signedOrder: ['Action', 'MessageID', 'To', 'ReplyTo', 'username', 'timestamp', 'body'],
    prefixList: 'always',
    derivedKey: { ...CXF.derivedKey, version: '1.3' },
    references: { ...CXF.references, context: 'hash-identifier', contextLabels: '1.3' },
    selfContained: false,
    cancel: { under: 'bootstrap', target: 'token', encryptBody: true, valueType: true },
  },
  /** Metro 4.0.5 (wire-facts §3.7): Ids repeat from message to message, nonces of 18 octets, whole seconds over TLS. */
  metro: {
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
    signatureIds: true,
    timestampFraction: false,
    nonceLength: 18,
    references: { ...CXF.references, encryptedKeyTokenType: false },
    keyInfoType: true,
    request: ['tokenType', 'requestType', 'entropy', 'keySize', 'keyType', 'computedKey'],
    certificateReference: 'direct',
    echo: 'remarshalled',
    accepts: { proof: 'any', demands: ['id', 'lifetime', 'unattached'] },
    renew: { target: 'reference', entropy: true, endorse: true },
    cancel: { under: 'conversation', target: 'reference', encryptBody: false, valueType: true },
  },
  /** Rampart 1.7.1 (wire-facts §3.8): Security first, the signing key after its signature, labels that lie. */
  rampart: {
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
  },
  /** Mono 6.8's WCF (wire-facts §3.10): one derived key for both uses, one IV in a message, next to no labels. */
  mono: {
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
  },
  /** WSE 2.0 (wire-facts §3.2): Generation, its own Label, wsse:Nonce, references by Identifier. */
  wse2: {
    ...CXF,
    prefixes: { ...CXF.prefixes, wsa: 'wsa', wsc: 'wssc', ds: '' },
    onEnvelope: ['soap', 'wsa', 'wsse', 'wsu'],
    onSecurity: [],
    headers: ['Action', 'MessageID', 'ReplyTo', 'To'],
    mustUnderstandValue: '1',
    signedOrder: ['Action', 'MessageID', 'ReplyTo', 'To', 'timestamp', 'username', 'body'],
    prefixList: 'none',
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
  },
  /** gSOAP 2.8.124 (wire-facts §3.9): the SCT rebuilt from its Identifier, fixed Ids, Security first, MessageID signed. */
  gsoap: {
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
    ids: 'fixed',
    timestampFraction: false,
    references: { ...CXF.references, contextLabels: 'none' },
    request: ['requestType', 'appliesTo', 'tokenType', 'keySize', 'entropy', 'computedKey'],
    soapAction12: true,
    echo: 'rebuilt',
    accepts: { proof: 'any', demands: [] },
    renew: undefined,
    cancel: undefined,
  },
};
