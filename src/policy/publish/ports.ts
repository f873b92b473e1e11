import type { SoapVersion } from '../../soap/names.js';
import type { SourceDocument } from './collect.js';
import { allElements, childElements, unpublishable } from './document.js';
import { WSDL, WSDL_SOAP } from './names.js';

/** The bindings and ports of a service's WSDLs: which are published, and their copies for other versions of SOAP. */

const VERSIONS: readonly SoapVersion[] = ['1.1', '1.2'];
const PREFIX: Readonly<Record<SoapVersion, string>> = { '1.1': 'soap', '1.2': 'soap12' };

/** A wsdl:binding or a wsdl:port that speaks SOAP. */
export interface SoapPart {
  readonly element: Element;
  readonly soap: SoapVersion;
}

export interface SoapParts {
  readonly bindings: readonly SoapPart[];
  readonly ports: readonly SoapPart[];
}

function soapOf(element: Element, local: 'binding' | 'address'): SoapVersion | undefined {
  return VERSIONS.find((version) => childElements(element, WSDL_SOAP[version], local).length > 0);
}

function remove(element: Element): void {
  element.parentNode?.removeChild(element);
}

/** Those that speak SOAP; the others (HTTP GET and POST of ASMX) are taken out, for the gateway serves SOAP alone. */
function keepSoap(elements: readonly Element[], local: 'binding' | 'address'): SoapPart[] {
  return elements.flatMap((element) => {
    const soap = soapOf(element, local);
    if (soap === undefined) remove(element);
    return soap === undefined ? [] : [{ element, soap }];
  });
}

function addressPath({ element, soap }: SoapPart): string | undefined {
  const [address] = childElements(element, WSDL_SOAP[soap], 'address');
  try {
    return new URL(address?.getAttribute('location') ?? '', 'http://upstream.invalid').pathname.toLowerCase();
  } catch {
    return undefined;
  }
}

/** A service with several endpoints has several ports, of which one path is ours; where none is, all are meant. */
function keepOwnPorts(ports: readonly SoapPart[], path: string): readonly SoapPart[] {
  const own = ports.filter((port) => addressPath(port) === path.toLowerCase());
  if (own.length === 0) return ports;
  for (const port of ports) if (!own.includes(port)) remove(port.element);
  return own;
}

/** @param path of the service at the upstream */
export function findSoapParts(documents: readonly SourceDocument[], path: string): SoapParts {
  const roots = documents.filter(({ kind }) => kind === 'wsdl').map(({ root }) => root);
  const ports = roots.flatMap((root) =>
    childElements(root, WSDL, 'service').flatMap((service) => childElements(service, WSDL, 'port')),
  );
  const bindings = keepSoap(
    roots.flatMap((root) => childElements(root, WSDL, 'binding')),
    'binding',
  );
  if (bindings.length === 0) throw unpublishable('the WSDL has no SOAP binding');
  return { bindings, ports: keepOwnPorts(keepSoap(ports, 'address'), path) };
}

/** A copy after the original, under another name. A port's copy is a port of the binding's copy. */
function copy(part: SoapPart, suffix: string): SoapPart {
  const element = part.element.cloneNode(true) as Element;
  element.setAttribute('name', `${element.getAttribute('name') ?? ''}${suffix}`);
  if (element.localName === 'port') {
    element.setAttribute('binding', `${element.getAttribute('binding') ?? ''}${suffix}`);
  }
  part.element.parentNode?.insertBefore(element, part.element.nextSibling);
  return { ...part, element };
}

export function copyParts({ bindings, ports }: SoapParts, suffix: string): SoapParts {
  return { bindings: bindings.map((part) => copy(part, suffix)), ports: ports.map((part) => copy(part, suffix)) };
}

/** Turns the SOAP extensions in a binding or port into those of another SOAP version; both have the same names. */
function speak({ element, soap }: SoapPart, version: SoapVersion): SoapPart {
  for (const extension of allElements(element)) {
    if (extension.namespaceURI !== WSDL_SOAP[soap]) continue;
    const name = `${PREFIX[version]}:${extension.localName}`;
    const replacement = extension.ownerDocument.createElementNS(WSDL_SOAP[version], name);
    for (const { name, value } of Array.from(extension.attributes)) {
      if (name !== 'xmlns' && !name.startsWith('xmlns:')) replacement.setAttribute(name, value);
    }
    while (extension.firstChild !== null) replacement.appendChild(extension.firstChild);
    extension.parentNode?.replaceChild(replacement, extension);
  }
  return { element, soap: version };
}

const SUFFIX: Readonly<Record<SoapVersion, string>> = { '1.1': '_soap11', '1.2': '_soap12' };

function speakAll({ bindings, ports }: SoapParts, version: SoapVersion): SoapParts {
  return { bindings: bindings.map((part) => speak(part, version)), ports: ports.map((part) => speak(part, version)) };
}

/**
 * Sees to it that the parts speak these versions of SOAP and no others. What the WSDL does not have is made of what it
 * has: of copies beside it, or of itself where nobody wants it as it is.
 *
 * @param wanted at least one; undefined: those that the upstream's WSDL has
 */
export function offerSoap(parts: SoapParts, wanted: readonly SoapVersion[] | undefined): SoapParts {
  if (wanted === undefined) return parts;
  const isWanted = ({ soap }: SoapPart): boolean => wanted.includes(soap);
  const kept = { bindings: parts.bindings.filter(isWanted), ports: parts.ports.filter(isWanted) };
  if (kept.bindings.length === 0) {
    const [first, ...others] = wanted as [SoapVersion, ...SoapVersion[]];
    return offerSoap(speakAll(parts, first), [first, ...others]);
  }
  for (const { element } of [...parts.bindings, ...parts.ports].filter((part) => !isWanted(part))) remove(element);
  const missing = wanted.filter((version) => !kept.bindings.some(({ soap }) => soap === version));
  const made = missing.map((version) => speakAll(copyParts(kept, SUFFIX[version]), version));
  return {
    bindings: [kept, ...made].flatMap(({ bindings }) => bindings),
    ports: [kept, ...made].flatMap(({ ports }) => ports),
  };
}
