import { DOMParser, XMLSerializer } from '@xmldom/xmldom';
import fc from 'fast-check';
import { DS, SOAP12, WSA, WSSE, WSU, XENC } from './names.js';

/** One change of a message. Positions are fractions, so that they fit whatever the message has become. */
export type Mutation =
  | { readonly kind: 'paste' | 'replace'; readonly from: number; readonly length: number; readonly to: number }
  | { readonly kind: 'delete'; readonly from: number; readonly length: number }
  | { readonly kind: 'insert'; readonly to: number; readonly text: string }
  | {
      readonly kind: 'move' | 'copy' | 'wrap';
      readonly element: number;
      readonly parent: number;
      readonly before: number;
    }
  | { readonly kind: 'remove'; readonly element: number }
  | { readonly kind: 'attribute'; readonly element: number; readonly other: number; readonly which: number }
  | { readonly kind: 'text'; readonly element: number; readonly other: number }
  | { readonly kind: 'between'; readonly element: number; readonly text: string };

const fraction = fc.double({ min: 0, max: 0.999999, noNaN: true });
const length = fc.nat({ max: 80 });
const fragment = fc.constantFrom(
  '<!-- c -->',
  ' ',
  '\n',
  'x',
  '"',
  '<',
  '&#65;',
  '<![CDATA[x]]>',
  '<x:y xmlns:x="urn:x"/>',
  ' Id="body"',
  ' Id="ts"',
  ` xmlns:wsu="${WSU}"`,
  ` xmlns:s="${SOAP12}"`,
  ` xmlns="${WSA}"`,
  `<s:Body xmlns:s="${SOAP12}"/>`,
  ` xmlns:ds="${DS}"`,
  `<wsse:Security xmlns:wsse="${WSSE}"/>`,
  `<xenc:ReferenceList xmlns:xenc="${XENC}"/>`,
  ' xml:lang="en"',
  '1',
  'A=',
);

export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constantFrom('paste' as const, 'replace' as const), from: fraction, length, to: fraction }),
  fc.record({ kind: fc.constant('delete' as const), from: fraction, length }),
  fc.record({ kind: fc.constant('insert' as const), to: fraction, text: fragment }),
  fc.record({
    kind: fc.constantFrom('move' as const, 'copy' as const, 'wrap' as const),
    element: fraction,
    parent: fraction,
    before: fraction,
  }),
  fc.record({ kind: fc.constant('remove' as const), element: fraction }),
  fc.record({ kind: fc.constant('attribute' as const), element: fraction, other: fraction, which: fraction }),
  fc.record({ kind: fc.constant('text' as const), element: fraction, other: fraction }),
  fc.record({ kind: fc.constant('between' as const), element: fraction, text: fc.constantFrom(' ', '\n', 'x') }),
);

const at = <T>(list: readonly T[], position: number): T => list[Math.floor(position * list.length)]!;

function mutateTree(message: string, change: (elements: Element[], document: Document) => void): string {
  const quiet = { warning: () => {}, error: () => {}, fatalError: () => {} };
  try {
    const document = new DOMParser({ errorHandler: quiet }).parseFromString(message, 'text/xml');
    change(Array.from(document.getElementsByTagName('*')), document);
    return new XMLSerializer().serializeToString(document);
  } catch {
    // No longer a document, or a place that does not exist: what the texts have become is a message too.
    return message;
  }
}

/** The message with one thing changed. */
export function mutate(message: string, change: Mutation): string {
  const offset = (position: number) => Math.floor(position * message.length);
  switch (change.kind) {
    case 'paste':
    case 'replace': {
      const text = message.slice(offset(change.from), offset(change.from) + change.length);
      const to = offset(change.to);
      return message.slice(0, to) + text + message.slice(to + (change.kind === 'replace' ? change.length : 0));
    }
    case 'delete':
      return message.slice(0, offset(change.from)) + message.slice(offset(change.from) + change.length);
    case 'insert':
      return message.slice(0, offset(change.to)) + change.text + message.slice(offset(change.to));
    default:
      return mutateTree(message, (elements, document) => {
        const element = at(elements, change.element);
        if (change.kind === 'remove') element.parentNode!.removeChild(element);
        else if (change.kind === 'between')
          element.parentNode!.insertBefore(document.createTextNode(change.text), element);
        else if (change.kind === 'text') element.textContent = at(elements, change.other).textContent;
        else if (change.kind === 'attribute') {
          const other = at(elements, change.other);
          const attribute = at(Array.from(other.attributes), change.which);
          if (attribute !== undefined) element.setAttributeNS(attribute.namespaceURI, attribute.name, attribute.value);
        } else {
          const parent = at(elements, change.parent);
          const moved = change.kind === 'copy' ? element.cloneNode(true) : element;
          const placed = change.kind === 'wrap' ? document.createElementNS('urn:x', 'x:Wrap') : moved;
          if (placed !== moved) placed.appendChild(moved);
          parent.insertBefore(placed, at([...Array.from(parent.childNodes), null], change.before));
        }
      });
  }
}
