import { demand, only, type ReceivedDocument } from './document.js';
import { domDocument } from './dom-document.js';
import type { Expectation } from './expectation.js';
import { fastDocument } from './fast-document.js';
import { type Fault, readFault } from './fault.js';
import { SOAP, WSSE, WSU, XENC } from './names.js';
import { checkAddressing, readAddressing } from './read-addressing.js';
import { open, readSecurity, type SecurityHeader } from './read-security.js';
import { verifySignature } from './read-signature.js';

/** Who parses and canonicalizes an answer: xmldom and xml-crypto, or the gateway's own scanner. */
export type Judge = 'independent' | 'fast';

export interface Answer {
  /** Whether the answer was proven; only a fault may be unproven. */
  readonly secured: boolean;
  /** Content of the Body, in clear. */
  readonly body: string;
  readonly fault: Fault | undefined;
  /** Addressing headers by local name. */
  readonly addressing: Readonly<Record<string, string>>;
  /** Local names in the Security header as received, e.g. `Timestamp DerivedKeyToken … EncryptedData`. */
  readonly layout: string;
  /** The document and its Body, for what reads on. */
  readonly document: ReceivedDocument;
  readonly bodyNode: unknown;
}

const SKEW = 300_000;

/**
 * Reads an answer as the strictest real client would, and throws where that client would.
 *
 * @throws AnswerError with the rule that was broken
 */
export function readAnswer(octets: Buffer, expected: Expectation, judge: Judge = 'independent'): Answer {
  return judge === 'fast' ? read(fastDocument(octets), expected) : read(domDocument(octets.toString()), expected);
}

function read<N>(document: ReceivedDocument<N>, expected: Expectation): Answer {
  const soap = SOAP[expected.shape.soap];
  const envelope = document.root;
  demand(document.name(envelope).namespace === soap, 'soap', 'another SOAP version than the request');
  const body = only(document, envelope, soap, 'Body');
  const parts = document.elements(envelope);
  demand(parts.at(-1) === body && parts.length <= 2, 'structure', 'children of the Envelope');
  const headers = parts.length === 2 ? document.elements(only(document, envelope, soap, 'Header')) : [];
  const security = headers.filter(
    (node) => document.name(node).namespace === WSSE && document.name(node).local === 'Security',
  );
  demand(security.length <= 1, 'structure', 'two Security headers');
  const addressing = readAddressing(document, headers, expected);
  const layout =
    security.length === 0
      ? ''
      : document
          .elements(security[0]!)
          .map((node) => document.name(node).local)
          .join(' ');
  const unproven = readFault(document, body);
  const answer = (secured: boolean): Answer => ({
    secured,
    body: document.inner(body),
    fault: readFault(document, body),
    addressing: Object.fromEntries([...addressing].map(([name, node]) => [name, document.text(node).trim()])),
    layout,
    document: document as ReceivedDocument,
    bodyNode: body,
  });
  const bare = layout === '' || (!expected.transport && layout === 'Timestamp');
  if (unproven !== undefined && bare) return answer(false);
  demand(security.length === 1, 'unsecured', 'no Security header');
  const header = readSecurity(document, security[0]!, expected);
  checkTimestamp(document, header.timestamp, expected.now);
  if (expected.transport) {
    // Rampart and WCF want a Timestamp and nothing else there (wire-facts §3.1b, §3.8).
    demand(header.signatures.length === 0, 'signature', 'a signature over TLS');
  } else {
    prove(document, body, addressing, header, expected);
  }
  checkAddressing(document, addressing, expected, readFault(document, body) !== undefined);
  return answer(true);
}

function prove<N>(
  document: ReceivedDocument<N>,
  body: N,
  addressing: ReadonlyMap<string, N>,
  header: SecurityHeader<N>,
  expected: Expectation,
): void {
  demand(header.signatures.length === 1, 'signature', `${header.signatures.length} signatures`);
  const [signature] = header.signatures;
  demand(
    signature!.encrypted === (expected.encryptSignature ?? signature!.encrypted),
    'encrypt-signature',
    'the signature is (not) encrypted',
  );
  const opens = (): void => openBody(document, body, header, expected);
  if (expected.protectionOrder === 'sign-before-encrypt') opens();
  const covered = verifySignature(document, signature!.node, header, expected);
  demand(covered.has(body), 'unsigned', 'Body');
  demand(covered.has(header.timestamp), 'unsigned', 'Timestamp');
  for (const [name, node] of addressing) demand(covered.has(node), 'unsigned', name);
  checkConfirmations(document, header.confirmations, covered, expected);
  if (expected.protectionOrder === 'encrypt-before-sign') opens();
}

function openBody<N>(document: ReceivedDocument<N>, body: N, header: SecurityHeader<N>, expected: Expectation): void {
  const [data, ...others] = document.elements(body);
  const encrypted = data !== undefined && document.name(data).namespace === XENC;
  demand(encrypted === (expected.encryptBody ?? encrypted), 'encrypt-body', 'the Body is (not) encrypted');
  if (!encrypted) return;
  demand(
    others.length === 0 && document.attribute(data, '', 'Type') === `${XENC}Content`,
    'encrypt-body',
    'not the whole content',
  );
  open(document, data, header, expected);
}

function checkTimestamp<N>(document: ReceivedDocument<N>, timestamp: N, now: number): void {
  const created = Date.parse(document.text(only(document, timestamp, WSU, 'Created')));
  const expires = Date.parse(document.text(only(document, timestamp, WSU, 'Expires')));
  demand(created <= now + SKEW && expires > now - SKEW && expires > created, 'timestamp', 'not of this time');
}

function checkConfirmations<N>(
  document: ReceivedDocument<N>,
  nodes: readonly N[],
  covered: ReadonlySet<N>,
  { confirmed }: Expectation,
): void {
  const values = nodes.map((node) => document.attribute(node, '', 'Value') ?? '');
  demand(
    values.length === (confirmed?.length ?? 0) && values.every((value) => confirmed!.includes(value)),
    'signature-confirmation',
    `${values.length} of ${confirmed?.length ?? 0}`,
  );
  for (const node of nodes) demand(covered.has(node), 'unsigned', 'SignatureConfirmation');
}
