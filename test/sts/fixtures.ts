import type { ServicePolicy } from '../../src/config/types.js';
import { SUITES, type SuiteName } from '../../src/crypto/suites.js';
import type { Runtime } from '../../src/runtime.js';
import type { EntropyOpener } from '../../src/sts/entropy.js';
import type { Sts } from '../../src/sts/issue.js';
import { readTokenRequest, type TokenRequest } from '../../src/sts/rst.js';
import { elements, root } from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';
import { NOW, RING } from '../conversation/fixtures.js';

export { NOW, octets, RING } from '../conversation/fixtures.js';

export const T13 = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512';
export const C13 = 'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512';
export const T05 = 'http://schemas.xmlsoap.org/ws/2005/02/trust';
export const C05 = 'http://schemas.xmlsoap.org/ws/2005/02/sc';
export const T04 = 'http://schemas.xmlsoap.org/ws/2004/04/trust';
export const V04 = 'http://schemas.xmlsoap.org/ws/2004/04/security/trust';
export const S04 = 'http://schemas.xmlsoap.org/ws/2004/04/security/sc/sct';
export const C04 = 'http://schemas.xmlsoap.org/ws/2004/04/sc';
export const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
export const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
export const XENC = 'http://www.w3.org/2001/04/xmlenc#';
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** `length` octets that count up from `first`. */
export const counting = (first: number, length: number) => Buffer.from(Array.from({ length }, (_, i) => first + i));

/** The same in every run: octets from 0x80 on, UUIDs that count from 1, a clock that stands. */
export function fixedRuntime(now: number = NOW): Runtime {
  let uuids = 0;
  return {
    now: () => now,
    randomBytes: (size) => counting(0x80, size),
    randomUUID: () => `00000000-0000-4000-8000-${String(++uuids).padStart(12, '0')}`,
  };
}

export const fixedSts = (now: number = NOW): Sts => ({
  ring: RING,
  runtime: fixedRuntime(now),
  placement: 'extension',
});

/** As much of a policy as the token service looks at. */
export function serviceOf(
  suite: SuiteName = 'Basic256',
  path = '/orders',
  kind: 'symmetric' | 'transport' = 'symmetric',
): ServicePolicy {
  const policy = {
    name: 'orders',
    match: { path },
    conversation: { versions: ['1.3', '2005-02', '2004-04'], lifetime: 30 * MINUTE, renewUntil: 10 * HOUR },
    binding: { kind, suite: SUITES[suite] },
  };
  return policy as unknown as ServicePolicy;
}

export interface Told {
  readonly action?: string | undefined;
  readonly now?: number;
  readonly open?: EntropyOpener;
}

/** Reads a request that is the whole document, or the only child of a SOAP Body. */
export function readRequest(document: string, { action, now = NOW, open }: Told = {}): TokenRequest {
  const tree = scan(document, DEFAULT_XML_LIMITS);
  const top = root(tree);
  const body = document.includes('Body') ? elements(tree, top).at(-1)! : undefined;
  return readTokenRequest(tree, body === undefined ? top : elements(tree, body)[0]!, action, now, open);
}

/** A 1.3 request to issue, as WCF writes it, with `more` in it. */
export const issue13 = (more = '', tokenType = `<t:TokenType>${C13}/sct</t:TokenType>`) =>
  `<t:RequestSecurityToken xmlns:t="${T13}">${tokenType}<t:RequestType>${T13}/Issue</t:RequestType>${more}</t:RequestSecurityToken>`;

export const entropy13 = (bytes: Buffer) =>
  `<t:Entropy><t:BinarySecret u:Id="uuid-1-1" Type="${T13}/Nonce" xmlns:u="${WSU}">${bytes.toString('base64')}</t:BinarySecret></t:Entropy>`;

export const ALICE = { name: 'alice', method: 'username', groups: ['sales'], claims: {} } as const;

/** The octets of an answer's cookie, and the answer without them. */
export function cutCookie(body: string): { cookie: string; rest: string } {
  const match = /(<g:Cookie xmlns:g="urn:sct-gateway:cookie">)([^<]+)(<\/g:Cookie>)/.exec(body)!;
  return { cookie: match[2]!, rest: body.replace(match[0], `${match[1]}…${match[3]}`) };
}
