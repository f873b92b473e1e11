import type { Version } from '../../conversation/context.js';
import { ADDRESSING } from '../../soap/names.js';

/** Namespaces of WSDL 1.1, XML Schema and WS-Policy, and what each version of WS-SecurityPolicy calls things. */

export const WSDL = 'http://schemas.xmlsoap.org/wsdl/';
export const XSD = 'http://www.w3.org/2001/XMLSchema';
export const XMLNS = 'http://www.w3.org/2000/xmlns/';

/** Of the SOAP extensions of WSDL 1.1: bindings, addresses. */
export const WSDL_SOAP = {
  '1.1': 'http://schemas.xmlsoap.org/wsdl/soap/',
  '1.2': 'http://schemas.xmlsoap.org/wsdl/soap12/',
} as const;

/** WS-Policy as it is attached; .NET and CXF read 2004/09 best, whatever the version of WS-SecurityPolicy in it. */
export const WSP = 'http://schemas.xmlsoap.org/ws/2004/09/policy';

/** Every WS-Policy that an upstream's WSDL may hold. */
export const ALL_WSP: ReadonlySet<string> = new Set([
  WSP,
  'http://schemas.xmlsoap.org/ws/2002/12/policy',
  'http://www.w3.org/2006/07/ws-policy',
  'http://www.w3.org/ns/ws-policy',
]);

/** What says in a WSDL, outside of WS-Policy, that WS-Addressing is spoken. */
export const ADDRESSING_WSDL: ReadonlySet<string> = new Set([
  'http://www.w3.org/2005/02/addressing/wsdl',
  'http://www.w3.org/2006/02/addressing/wsdl',
  'http://www.w3.org/2006/05/addressing/wsdl',
]);

/** Of the algorithm suites that WS-SecurityPolicy does not have: what Apache CXF reads (DefaultAlgorithmSuiteLoader). */
export const CXF_SUITES = 'http://cxf.apache.org/custom/security-policy';

/** Versions of WS-SecureConversation for which there is a policy language; WSE 2 had one of its own. */
export type PublishedVersion = Exclude<Version, '2004-04'>;

export interface PolicyNames {
  /** Namespace of WS-SecurityPolicy. */
  readonly sp: string;
  readonly trust: 'Trust10' | 'Trust13';
  /** UsernameTokens that are signed, and encrypted where the words allow to say so. */
  readonly signedTokens: 'SignedSupportingTokens' | 'SignedEncryptedSupportingTokens';
  /** Namespaces whose header blocks are signed: those that clients of the version speak. */
  readonly addressing: readonly string[];
  /** Says that WS-Addressing 1.0 is spoken. */
  readonly usesAddressing: string;
  readonly mustNotSendCancel: string;
  readonly httpsToken: string;
  /** Asks for a password digest; WS-SecurityPolicy 1.1 cannot. */
  readonly hashPassword: string | undefined;
}

const [ADDRESSING_10, ADDRESSING_2004_08] = ADDRESSING.map(({ namespace }) => namespace) as [string, string];

/** WS-SecurityPolicy 1.1 goes with 2005/02, 1.2 with 1.3: no client mixes them (wire-facts §1.1). */
export const POLICY_NAMES: Readonly<Record<PublishedVersion, PolicyNames>> = {
  '2005-02': {
    sp: 'http://schemas.xmlsoap.org/ws/2005/07/securitypolicy',
    trust: 'Trust10',
    signedTokens: 'SignedSupportingTokens',
    // WCF speaks 1.0, WSE 3 the submission of 2004/08; a client signs of these what it sends
    addressing: [ADDRESSING_10, ADDRESSING_2004_08],
    usesAddressing: '<wsaw:UsingAddressing xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl"/>',
    // Microsoft's own word: WS-SecurityPolicy 1.1 has none (WCF's WSSecurityPolicy11)
    mustNotSendCancel: '<mssp:MustNotSendCancel xmlns:mssp="http://schemas.microsoft.com/ws/2005/07/securitypolicy"/>',
    httpsToken: '<sp:HttpsToken RequireClientCertificate="false"/>',
    hashPassword: undefined,
  },
  '1.3': {
    sp: 'http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702',
    trust: 'Trust13',
    signedTokens: 'SignedEncryptedSupportingTokens',
    addressing: [ADDRESSING_10],
    usesAddressing:
      '<wsam:Addressing xmlns:wsam="http://www.w3.org/2007/05/addressing/metadata"><wsp:Policy/></wsam:Addressing>',
    mustNotSendCancel: '<sp:MustNotSendCancel/>',
    httpsToken: '<sp:HttpsToken><wsp:Policy/></sp:HttpsToken>',
    hashPassword: '<sp:HashPassword/>',
  },
};

/** Of the versions that a service speaks, those that can be published, in its order. */
export function publishedVersions(versions: readonly Version[]): readonly PublishedVersion[] {
  return versions.filter((version) => version !== '2004-04');
}
