import type { ServicePolicy } from '../config/types.js';
import { GatewayError } from '../errors.js';
import type { Verified } from '../policy/verified.js';
import { isForUs, mustUnderstand } from '../soap/envelope.js';
import { ADDRESSING_BY_NAMESPACE } from '../soap/names.js';
import { WSSE, WSU } from '../wss/names.js';
import { isElement, localName, namespaceOf, root } from '../xml/read.js';
import { NONE, type Node } from '../xml/tree.js';
import { bareStartTag, endTag, outerWithoutComments } from '../xml/write.js';

type Fate = 'forward' | 'forward without mustUnderstand' | 'drop';

/**
 * What becomes of a header block: Security is taken off, whoever it is for; addressing as the policy says; all else goes
 * on if it is proven, or if the policy takes it unproven.
 *
 * @throws GatewayError `soap.must-understand` for a block that must be understood and would be dropped (SOAP 1.2 §2.6)
 */
function fateOf({ envelope, covers }: Verified, service: ServicePolicy, block: Node): Fate {
  const { tree } = envelope;
  if (isElement(tree, block, WSSE, 'Security')) return 'drop';
  const isCovered = covers(block);
  if (ADDRESSING_BY_NAMESPACE.has(namespaceOf(tree, block))) {
    // We have understood it, and an upstream without WS-Addressing would refuse to.
    return service.addressing === 'forward' && isCovered ? 'forward without mustUnderstand' : 'drop';
  }
  const isTaken = service.unsignedHeaders.some(({ namespace, local }) => isElement(tree, block, namespace, local));
  if (isCovered || isTaken) return 'forward';
  if (mustUnderstand(envelope, block) && isForUs(envelope, block)) {
    throw new GatewayError('soap.must-understand', 'an unproven header block that must be understood', {
      name: `{${namespaceOf(tree, block)}}${localName(tree, block)}`,
    });
  }
  return 'drop';
}

/**
 * The envelope for the upstream, written from the proven nodes alone: no Security header, no byte that was not proven
 * (design.md §2.1). Of the Envelope and the Header, which no signature covers, only the names and the namespaces in
 * scope are kept.
 *
 * @throws GatewayError `soap.must-understand`
 */
export function writeUpstreamEnvelope(verified: Verified, service: ServicePolicy): string {
  const { envelope } = verified;
  const { tree, header, body, namespace } = envelope;
  let blocks = '';
  for (const block of envelope.blocks) {
    const fate = fateOf(verified, service, block);
    if (fate === 'forward') blocks += outerWithoutComments(tree, block);
    else if (fate !== 'drop') blocks += outerWithoutComments(tree, block, { namespace, local: 'mustUnderstand' });
  }
  const head = header === NONE || blocks === '' ? '' : `${bareStartTag(tree, header)}${blocks}${endTag(tree, header)}`;
  return `${bareStartTag(tree, root(tree))}${head}${outerWithoutComments(tree, body, { namespace: WSU, local: 'Id' })}${endTag(tree, root(tree))}`;
}
