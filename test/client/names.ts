export const SOAP = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const;

const OASIS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
export const WSSE = `${OASIS}-wssecurity-secext-1.0.xsd`;
export const WSU = `${OASIS}-wssecurity-utility-1.0.xsd`;
export const BASE64_BINARY = `${OASIS}-soap-message-security-1.0#Base64Binary`;
export const PASSWORD_TEXT = `${OASIS}-username-token-profile-1.0#PasswordText`;
export const USERNAME_TOKEN = `${OASIS}-username-token-profile-1.0#UsernameToken`;
export const X509V3 = `${OASIS}-x509-token-profile-1.0#X509v3`;
export const SUBJECT_KEY_IDENTIFIER = `${OASIS}-x509-token-profile-1.0#X509SubjectKeyIdentifier`;

const OASIS11 = 'http://docs.oasis-open.org/wss/oasis-wss';
export const WSSE11 = `${OASIS11}-wssecurity-secext-1.1.xsd`;
export const ENCRYPTED_KEY = `${OASIS11}-soap-message-security-1.1#EncryptedKey`;
export const ENCRYPTED_KEY_SHA1 = `${OASIS11}-soap-message-security-1.1#EncryptedKeySHA1`;
export const THUMBPRINT_SHA1 = `${OASIS11}-soap-message-security-1.1#ThumbprintSHA1`;

export const DS = 'http://www.w3.org/2000/09/xmldsig#';
export const XENC = 'http://www.w3.org/2001/04/xmlenc#';
export const EXC_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const XML = 'http://www.w3.org/XML/1998/namespace';

export type Version = '1.3' | '2005-02' | '2004-04';
export type Addressing = '2005-08' | '2004-08' | '2004-03' | 'none';

/** What one version of WS-SecureConversation and WS-Trust is called on the wire. */
export interface VersionNames {
  readonly conversation: string;
  readonly trust: string;
  /** Before `/RST/SCT`, `/Issue`, `/Nonce` and the like: the trust namespace, but for 2004/04. */
  readonly base: string;
  readonly contextToken: string;
  readonly derivedKey: string;
  /** Issue is answered by a RequestSecurityTokenResponseCollection. */
  readonly collection: boolean;
  readonly lifetime: 'Lifetime' | 'LifeTime';
}

const SC_2005 = 'http://schemas.xmlsoap.org/ws/2005/02/sc';
const SC_13 = 'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512';
const SECURITY_2004 = 'http://schemas.xmlsoap.org/ws/2004/04/security';

export const VERSIONS: Readonly<Record<Version, VersionNames>> = {
  '2004-04': {
    conversation: 'http://schemas.xmlsoap.org/ws/2004/04/sc',
    trust: 'http://schemas.xmlsoap.org/ws/2004/04/trust',
    base: `${SECURITY_2004}/trust`,
    contextToken: `${SECURITY_2004}/sc/sct`,
    derivedKey: `${SECURITY_2004}/sc/dk`,
    collection: false,
    lifetime: 'LifeTime',
  },
  '2005-02': {
    conversation: SC_2005,
    trust: 'http://schemas.xmlsoap.org/ws/2005/02/trust',
    base: 'http://schemas.xmlsoap.org/ws/2005/02/trust',
    contextToken: `${SC_2005}/sct`,
    derivedKey: `${SC_2005}/dk`,
    collection: false,
    lifetime: 'Lifetime',
  },
  '1.3': {
    conversation: SC_13,
    trust: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512',
    base: 'http://docs.oasis-open.org/ws-sx/ws-trust/200512',
    contextToken: `${SC_13}/sct`,
    derivedKey: `${SC_13}/dk`,
    collection: true,
    lifetime: 'Lifetime',
  },
};

export const ADDRESSINGS: Readonly<Record<Addressing, { readonly namespace: string; readonly anonymous: string }>> = {
  '2005-08': {
    namespace: 'http://www.w3.org/2005/08/addressing',
    anonymous: 'http://www.w3.org/2005/08/addressing/anonymous',
  },
  '2004-08': {
    namespace: 'http://schemas.xmlsoap.org/ws/2004/08/addressing',
    anonymous: 'http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous',
  },
  '2004-03': {
    namespace: 'http://schemas.xmlsoap.org/ws/2004/03/addressing',
    anonymous: 'http://schemas.xmlsoap.org/ws/2004/03/addressing/role/anonymous',
  },
  none: { namespace: '', anonymous: '' },
};
