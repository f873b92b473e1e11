import { DOMParser, XMLSerializer } from '@xmldom/xmldom';
import { ExclusiveCanonicalization } from 'xml-crypto';
import { AnswerError, type ReceivedDocument } from './document.js';
import { type Element as Built, type Content, declare, NO_SCOPE } from './element.js';
import { serialize } from './serialize.js';

const XMLNS = 'http://www.w3.org/2000/xmlns/';
const ELEMENT = 1;
const TEXT = 3;
const CDATA = 4;
const COMMENT = 8;

/** xml-crypto's, with prefixes in the order of code points, where it sorts them by locale. */
class CodePointCanonicalization extends ExclusiveCanonicalization {
  override nsCompare(a: { prefix: string }, b: { prefix: string }): number {
    return a.prefix === b.prefix ? 0 : Buffer.compare(Buffer.from(a.prefix), Buffer.from(b.prefix));
  }
}

function parse(text: string): Document {
  const fail = (message: string): never => {
    throw new AnswerError('xml', message);
  };
  return new DOMParser({ errorHandler: { warning: fail, error: fail, fatalError: fail } }).parseFromString(
    text,
    'text/xml',
  );
}

/** Reads with xmldom, canonicalizes with xml-crypto: nothing of it is the gateway's. */
export function domDocument(text: string): ReceivedDocument<Element> {
  const document = parse(text);
  const canonicalization = new CodePointCanonicalization();
  return {
    root: document.documentElement,
    name: (node) => ({ namespace: node.namespaceURI ?? '', local: node.localName }),
    parent: (node) => (node.parentNode?.nodeType === ELEMENT ? (node.parentNode as Element) : undefined),
    elements: (node) => childNodes(node).filter((child): child is Element => child.nodeType === ELEMENT),
    text: (node) => node.textContent ?? '',
    attribute: (node, namespace, local) =>
      node.hasAttributeNS(namespace || null, local) ? (node.getAttributeNS(namespace || null, local) ?? '') : undefined,
    lookup: (node, prefix) => node.lookupNamespaceURI(prefix) ?? undefined,
    canonicalize: (node, prefixList) =>
      canonicalization.process(node, {
        inclusiveNamespacesPrefixList: [...prefixList],
        ancestorNamespaces: ancestorNamespaces(node),
      }),
    replace: (node, octets) => replace(document, node, octets),
    inner: (node) => inner(node),
    copy: (node) => copyOf(node),
  };
}

function ancestorNamespaces(node: Element): { prefix: string; namespaceURI: string }[] {
  const found = new Map<string, string>();
  for (let at = node.parentNode; at !== null && at.nodeType === ELEMENT; at = at.parentNode) {
    for (const attribute of attributes(at as Element)) {
      const prefix = declaredPrefix(attribute);
      if (prefix !== undefined && !found.has(prefix)) found.set(prefix, attribute.value);
    }
  }
  return [...found].filter(([prefix]) => prefix !== '').map(([prefix, namespaceURI]) => ({ prefix, namespaceURI }));
}

/** The octets are read with the namespaces that are in scope where `node` stands. */
function replace(document: Document, node: Element, octets: Buffer): Element[] {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(octets);
  const parent = node.parentNode as Element;
  const declarations = [...ancestorNamespaces(node), { prefix: '', namespaceURI: parent.lookupNamespaceURI('') ?? '' }]
    .map(
      ({ prefix, namespaceURI }) =>
        ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${namespaceURI.replace(/&/g, '&amp;')}"`,
    )
    .join('');
  const wrapper = parse(`<wrapper${declarations}>${text}</wrapper>`).documentElement;
  const added: Element[] = [];
  for (const child of childNodes(wrapper)) {
    const imported = document.importNode(child, true);
    parent.insertBefore(imported, node);
    if (imported.nodeType === ELEMENT) added.push(imported as Element);
  }
  parent.removeChild(node);
  return added;
}

function inner(node: Element): string {
  const serializer = new XMLSerializer();
  return childNodes(node)
    .map((child) =>
      child.nodeType === ELEMENT ? serialize(copyOf(child as Element)) : serializer.serializeToString(child),
    )
    .join('');
}

/** A tree of the client's own: every declaration and attribute in its place and order, and those that it leans on. */
function copyOf(node: Element): Built {
  return declare(built(node), NO_SCOPE);
}

function built(node: Element): Built {
  const all = attributes(node);
  return {
    prefix: node.prefix ?? '',
    namespace: node.namespaceURI ?? '',
    local: node.localName,
    declarations: all.flatMap((attribute) => {
      const prefix = declaredPrefix(attribute);
      return prefix === undefined ? [] : [{ prefix, namespace: attribute.value }];
    }),
    attributes: all
      .filter((attribute) => attribute.namespaceURI !== XMLNS)
      .map(({ prefix, namespaceURI, localName, value }) => ({
        prefix: prefix ?? '',
        namespace: namespaceURI ?? '',
        local: localName,
        value,
      })),
    children: childNodes(node).flatMap((child): Content[] => {
      if (child.nodeType === ELEMENT) return [built(child as Element)];
      if (child.nodeType === TEXT || child.nodeType === CDATA) return [child.nodeValue ?? ''];
      return child.nodeType === COMMENT ? [{ raw: `<!--${child.nodeValue ?? ''}-->` }] : [];
    }),
  };
}

function declaredPrefix(attribute: Attr): string | undefined {
  if (attribute.namespaceURI !== XMLNS) return undefined;
  return attribute.prefix === 'xmlns' ? attribute.localName : '';
}

function attributes(node: Element): Attr[] {
  return Array.from({ length: node.attributes.length }, (_, i) => node.attributes.item(i)!);
}

function childNodes(node: Element): Node[] {
  return Array.from({ length: node.childNodes.length }, (_, i) => node.childNodes.item(i));
}

/** A well-formed element as a tree of the client's own, e.g. the content of a Body. */
export function parseElement(text: string): Built {
  return copyOf(parse(text).documentElement);
}
