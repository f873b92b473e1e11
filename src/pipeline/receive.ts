import type { Limits } from '../config/types.js';
import { GatewayError } from '../errors.js';
import type { SoapRequest } from '../http/soap-request.js';
import { type Addressing, readAddressing, spokenAddressing } from '../soap/addressing.js';
import { bodyElement, type Envelope, readEnvelope } from '../soap/envelope.js';
import { actionOf, type RequestKind, VERSION_BY_TRUST } from '../sts/names.js';
import { readSecurityHeader, type SecurityHeader } from '../wss/header.js';
import { type IdIndex, indexIds } from '../wss/ids.js';
import { VERSIONS, type VersionNames } from '../wss/names.js';
import { namespaceOf } from '../xml/read.js';
import { scan } from '../xml/scan.js';
import { NONE } from '../xml/tree.js';

/** A message as it came: scanned once, its header sorted. Nothing in it is proven. */
export interface Received {
  readonly request: SoapRequest;
  readonly envelope: Envelope;
  readonly index: IdIndex;
  readonly header: SecurityHeader;
  readonly addressing: Addressing | undefined;
  /** What the message says that it wants: wsa:Action, or without addressing what HTTP says. */
  readonly action: string | undefined;
}

/** What is known of a message while it is read: enough to answer a failure in its own versions. */
export interface Sighted {
  envelope?: Envelope;
  addressing?: Addressing | undefined;
  header?: SecurityHeader | undefined;
}

/** An action as an HTTP header can carry it: a URI without white space, quotes and what is not ASCII. */
const ACTION = /^[\x21\x23-\x7e]{0,2048}$/;

/**
 * SOAPAction, the `action` parameter and wsa:Action agree where they are there (security.md W21; gSOAP sends all three).
 *
 * @throws GatewayError `soap.action`
 */
function agreedAction(request: SoapRequest, addressing: Addressing | undefined): string | undefined {
  const stated = [addressing?.action, request.action, request.soapAction].filter(
    (action) => action !== undefined && action !== '',
  );
  const [first, ...others] = stated;
  if (others.some((other) => other !== first))
    throw new GatewayError('soap.action', 'the message states two actions', { stated });
  if (first !== undefined && !ACTION.test(first)) throw new GatewayError('soap.action', 'an action that is no URI');
  return first ?? request.action;
}

/**
 * Scans a request and sorts its Security header.
 *
 * @param sighted filled in as far as the message could be read
 * @throws GatewayError `xml.*`, `soap.*`, `wss.header` and the codes of the readers; `wss.header` for a message without
 *   a Security header
 */
export function receive(request: SoapRequest, limits: Pick<Limits, 'xml' | 'security'>, sighted: Sighted): Received {
  const tree = scan(request.body, limits.xml, request.charset);
  const envelope = readEnvelope(tree);
  sighted.envelope = envelope;
  if (envelope.version !== request.soap) {
    throw new GatewayError('soap.version', 'the envelope is not of the media type', {
      media: request.soap,
      envelope: envelope.version,
    });
  }
  sighted.addressing = spokenAddressing(envelope);
  const addressing = readAddressing(envelope);
  sighted.addressing = addressing;
  const action = agreedAction(request, addressing);
  const index = indexIds(tree);
  const header = readSecurityHeader(envelope, limits.security);
  sighted.header = header;
  if (header === undefined) throw new GatewayError('wss.header', 'a message without a Security header');
  return { request, envelope, index, header, addressing, action };
}

/** What is asked of the security token service, and in which version. */
export interface TrustAction {
  readonly names: VersionNames;
  readonly kind: RequestKind;
}

const KINDS: readonly RequestKind[] = ['issue', 'renew', 'cancel'];

/** Action → request for a token, in each version; all other actions are the service's own. */
export const TRUST_ACTIONS: ReadonlyMap<string, TrustAction> = new Map(
  VERSIONS.flatMap((names) =>
    KINDS.map((kind): [string, TrustAction] => [actionOf(names, 'RST', kind), { names, kind }]),
  ),
);

/**
 * What a message asks of the security token service; undefined for a message of the service's own. Without addressing
 * and SOAPAction (gSOAP) a request in clear is known by its Body.
 */
export function trustAction({ envelope, action }: Received): TrustAction | undefined {
  if (action !== undefined && action !== '') return TRUST_ACTIONS.get(action);
  const element = bodyElement(envelope);
  const names = element === NONE ? undefined : VERSION_BY_TRUST.get(namespaceOf(envelope.tree, element));
  return names && { names, kind: 'issue' };
}
