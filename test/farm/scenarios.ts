import type { Dialect } from './options.js';

/**
 * The 23 policies of Microsoft's WS-SecureConversation interoperability endpoints, as the WSDL's ports state them
 * (WSSecureConversation_policy.wsdl of Apache CXF's test suite). In all of them every WS-Addressing header and the
 * Body are signed and the Body is encrypted, by the token as by the bootstrap; over transport the token endorses
 * Timestamp and To.
 */
export interface Scenario {
  /** Of the port, without `_IPingService`; the service's path is `/NAME`. */
  readonly name: string;
  readonly binding: 'symmetric' | 'transport';
  readonly derivedKeys: boolean;
  readonly protectionOrder: 'sign-before-encrypt' | 'encrypt-before-sign';
  readonly encryptSignature: boolean;
  readonly credential: 'anonymous' | 'username' | 'x509';
  /** Where the bootstrap policy is not as the token's: what it has instead. */
  readonly bootstrap?: {
    readonly binding?: 'asymmetric';
    readonly encryptSignature?: false;
    readonly signatureConfirmation?: true;
  };
  /** Where the service is not in the farm's dialect: what it has instead. */
  readonly dialect?: Partial<Dialect>;
  /** Keys of the policy's `conversation`, besides or in place of what the above says. */
  readonly conversation?: Readonly<Record<string, string | boolean>>;
}

type Credential = Scenario['credential'];
type Shape = Omit<Scenario, 'name' | 'credential'>;

const PLAIN: Shape = {
  binding: 'symmetric',
  derivedKeys: false,
  protectionOrder: 'sign-before-encrypt',
  encryptSignature: false,
};
const DERIVED: Shape = { ...PLAIN, derivedKeys: true };
const ENCRYPT_FIRST: Shape = { ...DERIVED, protectionOrder: 'encrypt-before-sign' };
const HIDDEN_SIGNATURE: Shape = { ...DERIVED, encryptSignature: true };

const rows: readonly (readonly [string, Credential, Shape])[] = [
  ['SecureConversation_UserNameOverTransport', 'username', { ...PLAIN, binding: 'transport' }],
  [
    'SecureConversation_MutualCertificate10SignEncrypt',
    'x509',
    { ...HIDDEN_SIGNATURE, bootstrap: { encryptSignature: false } },
  ],
  ['AC', 'anonymous', PLAIN],
  ['ADC', 'anonymous', DERIVED],
  ['ADC-ES', 'anonymous', ENCRYPT_FIRST],
  ['_A', 'anonymous', PLAIN],
  ['_AD', 'anonymous', DERIVED],
  ['_AD-ES', 'anonymous', ENCRYPT_FIRST],
  ['UXC', 'username', PLAIN],
  ['UXDC', 'username', DERIVED],
  ['UXDC-SEES', 'username', HIDDEN_SIGNATURE],
  ['_UX', 'username', PLAIN],
  ['_UXD', 'username', DERIVED],
  ['_UXD-SEES', 'username', HIDDEN_SIGNATURE],
  ['XC', 'x509', PLAIN],
  ['XDC', 'x509', DERIVED],
  ['XDC-ES', 'x509', ENCRYPT_FIRST],
  ['XDC-SEES', 'x509', HIDDEN_SIGNATURE],
  ['_X', 'x509', PLAIN],
  ['_X10', 'x509', { ...PLAIN, bootstrap: { binding: 'asymmetric' } }],
  ['_XD', 'x509', DERIVED],
  ['_XD-SEES', 'x509', HIDDEN_SIGNATURE],
  ['_XD-ES', 'x509', ENCRYPT_FIRST],
];

export const SCENARIOS: readonly Scenario[] = rows.map(([name, credential, shape]) => ({ name, credential, ...shape }));

/** The interoperability set's own mark of the policies whose client ends with a Cancel. */
export function cancels({ name }: Scenario): boolean {
  return name.startsWith('_');
}
