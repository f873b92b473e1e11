import { createDecipheriv } from 'node:crypto';
import type { Runtime } from '../../src/runtime.js';
import type { Answer } from './answer.js';
import { psha1 } from './ciphers.js';
import { demand, type ReceivedDocument } from './document.js';
import { attributeOf, childrenOf, type Element, element, textOf } from './element.js';
import { VERSIONS, type VersionNames, WSU } from './names.js';
import type { Shape } from './shape.js';
import { STYLES } from './styles/index.js';
import type { ContextToken } from './token.js';
import { echo } from './token-echo.js';
import type { TokenRequest } from './token-request.js';

/**
 * The context that a RequestSecurityTokenResponse issues, by the rules of the style's client (wire-facts §3).
 *
 * @throws AnswerError
 */
export function readTokenResponse(shape: Shape, answer: Answer, request: TokenRequest, runtime: Runtime): ContextToken {
  const style = STYLES[shape.style];
  const names = VERSIONS[shape.version];
  const response = responseOf(answer, names);
  const said = (local: string): Element | undefined => childrenOf(response, local)[0];
  const tokenType = said('TokenType');
  demand(tokenType === undefined || textOf(tokenType) === names.contextToken, 'token-type', 'not an SCT');
  const issued = childrenOf(said('RequestedSecurityToken') ?? response)[0];
  demand(
    issued?.local === 'SecurityContextToken' && issued.namespace === names.conversation,
    'token',
    'no SCT of this version',
  );
  const [first] = childrenOf(issued);
  demand(
    first?.local === 'Identifier',
    'identifier-first',
    'CXF takes the Identifier only where it is the first child',
  );
  const lifetime = said(names.lifetime);
  const time = (local: string): number | undefined => {
    const child = lifetime && childrenOf(lifetime, local)[0];
    return child === undefined ? undefined : Date.parse(textOf(child));
  };
  const id = attributeOf(issued, WSU, 'Id');
  const satisfied: Readonly<Record<(typeof style.accepts.demands)[number], boolean>> = {
    id: id !== undefined,
    lifetime: time('Expires') !== undefined,
    unattached: uriOf(said('RequestedUnattachedReference')) === textOf(first),
    'attached-fragment': uriOf(said('RequestedAttachedReference'))?.startsWith('#') ?? true,
    context: attributeOf(response, '', 'Context') === request.context,
    'identifier-first': true,
  };
  for (const rule of style.accepts.demands) demand(satisfied[rule], rule, `${shape.style} cannot use this response`);
  demand(attributeOf(response, '', 'Context') === request.context, 'context', 'Context is not the request’s');
  const echoed = echo(shape, issued);
  const instance = childrenOf(issued, 'Instance')[0];
  return {
    element: echoed,
    id: attributeOf(echoed, WSU, 'Id'),
    identifier: textOf(first),
    instance: instance === undefined ? undefined : textOf(instance),
    key: keyOf(shape, response, request, names),
    created: time('Created'),
    expires: time('Expires'),
    constantKeys: [4, 5].map((n) => ({ id: `uuid-${runtime.randomUUID()}-${n}`, nonce: runtime.randomBytes(16) })),
  };
}

/** 2005/02: a bare response; 1.3: a collection of exactly one (WSTrust.cs:733). */
function responseOf(answer: Answer, names: VersionNames): Element {
  const document = answer.document as ReceivedDocument;
  const children = document.elements(answer.bodyNode).map((node) => document.copy(node));
  demand(
    children.length === 1 && children[0]!.namespace === names.trust,
    'response',
    'not one trust element in the Body',
  );
  const [top] = children as [Element];
  if (!names.collection) {
    demand(top.local === 'RequestSecurityTokenResponse', 'response', top.local);
    return top;
  }
  demand(top.local === 'RequestSecurityTokenResponseCollection', 'response', top.local);
  const inner = childrenOf(top);
  demand(
    inner.length === 1 && inner[0]!.local === 'RequestSecurityTokenResponse',
    'response',
    'not exactly one response',
  );
  return inner[0]!;
}

function uriOf(reference: Element | undefined): string | undefined {
  const [str] = reference === undefined ? [] : childrenOf(reference);
  const [direct] = str === undefined ? [] : childrenOf(str);
  return direct === undefined ? undefined : attributeOf(direct, '', 'URI');
}

/** WCF's CombinedEntropy mode takes a computed key alone; CXF falls back to the client's entropy without any proof. */
function keyOf(shape: Shape, response: Element, request: TokenRequest, names: VersionNames): Buffer {
  const { accepts, keySize } = STYLES[shape.style];
  const proof = childrenOf(childrenOf(response, 'RequestedProofToken')[0] ?? element(response, 'none'))[0];
  const size = childrenOf(response, 'KeySize')[0];
  // Rampart ignores KeySize (STSClient.java:583).
  const bits = size === undefined || keySize === undefined ? request.keySize : Number(textOf(size));
  demand([128, 192, 256].includes(bits), 'key-size', `${bits}`);
  if (proof?.local === 'ComputedKey') {
    demand(textOf(proof) === `${names.base}/CK/PSHA1`, 'proof', textOf(proof));
    const entropy = childrenOf(childrenOf(response, 'Entropy')[0] ?? element(response, 'none'))[0];
    demand(entropy !== undefined && request.entropy !== undefined, 'proof', 'a computed key without both entropies');
    return psha1(request.entropy, secretOf(entropy, request.entropy), 0, bits / 8);
  }
  demand(accepts.proof === 'any' || request.entropy === undefined, 'proof', 'WCF takes a ComputedKey alone');
  demand(proof !== undefined || request.entropy !== undefined, 'proof', 'no proof and no entropy');
  return proof === undefined ? request.entropy! : secretOf(proof, request.entropy);
}

/** BinarySecret, or WSE 2's EncryptedKey under the client's entropy (kw-aes128). */
function secretOf(holder: Element, entropy: Buffer | undefined): Buffer {
  if (holder.local === 'BinarySecret') return Buffer.from(textOf(holder), 'base64');
  demand(holder.local === 'EncryptedKey' && entropy !== undefined, 'proof', holder.local);
  const value = Buffer.from(textOf(childrenOf(childrenOf(holder, 'CipherData')[0]!, 'CipherValue')[0]!), 'base64');
  const unwrap = createDecipheriv('id-aes128-wrap', entropy.subarray(0, 16), Buffer.alloc(8, 0xa6));
  return Buffer.concat([unwrap.update(value), unwrap.final()]);
}

/** Whether a Cancel was granted; throws AnswerError where the response says anything else. */
export function readCancelResponse(shape: Shape, answer: Answer): void {
  const response = responseOf(answer, VERSIONS[shape.version]);
  demand(childrenOf(response)[0]?.local === 'RequestedTokenCancelled', 'cancel', 'no RequestedTokenCancelled');
}
