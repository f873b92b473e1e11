import { type Element, element, withAttribute } from './element.js';
import type { Message } from './message.js';
import { ENCRYPTED_KEY, VERSIONS, X509V3 } from './names.js';
import type { ContextToken } from './token.js';

export type KeyUse = 'derivation' | 'signature' | 'encryption' | 'transport';

/** A key that something in the message is protected with, or derived from. */
export type KeySource =
  | { readonly kind: 'context'; readonly token: ContextToken }
  | { readonly kind: 'encryptedKey'; readonly id: string }
  | { readonly kind: 'derived'; readonly id: string }
  | { readonly kind: 'certificate'; readonly id: string };

interface Labels {
  readonly valueType?: string | undefined;
  readonly tokenType?: string;
}

const SAML11_TOKEN = 'http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1';
const SAML_ID = 'http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.0#SAMLAssertionID';

/** What a style's references say of the SCT that they lead to. Rampart's lie (wire-facts §3.8). */
const CONTEXT_LABELS: Readonly<
  Record<Message['style']['references']['contextLabels'], (use: KeyUse, contextToken: string) => Labels>
> = {
  true: (_use, valueType) => ({ valueType }),
  none: () => ({}),
  '1.3': () => ({ valueType: VERSIONS['1.3'].contextToken }),
  lying: (use, contextToken) =>
    ({
      derivation: { valueType: contextToken },
      signature: {},
      encryption: { valueType: contextToken, tokenType: ENCRYPTED_KEY },
      transport: { valueType: SAML_ID, tokenType: SAML11_TOKEN },
    })[use],
};

/** The SecurityTokenReference that leads to a key, as the message's style writes it. */
export function referenceTo(message: Message, source: KeySource, use: KeyUse): Element {
  if (source.kind === 'context') return contextReference(message, source.token, use);
  return direct(message, `#${source.id}`, labelsOf(message, source.kind, use));
}

function labelsOf(message: Message, kind: 'encryptedKey' | 'derived' | 'certificate', use: KeyUse): Labels {
  const { references, derivedKey } = message.style;
  if (kind === 'certificate') return { valueType: X509V3 };
  if (kind === 'derived') {
    const { derivedKey: valueType } = VERSIONS[derivedKey.version ?? message.shape.version];
    return references.derivedType ? { valueType } : {};
  }
  return {
    // CXF writes no ValueType where an EncryptedKey encrypts directly.
    ...(references.encryptedKeyType && use !== 'encryption' ? { valueType: ENCRYPTED_KEY } : {}),
    ...(references.encryptedKeyTokenType ? { tokenType: ENCRYPTED_KEY } : {}),
  };
}

function contextReference(message: Message, token: ContextToken, use: KeyUse): Element {
  const { references } = message.style;
  const labels = CONTEXT_LABELS[references.contextLabels](use, VERSIONS[message.shape.version].contextToken);
  if (references.context === 'hash-identifier') return direct(message, `#${token.identifier}`, labels);
  if (references.context === 'id' && token.id !== undefined) return direct(message, `#${token.id}`, labels);
  return withInstance(message, direct(message, token.identifier, labels), token);
}

/** By Identifier and Instance: where the SCT itself is not in the message, or in CancelTarget and RenewTarget. */
export function externalReference(message: Message, token: ContextToken, valueType: boolean): Element {
  const labels = valueType ? { valueType: VERSIONS[message.shape.version].contextToken } : {};
  return withInstance(message, direct(message, token.identifier, labels), token);
}

function withInstance(message: Message, reference: Element, token: ContextToken): Element {
  if (token.instance !== undefined) {
    withAttribute(reference.children[0] as Element, message.names.wsc, 'Instance', token.instance);
  }
  return reference;
}

function direct(message: Message, uri: string, labels: Labels): Element {
  const { wsse, wsse11 } = message.names;
  const reference = element(wsse, 'SecurityTokenReference', {}, [
    element(wsse, 'Reference', { URI: uri, ValueType: labels.valueType }),
  ]);
  if (labels.tokenType !== undefined) withAttribute(reference, wsse11, 'TokenType', labels.tokenType);
  return reference;
}

/** By a hash or an identifier of the token, e.g. a certificate's thumbprint. */
export function keyIdentifier(message: Message, valueType: string, encodingType: string, value: string): Element {
  const { wsse } = message.names;
  return element(wsse, 'SecurityTokenReference', {}, [
    element(wsse, 'KeyIdentifier', { EncodingType: encodingType, ValueType: valueType }, [value]),
  ]);
}
