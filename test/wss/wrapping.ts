import { DOMParser, XMLSerializer } from '@xmldom/xmldom';
import { WSU } from './names.js';

/** How what takes the place of a moved element is identified. */
export const ID_KINDS = ['none', 'another', 'wsu:Id', 'xml:id', 'Id', 'ID', 'id', 'x:Id'] as const;
export type IdKind = (typeof ID_KINDS)[number];

export interface Wrapped {
  /** Local name of the element that the signed one was moved into. */
  readonly parent: string;
  readonly kind: IdKind;
  readonly message: string;
}

const XML = 'http://www.w3.org/XML/1998/namespace';
type Dom = ReturnType<DOMParser['parseFromString']>;

function identify(element: Element, kind: IdKind, id: string): void {
  element.removeAttributeNS(WSU, 'Id');
  if (kind === 'another') element.setAttributeNS(WSU, 'wsu:Id', 'another');
  else if (kind === 'wsu:Id') element.setAttributeNS(WSU, 'wsu:Id', id);
  else if (kind === 'xml:id') element.setAttributeNS(XML, 'xml:id', id);
  else if (kind === 'x:Id') element.setAttributeNS('urn:x', 'x:Id', id);
  else if (kind !== 'none') element.setAttribute(kind, id);
}

/**
 * Every signature wrapping of one signed element: moved under each element of the message in turn, as its first child or
 * in a wrapper as its last, with a forged one in its place that is identified in each way.
 *
 * @param target local name of the signed element
 * @param text of the forged one; of a Timestamp, of its Created
 */
export function* wrappings(
  message: string,
  target: string,
  text: string,
  kinds: readonly IdKind[] = ID_KINDS,
): Generator<Wrapped> {
  const count = elementsOf(parse(message)).length;
  for (let position = 0; position < count; position++) {
    for (const kind of kinds) {
      for (const isWrapped of [false, true]) {
        const document = parse(message);
        const elements = elementsOf(document);
        const parent = elements[position]!;
        const signed = elements.find((element) => element.localName === target)!;
        if (isWithin(parent, signed)) continue;
        const fake = signed.cloneNode(true) as Element;
        (target === 'Timestamp' ? fake.firstChild! : fake).textContent = text;
        identify(fake, kind, signed.getAttributeNS(WSU, 'Id')!);
        signed.parentNode!.replaceChild(fake, signed);
        const moved = isWrapped ? document.createElementNS('urn:x', 'x:Wrap') : signed;
        if (isWrapped) moved.appendChild(signed);
        parent.insertBefore(moved, isWrapped ? null : parent.firstChild);
        yield { parent: parent.localName!, kind, message: new XMLSerializer().serializeToString(document) };
      }
    }
  }
}

const parse = (message: string): Dom => new DOMParser().parseFromString(message, 'text/xml');
const elementsOf = (document: Dom): Element[] => Array.from(document.getElementsByTagName('*'));

function isWithin(node: Element, ancestor: Element): boolean {
  for (let at: Element | null = node; at !== null; at = at.parentNode as Element | null)
    if (at === ancestor) return true;
  return false;
}
