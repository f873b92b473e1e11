import { readFileSync } from 'node:fs';
import { DOMParser } from '@xmldom/xmldom';
import { sharedFolder } from '../crypto/shared.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

const interop = sharedFolder('interop/cxf/wsdl');
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';

type Facts = Omit<Scenario, 'bootstrap'> & {
  readonly bootstrap: Omit<Scenario, 'name' | 'bootstrap' | 'binding'> & { binding: string };
};

/** Children by local name; the policy's own grouping elements are looked through. */
function children(parent: Element | undefined): Element[] {
  const direct = Array.from(parent?.childNodes ?? []).filter((node): node is Element => node.nodeType === 1);
  return direct.flatMap((child) => (/^(Policy|ExactlyOne|All)$/.test(child.localName) ? children(child) : [child]));
}

function child(parent: Element | undefined, ...path: string[]): Element | undefined {
  return path.reduce<Element | undefined>(
    (at, name) => children(at).find(({ localName }) => localName === name),
    parent,
  );
}

function bindingOf(policy: Element | undefined): Element | undefined {
  return children(policy).find(({ localName }) => /^(Symmetric|Asymmetric|Transport)Binding$/.test(localName));
}

function protection(binding: Element | undefined, token: Element | undefined, policy: Element | undefined) {
  const supporting = ['SignedSupportingTokens', 'EndorsingSupportingTokens'].flatMap((name) =>
    children(child(policy, name)),
  );
  const tokens = [...supporting, ...children(child(binding, 'InitiatorToken'))].map(({ localName }) => localName);
  return {
    binding: binding?.localName.replace('Binding', '').toLowerCase() ?? '',
    derivedKeys: child(token, 'RequireDerivedKeys') !== undefined,
    protectionOrder: child(binding, 'EncryptBeforeSigning')
      ? ('encrypt-before-sign' as const)
      : ('sign-before-encrypt' as const),
    encryptSignature: child(binding, 'EncryptSignature') !== undefined,
    credential: tokens.includes('UsernameToken')
      ? ('username' as const)
      : tokens.includes('X509Token')
        ? ('x509' as const)
        : ('anonymous' as const),
  };
}

function parts(element: Element | undefined): string[] {
  return children(element).map((part) => part.getAttribute('Name') || part.localName);
}

const ALL_PARTS = ['Body', 'To', 'From', 'FaultTo', 'ReplyTo', 'MessageID', 'RelatesTo', 'Action'];

function policies(): Map<string, Element> {
  const file = readFileSync(`${interop}/WSSecureConversation_policy.wsdl`, 'utf8');
  const root = new DOMParser().parseFromString(file, 'text/xml').documentElement;
  const found = Array.from(root.childNodes).filter((node): node is Element => node.nodeName === 'wsp:Policy');
  return new Map(found.map((policy) => [policy.getAttributeNS(WSU, 'Id') ?? '', policy]));
}

describe('the 23 scenarios', () => {
  test('are as many, each with a path of its own', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(23);
  });

  const rows = interop === undefined ? [] : SCENARIOS;
  const stated = interop === undefined ? new Map<string, Element>() : policies();
  if (rows.length === 0) return;

  test('are all that the WSDL has', () => {
    const names = [...stated.keys()].filter((id) => id.endsWith('_IPingService_policy'));
    expect(names.map((id) => id.replace('_IPingService_policy', '')).sort()).toEqual(
      SCENARIOS.map(({ name }) => name).sort(),
    );
  });

  test.each(rows.map((row) => [row.name, row] as const))('%s is what the WSDL states', (name, row) => {
    const policy = stated.get(`${name}_IPingService_policy`);
    const binding = bindingOf(policy);
    const overTransport = row.binding === 'transport';
    const token = overTransport
      ? child(policy, 'EndorsingSupportingTokens', 'SecureConversationToken')
      : child(binding, 'ProtectionToken', 'SecureConversationToken');
    const inner = child(token, 'BootstrapPolicy');
    const innerBinding = bindingOf(inner);
    const innerToken = child(innerBinding, 'ProtectionToken', 'X509Token');
    const { credential: _none, ...own } = protection(binding, token, policy);
    const facts: Facts = {
      name,
      ...(own as Omit<Scenario, 'name' | 'credential'>),
      credential: protection(innerBinding, innerToken, inner).credential,
      bootstrap: protection(innerBinding, innerToken, inner),
    };
    const { bootstrap, ...message } = row;
    expect(facts).toEqual({
      ...message,
      bootstrap: {
        binding: bootstrap?.binding ?? row.binding,
        derivedKeys: row.derivedKeys,
        protectionOrder: row.protectionOrder,
        encryptSignature: bootstrap?.encryptSignature ?? row.encryptSignature,
        credential: row.credential,
      },
    });
    expect(parts(child(inner, 'SignedParts'))).toEqual(ALL_PARTS);
    expect(parts(child(inner, 'EncryptedParts'))).toEqual(['Body']);
    for (const direction of overTransport ? [] : ['Input', 'output']) {
      const message = stated.get(`${name}_IPingService_Ping_${direction}_policy`);
      expect(parts(child(message, 'SignedParts'))).toEqual(ALL_PARTS);
      expect(parts(child(message, 'EncryptedParts'))).toEqual(['Body']);
    }
    if (overTransport) expect(parts(child(policy, 'EndorsingSupportingTokens', 'SignedParts'))).toEqual(['To']);
  });
});
