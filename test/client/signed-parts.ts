import { type Element, enter, withAttribute } from './element.js';
import type { Message } from './message.js';
import type { Overrides } from './overrides.js';
import type { Protection } from './protection.js';
import type { SignedPart } from './sign.js';

/** Tokens of the header that signatures cover or refer to. */
export interface Tokens {
  readonly timestamp: Element;
  readonly username: Element | undefined;
  readonly certificate: Element | undefined;
}

/** The parts in the style's order, each given its wsu:Id. */
export function signedParts(
  message: Message,
  protection: Protection,
  tokens: Tokens,
  overrides: Overrides,
): SignedPart[] {
  if (protection.transport) {
    const nameOf = ({ target }: SignedPart): string => (target === tokens.timestamp ? 'timestamp' : target.local);
    return transportParts(message, protection, tokens).filter((part) => overrides.sign?.(nameOf(part)) !== false);
  }
  const { timestamp, username } = tokens;
  return message.style.signedOrder.flatMap((name): SignedPart[] => {
    if (overrides.sign?.(name) === false) return [];
    if (name === 'timestamp') return [{ target: timestamp, scope: message.scopes.security }];
    if (name === 'username')
      return username === undefined ? [] : [{ target: message.slots.get('UT')![0]!, scope: message.scopes.security }];
    if (name === 'body') return [identified(message, message.body, 'body', message.scopes.envelope)];
    const header = message.headers.get(name);
    return header === undefined ? [] : [identified(message, header, 'header', message.scopes.header)];
  });
}

/** WCF also signs To where the key that endorses is asymmetric (SendSecurityHeader.cs:323). */
export function transportParts(message: Message, protection: Protection, { timestamp }: Tokens): SignedPart[] {
  const asymmetric = protection.client !== undefined;
  const names = asymmetric ? ['To'] : message.style.transportSigned;
  const headers = names.flatMap((name) => message.headers.get(name) ?? []);
  return [
    { target: timestamp, scope: message.scopes.security },
    ...headers.map((header) => identified(message, header, 'header', message.scopes.header)),
  ];
}

function identified(
  message: Message,
  target: Element,
  kind: 'header' | 'body',
  scope: SignedPart['scope'],
): SignedPart {
  const { wsu } = message.names;
  if (!target.attributes.some(({ namespace, local }) => namespace === wsu.namespace && local === 'Id')) {
    withAttribute(target, wsu, 'Id', message.id(kind));
    if (enter(scope, target).get(wsu.prefix) !== wsu.namespace) target.declarations.push(wsu);
  }
  return { target, scope };
}
