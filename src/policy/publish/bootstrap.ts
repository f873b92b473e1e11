import type { Bootstrap } from '../../config/types.js';
import { bindingProperties, element, header, messageParts, nested, where } from './assertions.js';
import type { PolicyNames } from './names.js';

/** How a client proves itself when it asks for a token, as the BootstrapPolicy of a SecureConversationToken. */

const THUMBPRINT = '<sp:RequireThumbprintReference/>';

/** The name of `IncludeToken` is in the namespace of the assertions, its values below it (WS-SecurityPolicy §5.1). */
export function inclusion(names: PolicyNames, value: 'Never' | 'AlwaysToRecipient') {
  return { 'sp:IncludeToken': `${names.sp}/IncludeToken/${value}` };
}

function x509(
  names: PolicyNames,
  include: 'Never' | 'AlwaysToRecipient',
  details: { readonly derivedKeys?: boolean; readonly thumbprint?: boolean } = {},
): string {
  return nested(
    'sp:X509Token',
    [
      ...where([details.derivedKeys === true, '<sp:RequireDerivedKeys/>'], [details.thumbprint === true, THUMBPRINT]),
      '<sp:WssX509V3Token10/>',
    ],
    inclusion(names, include),
  );
}

type WriteBinding = (bootstrap: Bootstrap, names: PolicyNames, properties: readonly string[]) => string;

const BINDINGS: Readonly<Record<Bootstrap['kind'], WriteBinding>> = {
  symmetric: ({ derivedKeys }, names, properties) =>
    nested('sp:SymmetricBinding', [
      nested('sp:ProtectionToken', [x509(names, 'Never', { derivedKeys, thumbprint: true })]),
      ...properties,
    ]),
  asymmetric: (_bootstrap, names, properties) =>
    nested('sp:AsymmetricBinding', [
      nested('sp:InitiatorToken', [x509(names, 'AlwaysToRecipient')]),
      nested('sp:RecipientToken', [x509(names, 'Never')]),
      ...properties,
    ]),
  transport: (_bootstrap, names, properties) => transportBinding(names, properties),
};

export function transportBinding(names: PolicyNames, properties: readonly string[]): string {
  return nested('sp:TransportBinding', [nested('sp:TransportToken', [names.httpsToken]), ...properties]);
}

/** Over TLS what endorses signs the Timestamp, and To so that it is good for one service alone (wire-facts §3.1b). */
export function endorsedTo(names: PolicyNames): string {
  return element(
    'sp:SignedParts',
    names.addressing.map((namespace) => header({ namespace, local: 'To' })),
  );
}

function credential(bootstrap: Bootstrap, names: PolicyNames): readonly string[] {
  const { kind, derivedKeys, passwords } = bootstrap;
  if (bootstrap.credential === 'username') {
    const hash = passwords.includes('text') ? undefined : names.hashPassword;
    const details = [...(hash === undefined ? [] : [hash]), '<sp:WssUsernameToken10/>'];
    const token = nested('sp:UsernameToken', details, inclusion(names, 'AlwaysToRecipient'));
    return [nested(`sp:${names.signedTokens}`, [token])];
  }
  // over an asymmetric binding the initiator's token is the credential
  if (bootstrap.credential === 'anonymous' || kind === 'asymmetric') return [];
  // over TLS the certificate's own key endorses: there is no key of a message to derive from
  const derives = derivedKeys && kind !== 'transport';
  const token = x509(names, 'AlwaysToRecipient', { derivedKeys: derives, thumbprint: true });
  const parts = kind === 'transport' ? [endorsedTo(names)] : [];
  return [nested('sp:EndorsingSupportingTokens', [token, ...parts])];
}

const REFERENCES_10 = ['<sp:MustSupportRefKeyIdentifier/>', '<sp:MustSupportRefIssuerSerial/>'];
const REFERENCES_11 = [...REFERENCES_10, '<sp:MustSupportRefThumbprint/>', '<sp:MustSupportRefEncryptedKey/>'];

/** WSS 1.0 where both sides have a certificate, 1.1 where there is an EncryptedKey to refer to. */
export function wss(bootstrap: Bootstrap, confirms: boolean): string {
  if (bootstrap.kind === 'asymmetric' && !confirms) return nested('sp:Wss10', REFERENCES_10);
  return nested('sp:Wss11', [...REFERENCES_11, ...where([confirms, '<sp:RequireSignatureConfirmation/>'])]);
}

export function trust(names: PolicyNames): string {
  return nested(`sp:${names.trust}`, [
    '<sp:MustSupportIssuedTokens/>',
    '<sp:RequireClientEntropy/>',
    '<sp:RequireServerEntropy/>',
  ]);
}

/** The parts that TLS protects are said all the same: WCF writes them, and its importer looks for them. */
const OVER_TLS = {
  signedParts: { body: true, headers: 'addressing' },
  encryptedParts: { body: true, headers: [] },
} as const;

export function bootstrapPolicy(bootstrap: Bootstrap, names: PolicyNames): string {
  const parts = bootstrap.kind === 'transport' ? { ...bootstrap, ...OVER_TLS } : bootstrap;
  return nested('sp:BootstrapPolicy', [
    ...messageParts(parts, names),
    BINDINGS[bootstrap.kind](bootstrap, names, bindingProperties(bootstrap)),
    ...credential(bootstrap, names),
    wss(bootstrap, bootstrap.signatureConfirmation),
    trust(names),
  ]);
}
