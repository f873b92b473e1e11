import { NOW, signedReference, timestampXml, wsaBlock } from '../forge.js';
import { policyFor } from '../forged.js';
import { SOAP12, WSA, WSSE } from '../names.js';
import { wsaName } from '../policies.js';

import {
  type Attack,
  bodyOf,
  clear,
  describeAttacks,
  dropped,
  evil,
  inHeader,
  inSecurity,
  insert,
  more,
  replace,
  without,
  withoutId,
  wrapBody,
  wrapper,
} from './attack.js';

describeAttacks('wrapping and coverage', [
  {
    id: 'W1',
    name: 'the signed Body under an unknown header block, another without an Id',
    code: 'wss.parts',
    forged: { ...clear, document: wrapBody((body) => inHeader(wrapper(body))) },
  },
  {
    id: 'W1',
    name: 'another Body with another Id',
    code: 'wss.parts',
    forged: { ...clear, document: wrapBody((body) => inHeader(wrapper(body)), evil) },
  },
  {
    id: 'W1',
    name: 'another Body with the same Id',
    code: 'wss.id',
    forged: { ...clear, document: wrapBody((body) => inHeader(wrapper(body)), evil.replace('"evil"', '"body"')) },
  },
  {
    id: 'W1',
    name: 'the signed Body inside another Body',
    code: 'wss.parts',
    forged: {
      ...clear,
      document: (text) =>
        text.replace(
          bodyOf(text),
          `<s:Body xmlns:s="${SOAP12}"><o:Evil xmlns:o="urn:orders">${bodyOf(text)}</o:Evil></s:Body>`,
        ),
    },
  },
  {
    id: 'W1',
    name: 'the signed Body as a header block',
    code: 'wss.parts',
    forged: { ...clear, document: wrapBody((body) => inHeader(body)) },
  },
  {
    id: 'W2',
    name: 'a wrapper in Security',
    code: 'wss.header',
    forged: { ...clear, document: wrapBody((body) => inSecurity(wrapper(body))) },
  },
  {
    id: 'W2',
    name: 'ds:Object',
    code: 'wss.header',
    forged: { ...clear, document: wrapBody((body) => insert('</ds:Signature>', `<ds:Object>${body}</ds:Object>`)) },
  },
  {
    id: 'W2',
    name: 'KeyInfo of another namespace in Signature',
    code: 'wss.header',
    forged: {
      ...clear,
      document: wrapBody((body) => insert('</ds:Signature>', `<x:KeyInfo xmlns:x="urn:x">${body}</x:KeyInfo>`)),
    },
  },
  {
    id: 'W2',
    name: 'ds:Manifest in place of what is signed',
    code: 'wss.header',
    forged: {
      ...clear,
      signature: insert(
        '</ds:Signature>',
        `<ds:Object><ds:Manifest Id="m">${signedReference('body', '')}</ds:Manifest></ds:Object>`,
      ),
    },
  },
  {
    id: 'W2',
    name: "a SAML assertion's Advice",
    code: 'wss.header',
    forged: {
      ...clear,
      document: wrapBody((body) =>
        inSecurity(
          `<a:Assertion xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion"><a:Advice>${body}</a:Advice></a:Assertion>`,
        ),
      ),
    },
  },
  {
    id: 'W2',
    name: 'a wrapper for role none',
    code: 'wss.parts',
    forged: {
      ...clear,
      document: wrapBody((body) =>
        inHeader(wrapper(body, ` xmlns:s="${SOAP12}" s:mustUnderstand="0" s:role="${SOAP12}/role/none"`)),
      ),
    },
  },
  {
    id: 'W2',
    name: 'the extensibility of the SecurityContextToken',
    code: 'wss.parts',
    forged: { ...clear, document: wrapBody((body) => insert('</wsc:SecurityContextToken>', wrapper(body))) },
  },
  {
    id: 'W3',
    name: 'the signed ReplyTo hidden in a wrapper',
    code: 'wss.parts',
    forged: {
      document: (text) =>
        inHeader(wrapper(/<wsa:ReplyTo.*<\/wsa:ReplyTo>/.exec(text)![0]))(
          text.replace(/<wsa:ReplyTo.*<\/wsa:ReplyTo>/, ''),
        ),
    },
  },
  {
    id: 'W3',
    name: 'the signed MessageID hidden in a wrapper',
    code: 'wss.parts',
    forged: {
      document: (text) =>
        inHeader(wrapper(/<wsa:MessageID.*<\/wsa:MessageID>/.exec(text)![0]))(
          text.replace(/<wsa:MessageID.*<\/wsa:MessageID>/, ''),
        ),
    },
  },
  {
    id: 'W3',
    name: 'the signed To hidden in a Security header for somebody else',
    code: 'wss.parts',
    forged: {
      document: (text) =>
        inHeader(
          `<wsse:Security xmlns:wsse="${WSSE}" xmlns:s="${SOAP12}" s:role="urn:else">${/<wsa:To.*<\/wsa:To>/.exec(text)![0]}</wsse:Security>`,
        )(text.replace(/<wsa:To.*<\/wsa:To>/, '')),
    },
  },
  {
    id: 'W3',
    name: 'an unsigned Action beside the other headers',
    code: 'wss.parts',
    forged: { references: dropped('action') },
  },
  {
    id: 'W3',
    name: 'an unsigned From',
    code: 'wss.parts',
    forged: { unsigned: `<wsa:From xmlns:wsa="${WSA}"><wsa:Address>urn:mallory</wsa:Address></wsa:From>` },
  },
  {
    id: 'W3',
    name: 'an unsigned header block that the policy wants signed',
    code: 'wss.parts',
    forged: { unsigned: '<r:Role xmlns:r="urn:role">admin</r:Role>' },
    service: {
      binding: {
        ...policyFor(),
        signedParts: { body: true, headers: [wsaName('Action'), { namespace: 'urn:role', local: 'Role' }] },
      },
    },
  },
  { id: 'W3', name: 'no Action at all', code: 'wss.parts', forged: { blocks: without('action') } },
  {
    id: 'W4',
    name: 'two Bodies',
    code: 'soap.envelope',
    forged: { document: insert('</s:Envelope>', withoutId(evil)) },
  },
  {
    id: 'W4',
    name: 'two Headers',
    code: 'soap.envelope',
    forged: { document: replace('<s:Header>', '<s:Header></s:Header><s:Header>') },
  },
  {
    id: 'W4',
    name: 'something after the Body',
    code: 'soap.envelope',
    forged: { document: insert('</s:Envelope>', wrapper('')) },
  },
  {
    id: 'W4',
    name: 'the Body before the Header',
    code: 'soap.envelope',
    forged: {
      ...clear,
      document: (text) => text.replace(bodyOf(text), '').replace('<s:Header>', () => `${bodyOf(text)}<s:Header>`),
    },
  },
  {
    id: 'W4',
    name: 'two Actions, both signed',
    code: 'soap.addressing',
    forged: { blocks: more(wsaBlock('a2', 'Action', 'urn:orders/Delete')) },
  },
  {
    id: 'W4',
    name: 'a second, unsigned To',
    code: 'soap.addressing',
    forged: { unsigned: withoutId(wsaBlock('t2', 'To', 'urn:x').xml) },
  },
  {
    id: 'W4',
    name: 'a second MessageID',
    code: 'soap.addressing',
    forged: { unsigned: withoutId(wsaBlock('m2', 'MessageID', 'urn:x').xml) },
  },
  {
    id: 'W4',
    name: 'two Timestamps',
    code: 'wss.timestamp',
    forged: { security: (children) => [timestampXml('ts2', NOW + 1), ...children] },
  },
  {
    id: 'W4',
    name: 'two SecurityContextTokens',
    code: 'wss.header',
    forged: { security: (children) => [children[1]!.replace('"sct"', '"sct2"'), ...children] },
  },
] satisfies Attack[]);
