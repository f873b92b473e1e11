import type { Version } from '../conversation/context.js';

/** Namespaces of WS-Security and of what it carries. */
export const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
export const WSSE11 = 'http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd';
export const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
export const DS = 'http://www.w3.org/2000/09/xmldsig#';
export const XENC = 'http://www.w3.org/2001/04/xmlenc#';
export const XENC11 = 'http://www.w3.org/2009/xmlenc11#';
export const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const STR_TRANSFORM =
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform';

export const ENCRYPTED_CONTENT = `${XENC}Content`;
export const ENCRYPTED_ELEMENT = `${XENC}Element`;

const MESSAGE_SECURITY_10 = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0';
const MESSAGE_SECURITY_11 = 'http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1';
const X509_PROFILE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0';
const USERNAME_PROFILE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';

/** ValueType and EncodingType attributes of references and tokens. */
export const BASE64_BINARY = `${MESSAGE_SECURITY_10}#Base64Binary`;
export const ENCRYPTED_KEY_TYPE = `${MESSAGE_SECURITY_11}#EncryptedKey`;
export const ENCRYPTED_KEY_SHA1 = `${MESSAGE_SECURITY_11}#EncryptedKeySHA1`;
export const THUMBPRINT_SHA1 = `${MESSAGE_SECURITY_11}#ThumbprintSHA1`;
export const X509_V3 = `${X509_PROFILE}#X509v3`;
export const X509_SUBJECT_KEY_IDENTIFIER = `${X509_PROFILE}#X509SubjectKeyIdentifier`;
export const PASSWORD_TEXT = `${USERNAME_PROFILE}#PasswordText`;
export const PASSWORD_DIGEST = `${USERNAME_PROFILE}#PasswordDigest`;

/** What one version of WS-SecureConversation and the WS-Trust beside it call things (wire-facts of each version's clients). */
export interface VersionNames {
  readonly version: Version;
  readonly conversation: string;
  readonly trust: string;
  /** TokenType and ValueType of the SecurityContextToken. */
  readonly sct: string;
  /** ValueType of the DerivedKeyToken. */
  readonly dk: string;
  /** How a DerivedKeyToken is written: WSE 2 knows Generation, its own Label and wsse:Nonce (wire-facts §2.2, §3.2). */
  readonly derivation: 'offset' | 'generation';
}

const SC_200512 = 'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512';
const SC_200502 = 'http://schemas.xmlsoap.org/ws/2005/02/sc';

export const VERSIONS: readonly VersionNames[] = [
  {
    version: '1.3',
    conversation: SC_200512,
    trust: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512',
    sct: `${SC_200512}/sct`,
    dk: `${SC_200512}/dk`,
    derivation: 'offset',
  },
  {
    version: '2005-02',
    conversation: SC_200502,
    trust: 'http://schemas.xmlsoap.org/ws/2005/02/trust',
    sct: `${SC_200502}/sct`,
    dk: `${SC_200502}/dk`,
    derivation: 'offset',
  },
  {
    version: '2004-04',
    conversation: 'http://schemas.xmlsoap.org/ws/2004/04/sc',
    trust: 'http://schemas.xmlsoap.org/ws/2004/04/trust',
    sct: 'http://schemas.xmlsoap.org/ws/2004/04/security/sc/sct',
    dk: 'http://schemas.xmlsoap.org/ws/2004/04/security/sc/dk',
    derivation: 'generation',
  },
];

export const VERSION_BY_CONVERSATION: ReadonlyMap<string, VersionNames> = new Map(
  VERSIONS.map((names) => [names.conversation, names]),
);

/** Throws nothing: every Version has its row. */
export function versionNames(version: Version): VersionNames {
  return VERSIONS.find((names) => names.version === version) as VersionNames;
}

/** The one extension element of our SecurityContextTokens, after Identifier and Instance (wire-facts §0.2: a namespace of our own, an element, never an attribute). */
export const COOKIE_NAMESPACE = 'urn:sct-gateway:cookie';
export const COOKIE = 'Cookie';
