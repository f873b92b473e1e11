import { GatewayError } from '../errors.js';
import { elements, isElement, localName, namespaceOf, textOnly } from '../xml/read.js';
import type { Node } from '../xml/tree.js';
import type { Envelope } from './envelope.js';
import { ADDRESSING, ADDRESSING_BY_NAMESPACE, type AddressingNames } from './names.js';

/** The addressing headers of a message: at most one each, all of one WS-Addressing version. */
export interface Addressing {
  readonly names: AddressingNames;
  readonly action?: string;
  readonly messageId?: string;
  readonly to?: string;
  readonly replyTo?: string;
  readonly faultTo?: string;
  readonly relatesTo?: string;
  /** Every addressing header block, by local name: each must be covered by the signature (security.md W3). */
  readonly nodes: ReadonlyMap<string, Node>;
}

type Field = 'action' | 'messageId' | 'to' | 'replyTo' | 'faultTo' | 'relatesTo';

const PLAIN: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['Action', 'action'],
  ['MessageID', 'messageId'],
  ['To', 'to'],
  ['RelatesTo', 'relatesTo'],
]);
const ENDPOINTS: ReadonlyMap<string, Field | 'from'> = new Map<string, Field | 'from'>([
  ['ReplyTo', 'replyTo'],
  ['FaultTo', 'faultTo'],
  ['From', 'from'],
]);

/** Addresses that mean the HTTP response or nowhere; Mono writes the one of 2005/08 inside 2004/08 headers. */
const LOCAL_ADDRESSES: ReadonlySet<string> = new Set([
  ...ADDRESSING.map((names) => names.anonymous),
  'http://www.w3.org/2005/08/addressing/none',
]);

/**
 * Reads the addressing headers (WS-Addressing 1.0 SOAP binding, and the submissions before it).
 *
 * @returns undefined where the message has none
 * @throws GatewayError `soap.addressing` for a repeated header, mixed versions, or a reply address that is another
 *   host's: a gateway never connects to an address that a message names (security.md W22)
 */
export function readAddressing(envelope: Envelope): Addressing | undefined {
  const { tree } = envelope;
  let names: AddressingNames | undefined;
  const nodes = new Map<string, Node>();
  const values: { [key in Field]?: string } = {};
  for (const block of envelope.blocks) {
    const found = ADDRESSING_BY_NAMESPACE.get(namespaceOf(tree, block));
    if (found === undefined) continue;
    if (names !== undefined && names !== found) {
      throw new GatewayError('soap.addressing', 'headers of two WS-Addressing versions', {
        versions: [names.version, found.version],
      });
    }
    names = found;
    const local = localName(tree, block);
    if (nodes.has(local)) throw new GatewayError('soap.addressing', `two ${local} headers`);
    nodes.set(local, block);
    const plain = PLAIN.get(local);
    if (plain !== undefined) values[plain] = textOnly(tree, block).trim();
    const endpoint = ENDPOINTS.get(local);
    if (endpoint === undefined) continue;
    const address = endpointAddress(envelope, block, found);
    if (endpoint === 'from') continue;
    if (!LOCAL_ADDRESSES.has(address)) {
      throw new GatewayError('soap.addressing', `${local} is not the anonymous address`, { address });
    }
    values[endpoint] = address;
  }
  return names === undefined ? undefined : { names, nodes, ...values };
}

/**
 * What can be said of a message's addressing before it is read: the version of its first header block, so that a fault
 * for headers that cannot be read is still written in that version.
 */
export function spokenAddressing({ tree, blocks }: Envelope): Addressing | undefined {
  for (const block of blocks) {
    const names = ADDRESSING_BY_NAMESPACE.get(namespaceOf(tree, block));
    if (names !== undefined) return { names, nodes: new Map() };
  }
  return undefined;
}

function endpointAddress(envelope: Envelope, block: Node, names: AddressingNames): string {
  const { tree } = envelope;
  const address = elements(tree, block).filter((child) => isElement(tree, child, names.namespace, 'Address'));
  if (address.length !== 1) {
    throw new GatewayError('soap.addressing', `${localName(tree, block)} needs one Address`);
  }
  return textOnly(tree, address[0] as Node).trim();
}
