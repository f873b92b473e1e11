import type { Version } from '../names.js';

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
  readonly keyInfoIds: boolean;
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
  /** Bits asked for; `suite` is the suite's token length; undefined writes none and expects that length. */
  readonly keySize: number | 'suite' | 'suite-if-symmetric' | undefined;
  readonly context?: boolean;
  readonly passwordType: boolean;
  readonly encodingType: boolean;
  readonly certificateReference: 'direct' | 'thumbprint';
  readonly actionParameter: boolean;
  readonly soapAction12: boolean;
  /** What its User-Agent begins with, where that tells the gateway something. */
  readonly userAgent?: string;
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

/** A layout from its slots' names. */
export function slots(text: string): readonly Slot[] {
  return text.split(' ') as Slot[];
}
