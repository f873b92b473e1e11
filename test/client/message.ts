import type { Runtime } from '../../src/runtime.js';
import { type Content, declare, type Element, element, enter, NO_SCOPE, type Scope, withAttribute } from './element.js';
import { createIds, type IdKind } from './ids.js';
import { ADDRESSINGS } from './names.js';
import type { Shape } from './shape.js';
import { type Slot, STYLES, type Style } from './styles/index.js';
import { type Vocabulary, vocabularyOf } from './vocabulary.js';

export interface Addressed {
  readonly to: string;
  readonly action: string;
  readonly messageId: string;
  /** Left out of the headers though the style writes it: a WCF Cancel under WS-Addressing 1.0 has no ReplyTo. */
  readonly omit?: readonly string[];
}

/** A request under construction, before, while and after it is protected. */
export interface Message {
  readonly shape: Shape;
  readonly style: Style;
  readonly names: Vocabulary;
  readonly runtime: Runtime;
  readonly id: (kind: IdKind) => string;
  readonly envelope: Element;
  readonly header: Element;
  readonly security: Element;
  readonly body: Element;
  /** Namespaces in scope inside the Envelope, the Header and the Security header, as they were declared at the start. */
  readonly scopes: { readonly envelope: Scope; readonly header: Scope; readonly security: Scope };
  /** Addressing headers by local name. */
  readonly headers: Map<string, Element>;
  /** Children of the Security header by slot, assembled in the layout's order at the end. */
  readonly slots: Map<Slot, Element[]>;
}

/** The envelope with addressing headers, an empty Security header and the Body. */
export function createMessage(
  shape: Shape,
  addressed: Addressed,
  content: readonly Content[],
  runtime: Runtime,
): Message {
  const style = STYLES[shape.style];
  const names = vocabularyOf(shape);
  const envelope = element(names.soap, 'Envelope');
  const header = element(names.soap, 'Header');
  const security = element(names.wsse, 'Security');
  const body = element(names.soap, 'Body', {}, content);
  for (const name of style.onEnvelope) declared(envelope, names[name]);
  for (const name of style.onSecurity) declared(security, names[name]);
  withAttribute(security, names.soap, 'mustUnderstand', shape.soap === '1.1' ? '1' : style.mustUnderstandValue);
  const headers = addressingHeaders(shape, style, names, addressed);
  header.children = style.securityFirst ? [security, ...headers.values()] : [...headers.values(), security];
  envelope.children = [header, body];
  declare(envelope, NO_SCOPE);
  const envelopeScope = enter(NO_SCOPE, envelope);
  const headerScope = enter(envelopeScope, header);
  const scopes = { envelope: envelopeScope, header: headerScope, security: enter(headerScope, security) };
  return {
    shape,
    style,
    names,
    runtime,
    id: createIds(shape.style, runtime),
    envelope,
    header,
    security,
    body,
    scopes,
    headers,
    slots: new Map(),
  };
}

function addressingHeaders(shape: Shape, style: Style, names: Vocabulary, addressed: Addressed): Map<string, Element> {
  const headers = new Map<string, Element>();
  if (shape.addressing === 'none') return headers;
  const anonymous = style.replyToAddress ?? ADDRESSINGS[shape.addressing].anonymous;
  const contents: Readonly<Record<string, Content>> = {
    Action: addressed.action,
    MessageID: addressed.messageId,
    To: addressed.to,
    ReplyTo: element(names.wsa, 'Address', {}, [anonymous]),
  };
  for (const name of style.headers) {
    if (addressed.omit?.includes(name)) continue;
    const header = element(names.wsa, name, {}, [contents[name]!]);
    if (style.mustUnderstand.includes(name)) withAttribute(header, names.soap, 'mustUnderstand', '1');
    headers.set(name, header);
  }
  return headers;
}

function declared(target: Element, name: { prefix: string; namespace: string }): void {
  if (name.namespace !== '') target.declarations.push(name);
}

/** Puts an element into a slot of the Security header, with the declarations that it needs there. */
export function put(message: Message, slot: Slot, target: Element): Element {
  declare(target, message.scopes.security);
  message.slots.set(slot, [...(message.slots.get(slot) ?? []), target]);
  return target;
}
