import { attributeOf, clone, type Element, element, find, withAttribute } from './element.js';
import type { Message } from './message.js';
import { WSU } from './names.js';
import type { Overrides } from './overrides.js';
import { stranger } from './tampering.js';

/**
 * Signature wrapping (security.md W1–W7): the signed Body goes elsewhere, and another stands in its place. What differs is
 * where the signed one hides, and whose Id the other bears.
 */
type Hide = (message: Message, signed: Element) => void;

const PLACES = {
  'in an unknown header': ({ header }, signed) => void header.children.push(wrapped(signed)),
  'in the Security header': ({ security }, signed) => void security.children.push(wrapped(signed)),
  'bare in the Header': ({ header }, signed) => void header.children.push(signed),
  'in a ds:Object': (message, signed) => {
    const object = element(message.names.ds, 'Object', {}, [signed]);
    message.security.children.push({ ...object, declarations: [message.names.ds] });
  },
  'after the Body': ({ envelope }, signed) => void envelope.children.push(signed),
  'before the Header': ({ envelope }, signed) => void envelope.children.unshift(signed),
  'inside the new Body': ({ body }, signed) => void body.children.push(wrapped(signed)),
} as const satisfies Readonly<Record<string, Hide>>;

const IDS = {
  'another Id': (body) => void setId(body, `${attributeOf(body, WSU, 'Id') ?? ''}x`),
  'the same Id': () => undefined,
  'no Id': (body) => {
    body.attributes = body.attributes.filter(({ local }) => local !== 'Id');
  },
} as const satisfies Readonly<Record<string, (body: Element) => void>>;

/** Every place with every Id: `new Body with another Id, the signed one in an unknown header`, … */
export const WRAPPINGS: ReadonlyMap<string, Overrides> = new Map(
  Object.entries(PLACES).flatMap(([place, hide]) =>
    Object.entries(IDS).map(([id, change]) => [
      `new Body with ${id}, the signed one ${place}`,
      { afterProtection: (message: Message) => wrap(message, hide, change) },
    ]),
  ),
);

function wrap(message: Message, hide: Hide, change: (body: Element) => void): void {
  const { body } = message;
  const signed = clone(body);
  body.children = [stranger('Transfer', '1000000')];
  change(body);
  hide(message, signed);
}

function wrapped(signed: Element): Element {
  const wrapper = stranger('Wrapper');
  wrapper.children.push(signed);
  return wrapper;
}

function setId(target: Element, id: string): void {
  const held = target.attributes.find(({ namespace, local }) => namespace === WSU && local === 'Id');
  if (held !== undefined) held.value = id;
}

/** Doubled or misplaced parts, and what is no SOAP at all. */
export const STRUCTURES = {
  'two Security headers': { afterProtection: ({ header, security }) => void header.children.push(clone(security)) },
  'an empty second Security header': {
    afterProtection: ({ header, security }) => void header.children.push({ ...clone(security), children: [] }),
  },
  'two Bodies': { afterProtection: ({ envelope, body }) => void envelope.children.push(clone(body)) },
  'two Timestamps': {
    afterProtection: ({ security }) => void security.children.push(clone(find(security, 'Timestamp'))),
  },
  'two SecurityContextTokens': {
    afterProtection: ({ security }) => void security.children.push(clone(find(security, 'SecurityContextToken'))),
  },
  'two Action headers': {
    afterProtection: ({ header, headers }) => void header.children.push(clone(headers.get('Action')!)),
  },
  'Timestamp is missing': {
    afterProtection: ({ security }) => {
      security.children = security.children.filter((child) => (child as Element).local !== 'Timestamp');
    },
  },
  'SecurityContextToken is missing': {
    afterProtection: ({ security }) => {
      security.children = security.children.filter((child) => (child as Element).local !== 'SecurityContextToken');
    },
  },
  'unknown element in the Security header': {
    afterProtection: ({ security }) => void security.children.push(stranger('Assertion')),
  },
  'signed Id stands twice': {
    afterProtection: (message) => {
      const id = attributeOf(find(message.security, 'Timestamp'), WSU, 'Id')!;
      message.header.children.push({
        ...withAttribute(stranger('Twin'), message.names.wsu, 'Id', id),
        declarations: [...stranger('Twin').declarations, message.names.wsu],
      });
    },
  },
  'document type': { octets: (text) => `<!DOCTYPE x [<!ENTITY e "e">]>${text}` },
  'processing instruction': { octets: (text) => `<?x y?>${text}` },
  'text after the Envelope': { octets: (text) => `${text}x` },
  'cut short': { octets: (text) => text.slice(0, -20) },
  'not UTF-8': { octets: (text) => Buffer.concat([Buffer.from(text), Buffer.from([0xff])]) },
  empty: { octets: () => '' },
} as const satisfies Readonly<Record<string, Overrides>>;
