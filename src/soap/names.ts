/** Namespaces of SOAP and WS-Addressing in the versions that clients speak (SOAP 1.1 and 1.2; WS-Addressing 2004/03 to 1.0). */

export type SoapVersion = '1.1' | '1.2';

export const SOAP = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
} as const satisfies Record<SoapVersion, string>;

export type AddressingVersion = '2004-03' | '2004-08' | '2005-08';

export interface AddressingNames {
  readonly version: AddressingVersion;
  readonly namespace: string;
  /** The address that means "the HTTP response" (WS-Addressing SOAP binding §5.1). */
  readonly anonymous: string;
  /** Action of a fault that is not the application's own. */
  readonly fault: string;
}

export const ADDRESSING: readonly AddressingNames[] = [
  {
    version: '2005-08',
    namespace: 'http://www.w3.org/2005/08/addressing',
    anonymous: 'http://www.w3.org/2005/08/addressing/anonymous',
    fault: 'http://www.w3.org/2005/08/addressing/soap/fault',
  },
  {
    version: '2004-08',
    namespace: 'http://schemas.xmlsoap.org/ws/2004/08/addressing',
    anonymous: 'http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous',
    fault: 'http://schemas.xmlsoap.org/ws/2004/08/addressing/fault',
  },
  {
    version: '2004-03',
    namespace: 'http://schemas.xmlsoap.org/ws/2004/03/addressing',
    anonymous: 'http://schemas.xmlsoap.org/ws/2004/03/addressing/role/anonymous',
    fault: 'http://schemas.xmlsoap.org/ws/2004/03/addressing/fault',
  },
];

export const ADDRESSING_BY_NAMESPACE: ReadonlyMap<string, AddressingNames> = new Map(
  ADDRESSING.map((names) => [names.namespace, names]),
);

/** Roles of a header block that name this node, the last SOAP node before the upstream (SOAP 1.2 §2.2; SOAP 1.1 §4.2.2). */
export const OUR_ROLES: ReadonlySet<string> = new Set([
  '',
  'http://schemas.xmlsoap.org/soap/actor/next',
  'http://www.w3.org/2003/05/soap-envelope/role/next',
  'http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver',
]);
