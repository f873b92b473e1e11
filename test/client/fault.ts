import type { ReceivedDocument } from './document.js';
import { SOAP } from './names.js';

/** A SOAP fault; codes as `{namespace}local`. */
export interface Fault {
  readonly code: string;
  readonly subcode: string | undefined;
  readonly reason: string;
}

/** The fault in a Body, or undefined. SOAP 1.1's faultcode is told as both code and subcode: WCF puts the subcode there. */
export function readFault<N>(document: ReceivedDocument<N>, body: N): Fault | undefined {
  const [fault] = document.elements(body);
  if (fault === undefined || document.name(fault).local !== 'Fault') return undefined;
  const child = (node: N | undefined, local: string): N | undefined =>
    node === undefined ? undefined : document.elements(node).find((one) => document.name(one).local === local);
  const qname = (node: N | undefined): string | undefined => {
    if (node === undefined) return undefined;
    const [prefix, local] = document.text(node).trim().includes(':')
      ? (document.text(node).trim().split(':') as [string, string])
      : ['', document.text(node).trim()];
    return `{${document.lookup(node, prefix) ?? ''}}${local}`;
  };
  if (document.name(fault).namespace === SOAP['1.1']) {
    const code = qname(child(fault, 'faultcode')) ?? '';
    const reason = child(fault, 'faultstring');
    return { code, subcode: code, reason: reason === undefined ? '' : document.text(reason) };
  }
  const code = child(fault, 'Code');
  const reason = child(child(fault, 'Reason'), 'Text');
  return {
    code: qname(child(code, 'Value')) ?? '',
    subcode: qname(child(child(code, 'Subcode'), 'Value')),
    reason: reason === undefined ? '' : document.text(reason),
  };
}
