import { GatewayError } from '../errors.js';
import {
  attribute,
  content,
  elements,
  isElement,
  isElementNode,
  isTextNode,
  localName,
  namespaceOf,
  root,
  text,
} from '../xml/read.js';
import { NONE, type Node, type Tree } from '../xml/tree.js';
import { OUR_ROLES, SOAP, type SoapVersion } from './names.js';

/** A scanned document that is a SOAP envelope: an optional Header, one Body, nothing else (SOAP 1.2 §5.1). */
export interface Envelope {
  readonly tree: Tree;
  readonly version: SoapVersion;
  /** Namespace of the envelope's own elements. */
  readonly namespace: string;
  readonly header: Node;
  /** The header blocks, in document order. */
  readonly blocks: readonly Node[];
  readonly body: Node;
}

const VERSION_BY_NAMESPACE: ReadonlyMap<string, SoapVersion> = new Map([
  [SOAP['1.1'], '1.1'],
  [SOAP['1.2'], '1.2'],
]);

/**
 * Reads the envelope's skeleton. SOAP 1.1 would allow elements after the Body; they are refused, because no client
 * writes them and a wrapped Body needs such a place (security.md W4).
 *
 * @throws GatewayError `soap.version` for an Envelope of another namespace, `soap.envelope` for anything else
 */
export function readEnvelope(tree: Tree): Envelope {
  const envelope = root(tree);
  const namespace = namespaceOf(tree, envelope);
  if (localName(tree, envelope) !== 'Envelope') {
    throw new GatewayError('soap.envelope', `the root element is ${localName(tree, envelope)}, not Envelope`);
  }
  const version = VERSION_BY_NAMESPACE.get(namespace);
  if (version === undefined) {
    throw new GatewayError('soap.version', 'the Envelope is of an unknown SOAP version', { namespace });
  }
  const children = skeletonChildren(tree, envelope);
  const header = children.length > 1 ? (children.shift() as Node) : NONE;
  const body = children.shift();
  if (
    body === undefined ||
    children.length > 0 ||
    !isElement(tree, body, namespace, 'Body') ||
    (header !== NONE && !isElement(tree, header, namespace, 'Header'))
  ) {
    throw new GatewayError('soap.envelope', 'an Envelope holds an optional Header and one Body');
  }
  return { tree, version, namespace, header, blocks: header === NONE ? [] : skeletonChildren(tree, header), body };
}

/** The envelope with its header blocks as they are after decryption put some in place of others. */
export function refreshBlocks(envelope: Envelope): Envelope {
  return envelope.header === NONE
    ? envelope
    : { ...envelope, blocks: skeletonChildren(envelope.tree, envelope.header) };
}

function skeletonChildren(tree: Tree, node: Node): Node[] {
  const children: Node[] = [];
  for (const child of content(tree, node)) {
    if (isElementNode(tree, child)) children.push(child);
    else if (isTextNode(tree, child) && text(tree, child).trim() !== '') {
      throw new GatewayError('soap.envelope', `text between the children of ${localName(tree, node)}`);
    }
  }
  return children;
}

/** Whether a header block is addressed to this node: no role, or one that the last node before the upstream plays. */
export function isForUs(envelope: Envelope, block: Node): boolean {
  const role =
    envelope.version === '1.1'
      ? attribute(envelope.tree, block, envelope.namespace, 'actor')
      : attribute(envelope.tree, block, envelope.namespace, 'role');
  return OUR_ROLES.has(role ?? '');
}

/** Whether a header block must be understood. SOAP 1.1 writes 1, SOAP 1.2 an xs:boolean; clients mix them. */
export function mustUnderstand(envelope: Envelope, block: Node): boolean {
  const value = attribute(envelope.tree, block, envelope.namespace, 'mustUnderstand')?.trim();
  return value === '1' || value === 'true';
}

/** The Body's one child element, or NONE for an empty Body; further elements are the caller's to judge. */
export function bodyElement(envelope: Envelope): Node {
  return elements(envelope.tree, envelope.body)[0] ?? NONE;
}

/** Whether the Body is a SOAP fault. */
export function isFault(envelope: Envelope): boolean {
  const first = bodyElement(envelope);
  return first !== NONE && isElement(envelope.tree, first, envelope.namespace, 'Fault');
}
