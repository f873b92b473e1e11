import { allElements, childElements, parseText } from './document.js';
import { ADDRESSING_WSDL, ALL_WSP, type PublishedVersion, WSDL, WSP } from './names.js';
import type { SoapPart } from './ports.js';
import { endpointPolicy, messagePolicy, type PublishedService } from './service-policy.js';

/** How policies are attached to a WSDL (WS-PolicyAttachment 1.2 §4). */

/**
 * Takes out what the upstream's WSDL says of policies and of WS-Addressing: it is true of the upstream, and the gateway
 * stands before it.
 */
export function removePolicies(root: Element): void {
  for (const element of allElements(root)) {
    const namespace = element.namespaceURI ?? '';
    if (ALL_WSP.has(namespace) || (ADDRESSING_WSDL.has(namespace) && element.localName === 'UsingAddressing')) {
      element.parentNode?.removeChild(element);
      continue;
    }
    for (const { namespaceURI, localName } of Array.from(element.attributes)) {
      if (namespaceURI !== null && ALL_WSP.has(namespaceURI)) element.removeAttributeNS(namespaceURI, localName);
    }
  }
}

/** Where WSDL 1.1 has extension elements: after the documentation, before all else. */
function prepend(parent: Element, child: Element): void {
  const [documentation] = childElements(parent, WSDL, 'documentation');
  parent.insertBefore(child, documentation === undefined ? parent.firstChild : documentation.nextSibling);
}

function refer(subject: Element, id: string): void {
  const reference = subject.ownerDocument.createElementNS(WSP, 'wsp:PolicyReference');
  reference.setAttribute('URI', `#${id}`);
  prepend(subject, reference);
}

function define(binding: Element, policy: string): void {
  const document = binding.ownerDocument;
  prepend(document.documentElement, document.importNode(parseText(policy), true));
}

const MESSAGES = ['input', 'output', 'fault'] as const;

/** Attaches the service's policy to its bindings, and its parts to each of their messages, as WCF does. */
export function attachPolicies(
  bindings: readonly SoapPart[],
  service: PublishedService,
  version: PublishedVersion,
): void {
  for (const { element } of bindings) {
    const id = `${element.getAttribute('name') ?? ''}_policy`;
    const messageId = `${element.getAttribute('name') ?? ''}_message_policy`;
    const message = messagePolicy(service, version, messageId);
    if (message !== undefined) {
      define(element, message);
      for (const operation of childElements(element, WSDL, 'operation')) {
        for (const name of MESSAGES) for (const part of childElements(operation, WSDL, name)) refer(part, messageId);
      }
    }
    define(element, endpointPolicy(service, version, id));
    refer(element, id);
  }
}
