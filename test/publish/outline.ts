import { XmlDocument, XmlElement } from 'libxml2-wasm';

/** Policies as indented lines, read by libxml2: what they say, without the operators that say nothing. */

const LABELS: Readonly<Record<string, string>> = {
  'http://schemas.xmlsoap.org/ws/2005/07/securitypolicy': 'sp11',
  'http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702': 'sp12',
  'http://schemas.microsoft.com/ws/2005/07/securitypolicy': 'mssp',
  'http://www.w3.org/2006/05/addressing/wsdl': 'wsaw',
  'http://www.w3.org/2007/05/addressing/metadata': 'wsam',
  'http://schemas.xmlsoap.org/ws/2004/08/addressing/policy': 'wsap',
  'http://cxf.apache.org/custom/security-policy': 'cxf',
  'http://schemas.xmlsoap.org/ws/2004/09/policy': 'wsp',
};

/** Parses, and gives the root to `use`. */
export function withRoot<T>(xml: string, use: (root: XmlElement) => T): T {
  const document = XmlDocument.fromString(xml);
  try {
    return use(document.root);
  } finally {
    document.dispose();
  }
}

export function children(parent: XmlElement): XmlElement[] {
  const found: XmlElement[] = [];
  for (let node = parent.firstChild; node !== null; node = node.next) if (node instanceof XmlElement) found.push(node);
  return found;
}

/** As {@link outline}, of an element of a document. */
export function linesOf(element: XmlElement, depth = 0): string[] {
  const inner = children(element);
  const label = LABELS[element.namespaceUri] ?? element.namespaceUri;
  if (label === 'wsp' && element.name === 'ExactlyOne' && inner.length > 1) {
    const indent = '  '.repeat(depth);
    return inner.flatMap((child) => [`${indent}or`, ...children(child).flatMap((each) => linesOf(each, depth + 1))]);
  }
  if (label === 'wsp' && element.name !== 'PolicyReference') return inner.flatMap((child) => linesOf(child, depth));
  const attributes = element.attrs.map(({ name, value }) => ` ${name}=${value}`).join('');
  return [
    `${'  '.repeat(depth)}${label}:${element.name}${attributes}`,
    ...inner.flatMap((child) => linesOf(child, depth + 1)),
  ];
}

/** One line an assertion, below the one that it belongs to; alternatives stand below `or`, where there are several. */
export function outline(xml: string): string[] {
  return withRoot(xml, (root) => linesOf(root));
}
