import { createHmac } from 'node:crypto';
import type { ServicePolicy } from '../../../src/config/types.js';
import { bodyXml, type ForgeOptions, keysOf, type Part, referenceTo } from '../forge.js';
import { judge } from '../forged.js';
import { DS, EXC, HMAC_SHA1 } from '../names.js';

export interface Attack {
  /** Of the list in docs: W wrapping and coverage, C cryptography. */
  readonly id: string;
  readonly name: string;
  readonly code: string;
  readonly forged: ForgeOptions;
  readonly told?: { action?: string; soapAction?: string };
  readonly service?: Partial<ServicePolicy>;
}

export const replace = (from: string | RegExp, to: string) => (text: string) => {
  const changed = text.replace(from, () => to);
  if (changed === text) throw new Error('the attack changed nothing');
  return changed;
};
export const insert = (before: string, more: string) => (text: string) => replace(before, more + before)(text);
export const evil = bodyXml('<o:Order xmlns:o="urn:orders"><o:Amount>1000000</o:Amount></o:Order>', 'evil');
export const bodyOf = (text: string) => /<s:Body.*<\/s:Body>/s.exec(text)![0];
export const withoutId = (xml: string) => xml.replace(/ wsu:Id="[^"]*"/, '');
/** The signed Body, put into a wrapper; another one in its place. */
export const wrapBody =
  (wrap: (body: string) => (text: string) => string, inPlace = withoutId(evil)) =>
  (text: string) => {
    const body = bodyOf(text);
    return wrap(body)(text.replace(body, inPlace));
  };
export const inHeader = (xml: string) => insert('<wsse:Security', xml);
export const inSecurity = (xml: string) => insert('</wsse:Security>', xml);
export const wrapper = (xml: string, attributes = '') => `<x:Wrap xmlns:x="urn:x"${attributes}>${xml}</x:Wrap>`;
export const more = (block: Part) => (blocks: readonly Part[]) => [...blocks, block];
export const without = (id: string) => (blocks: readonly Part[]) => blocks.filter((block) => block.id !== id);
export const clear: ForgeOptions = { encryptBody: false };
export const hmac = (data: string, key = keysOf()[0]) => createHmac('sha1', key).update(data).digest('base64');
export const dropped = (id: string) => (references: readonly string[]) =>
  references.filter((xml) => !xml.includes(`"#${id}"`));

/** A second Signature, by the same key, over the parts given. */
export const secondSignature = (...references: string[]) => {
  const info = `<ds:CanonicalizationMethod Algorithm="${EXC}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="${HMAC_SHA1}"></ds:SignatureMethod>${references.join('')}`;
  const value = hmac(`<ds:SignedInfo xmlns:ds="${DS}">${info}</ds:SignedInfo>`);
  return `<ds:Signature xmlns:ds="${DS}"><ds:SignedInfo>${info}</ds:SignedInfo><ds:SignatureValue>${value}</ds:SignatureValue><ds:KeyInfo>${referenceTo('#dk1')}</ds:KeyInfo></ds:Signature>`;
};

/** Each attack is refused with exactly its code by a gateway whose policy the honest message would fulfil. */
export function describeAttacks(name: string, attacks: readonly Attack[]): void {
  describe(name, () => {
    test.each(attacks)('$id $name → $code', ({ forged, told, service, code }) => {
      expect(judge(forged, told, service)).toBe(code);
    });
  });
}
