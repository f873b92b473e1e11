import type { Binding, QName } from '../../config/types.js';
import { escapeAttribute } from '../../xml/escape.js';
import { CXF_SUITES, type PolicyNames } from './names.js';

/** The assertions of WS-SecurityPolicy of which a service's policy is made, as text; `sp` and `wsp` are declared outside. */

/** @param attributes already in the order in which they stand */
export function element(
  name: string,
  content: readonly string[] = [],
  attributes: Readonly<Record<string, string>> = {},
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`);
  const start = `<${name}${written.join('')}`;
  return content.length === 0 ? `${start}/>` : `${start}>${content.join('')}</${name}>`;
}

/** An assertion whose parameters are a nested policy. */
export function nested(name: string, content: readonly string[], attributes: Readonly<Record<string, string>> = {}) {
  return element(name, [element('wsp:Policy', content)], attributes);
}

/** The assertions for which a condition holds. */
export function where(...rows: readonly (readonly [boolean, string])[]): readonly string[] {
  return rows.filter(([holds]) => holds).map(([, assertion]) => assertion);
}

function algorithmSuite({ suite: { name } }: Binding): string {
  const assertion = name.includes('GCM')
    ? element(`cxf:${name}`, [], { 'xmlns:cxf': CXF_SUITES })
    : element(`sp:${name}`);
  return nested('sp:AlgorithmSuite', [assertion]);
}

/**
 * The properties of a binding after its tokens, in the order of WS-SecurityPolicy 1.3 §7.4. The layout is what our
 * answers keep: nothing is used before it stands.
 */
export function bindingProperties(binding: Binding): readonly string[] {
  const isMessage = binding.kind !== 'transport';
  return [
    algorithmSuite(binding),
    nested('sp:Layout', ['<sp:Strict/>']),
    '<sp:IncludeTimestamp/>',
    ...where(
      [isMessage && binding.protectionOrder === 'encrypt-before-sign', '<sp:EncryptBeforeSigning/>'],
      [isMessage && binding.encryptSignature, '<sp:EncryptSignature/>'],
      [isMessage, '<sp:OnlySignEntireHeadersAndBody/>'],
    ),
  ];
}

const ADDRESSING_HEADERS = ['To', 'From', 'FaultTo', 'ReplyTo', 'MessageID', 'RelatesTo', 'Action'];

export function header({ namespace, local }: QName): string {
  return element('sp:Header', [], { Name: local, Namespace: namespace });
}

function signedHeaders({ signedParts: { headers } }: Binding, names: PolicyNames): readonly QName[] {
  if (headers === 'none') return [];
  if (headers !== 'addressing') return headers;
  return names.addressing.flatMap((namespace) => ADDRESSING_HEADERS.map((local) => ({ namespace, local })));
}

/** What each message signs and encrypts. */
export function messageParts(binding: Binding, names: PolicyNames): readonly string[] {
  const { body, headers } = binding.encryptedParts;
  const encrypted = [...where([body, '<sp:Body/>']), ...headers.map(header)];
  return [
    element('sp:SignedParts', ['<sp:Body/>', ...signedHeaders(binding, names).map(header)]),
    // without content it would mean the Body
    ...where([encrypted.length > 0, element('sp:EncryptedParts', encrypted)]),
  ];
}
