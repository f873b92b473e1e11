import { escapeText } from '../xml/write.js';
import { SOAP, type SoapVersion } from './names.js';

/** A fault to write, with the QName of its code resolved to a namespace. */
export interface Fault {
  readonly role: 'Sender' | 'Receiver' | 'VersionMismatch' | 'MustUnderstand';
  readonly subcode?: { readonly namespace: string; readonly local: string };
  readonly reason: string;
}

/** SOAP 1.1 §4.4.1 names what SOAP 1.2 §5.4.6 calls Sender and Receiver. */
const ROLE_11 = {
  Sender: 'Client',
  Receiver: 'Server',
  VersionMismatch: 'VersionMismatch',
  MustUnderstand: 'MustUnderstand',
} as const;

/**
 * The `Fault` element (SOAP 1.1 §4.4, SOAP 1.2 §5.4), declaring every prefix that it uses, in canonical form.
 * In SOAP 1.1 the subcode is the faultcode itself (WSS SOAP Message Security 1.1 §12), as WCF writes and reads it.
 */
export function writeFault(version: SoapVersion, fault: Fault): string {
  const reason = escapeText(fault.reason);
  const soap = SOAP[version];
  if (version === '1.1') {
    const code =
      fault.subcode === undefined
        ? `<faultcode>s:${ROLE_11[fault.role]}</faultcode>`
        : `<faultcode xmlns:a="${fault.subcode.namespace}">a:${fault.subcode.local}</faultcode>`;
    return `<s:Fault xmlns:s="${soap}">${code}<faultstring xml:lang="en">${reason}</faultstring></s:Fault>`;
  }
  const subcode =
    fault.subcode === undefined
      ? ''
      : `<s:Subcode><s:Value xmlns:a="${fault.subcode.namespace}">a:${fault.subcode.local}</s:Value></s:Subcode>`;
  return (
    `<s:Fault xmlns:s="${soap}"><s:Code><s:Value>s:${fault.role}</s:Value>${subcode}</s:Code>` +
    `<s:Reason><s:Text xml:lang="en">${reason}</s:Text></s:Reason></s:Fault>`
  );
}
