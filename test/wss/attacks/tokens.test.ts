import { derivedToken, IDENTIFIER, NOW, referenceTo, signedReference, timestampXml } from '../forge.js';
import { OTHER_IDENTIFIER, OTHER_KEY, policyFor } from '../forged.js';
import { derive } from '../keys.js';
import { SOAP11, SOAP12, WSSE, WSU } from '../names.js';

import {
  type Attack,
  clear,
  describeAttacks,
  dropped,
  inHeader,
  replace,
  secondSignature,
  withoutId,
  wrapBody,
  wrapper,
} from './attack.js';

describeAttacks('headers, Ids, signatures and keys', [
  {
    id: 'W5',
    name: 'two Security headers without a role',
    code: 'wss.header',
    forged: { unsigned: `<wsse:Security xmlns:wsse="${WSSE}"></wsse:Security>` },
  },
  {
    id: 'W5',
    name: 'a second one for the ultimate receiver',
    code: 'wss.header',
    forged: {
      unsigned: `<wsse:Security xmlns:wsse="${WSSE}" xmlns:s="${SOAP12}" s:role="${SOAP12}/role/ultimateReceiver"></wsse:Security>`,
    },
  },
  {
    id: 'W5',
    name: 'a second one for the next node',
    code: 'wss.header',
    forged: {
      unsigned: `<wsse:Security xmlns:wsse="${WSSE}" xmlns:s="${SOAP12}" s:role="${SOAP12}/role/next"></wsse:Security>`,
    },
  },
  {
    id: 'W5',
    name: 'a second one that names its role in the other SOAP version',
    code: 'wss.header',
    forged: { unsigned: `<wsse:Security xmlns:wsse="${WSSE}" xmlns:t="${SOAP11}" t:actor="urn:else"></wsse:Security>` },
  },
  {
    id: 'W6',
    name: 'an Id twice in what was decrypted',
    code: 'wss.decrypt',
    forged: {
      plaintext: (text, of) =>
        of === 'body' ? text.replace('<o:Item>', `<o:Item xmlns:wsu="${WSU}" wsu:Id="action">`) : text,
    },
  },
  {
    id: 'W6',
    name: 'the Id of the Timestamp again in a decrypted Signature',
    code: 'wss.decrypt',
    forged: {
      encryptSignature: true,
      plaintext: (text, of) => (of === 'signature' ? text.replace('Id="signature"', 'Id="ts"') : text),
    },
  },
  ...['wsu:Id', 'xml:id'].map(
    (kind): Attack => ({
      id: 'W7',
      name: `the Body's Id again as ${kind}`,
      code: 'wss.id',
      forged: { ...clear, unsigned: `<x:Y xmlns:x="urn:x" xmlns:wsu="${WSU}" ${kind}="body"></x:Y>` },
    }),
  ),
  {
    id: 'W7',
    name: "the Body's Id again as Id of a ds element",
    code: 'wss.id',
    forged: { ...clear, signature: replace('Id="signature"', 'Id="body"') },
  },
  ...['Id', 'ID', 'id', 'AssertionID', 'x:Id'].map(
    (kind): Attack => ({
      id: 'W7',
      name: `${kind} of a foreign element is no Id`,
      code: 'wss.reference',
      forged: {
        ...clear,
        document: wrapBody((body) =>
          inHeader(wrapper(withoutId(body).replace('<s:Body', `<s:Body xmlns:x="urn:x" ${kind}="body"`))),
        ),
      },
    }),
  ),
  {
    id: 'W8',
    name: 'no Signature',
    code: 'wss.parts',
    forged: { security: (children) => children.filter((xml) => !xml.startsWith('<ds:Signature')) },
  },
  {
    id: 'W8',
    name: 'no Signature and no token',
    code: 'token.missing',
    forged: { ...clear, security: (children) => children.slice(0, 1) },
  },
  { id: 'W8', name: 'a Signature over nothing', code: 'wss.signature', forged: { references: () => [] } },
  { id: 'W8', name: 'the Body is not signed', code: 'wss.parts', forged: { references: dropped('body') } },
  { id: 'W8', name: 'the Timestamp is not signed', code: 'wss.parts', forged: { references: dropped('ts') } },
  {
    id: 'W8',
    name: 'no Timestamp',
    code: 'wss.timestamp',
    forged: { references: dropped('ts'), security: (children) => children.slice(1) },
  },
  {
    id: 'W8',
    name: 'a child of the Body is signed, not the Body',
    code: 'wss.parts',
    forged: {
      ...clear,
      content: `<o:Order xmlns:o="urn:orders" xmlns:wsu="${WSU}" wsu:Id="order">1</o:Order>`,
      references: (references) => [
        ...dropped('body')(references),
        signedReference('order', `<o:Order xmlns:o="urn:orders" xmlns:wsu="${WSU}" wsu:Id="order">1</o:Order>`),
      ],
    },
  },
  { id: 'W8', name: 'the Body in clear', code: 'wss.parts', forged: clear, service: { binding: policyFor() } },
  {
    id: 'W8',
    name: 'the Signature in clear',
    code: 'wss.parts',
    forged: {},
    service: { binding: policyFor({ encryptSignature: true }) },
  },
  {
    id: 'W8',
    name: "the token's own key where it must be derived from",
    code: 'wss.parts',
    forged: { derived: false },
    service: { binding: policyFor() },
  },
  {
    id: 'W9',
    name: "another session's token in place of the one that signed",
    code: 'wss.signature',
    forged: {
      ...clear,
      document: replace(`<wsc:Identifier>${IDENTIFIER}`, `<wsc:Identifier>${OTHER_IDENTIFIER}`),
      security: (children) => children.map((xml) => xml.replace('cookie-0', 'cookie-1')),
    },
  },
  {
    id: 'W9',
    name: "another session's token with this one's cookie",
    code: 'token.binding',
    forged: { document: replace(`<wsc:Identifier>${IDENTIFIER}`, `<wsc:Identifier>${OTHER_IDENTIFIER}`) },
  },
  {
    id: 'W9',
    name: 'signed with the key of another session',
    code: 'wss.signature',
    forged: { ...clear, signingKey: derive(OTHER_KEY, Buffer.alloc(16, 0x11), 24) },
  },
  {
    id: 'W10',
    name: 'two primary Signatures',
    code: 'wss.parts',
    forged: {
      ...clear,
      security: (children) => [...children, secondSignature(signedReference('ts', timestampXml('ts', NOW)))],
    },
  },
  {
    id: 'W10',
    name: 'a second Signature that endorses with the same key',
    code: 'wss.parts',
    forged: {
      ...clear,
      security: (children) => [...children, secondSignature(signedReference('signature', children.at(-1)!))],
    },
  },
  {
    id: 'W10',
    name: 'a second Signature that is broken',
    code: 'wss.signature',
    forged: {
      ...clear,
      security: (children) => [
        ...children,
        children
          .at(-1)!
          .replace(' Id="signature"', '')
          .replace(/(SignatureValue>)../, '$1AA'),
      ],
    },
  },
  {
    id: 'W11',
    name: 'a derived key of a derived key',
    code: 'wss.reference',
    forged: {
      security: (children) =>
        children.map((xml) =>
          xml.includes('"dk1"') ? derivedToken('dk1', referenceTo('#dk2'), 24, Buffer.alloc(16, 0x11)) : xml,
        ),
    },
  },
  {
    id: 'W11',
    name: 'a derived key of itself',
    code: 'wss.reference',
    forged: {
      security: (children) =>
        children.map((xml) =>
          xml.includes('"dk1"') ? derivedToken('dk1', referenceTo('#dk1'), 24, Buffer.alloc(16, 0x11)) : xml,
        ),
    },
  },
  {
    id: 'W11',
    name: 'derived keys of each other',
    code: 'wss.reference',
    forged: {
      security: (children) =>
        children.map((xml) =>
          xml.replace(/(wsu:Id="dk(\d)".*?URI=")#sct/, (_, head: string, n: string) => `${head}#dk${3 - Number(n)}`),
        ),
    },
  },
  {
    id: 'W11',
    name: 'a key that is the Timestamp',
    code: 'wss.reference',
    forged: { signature: replace('#dk1', '#ts') },
  },
  {
    id: 'W11',
    name: 'an embedded token',
    code: 'wss.reference',
    forged: { signature: replace(/<wsse:Reference URI="#dk1"><\/wsse:Reference>/, '<wsse:Embedded></wsse:Embedded>') },
  },
  {
    id: 'W11',
    name: 'two references in one',
    code: 'wss.reference',
    forged: {
      signature: replace(
        '<wsse:Reference URI="#dk1">',
        '<wsse:Reference URI="#dk2"></wsse:Reference><wsse:Reference URI="#dk1">',
      ),
    },
  },
  {
    id: 'W11',
    name: 'KeyInfo with two children',
    code: 'wss.reference',
    forged: { signature: replace('<ds:KeyInfo>', `<ds:KeyInfo>${referenceTo('#dk2')}`) },
  },
  {
    id: 'W11',
    name: 'KeyInfo with a KeyValue',
    code: 'wss.reference',
    forged: {
      signature: replace(/<ds:KeyInfo>.*<\/ds:KeyInfo>/, '<ds:KeyInfo><ds:KeyValue></ds:KeyValue></ds:KeyInfo>'),
    },
  },
  {
    id: 'W11',
    name: 'a RetrievalMethod',
    code: 'wss.reference',
    forged: {
      signature: replace(
        /<ds:KeyInfo>.*<\/ds:KeyInfo>/,
        '<ds:KeyInfo><ds:RetrievalMethod URI="#dk1"></ds:RetrievalMethod></ds:KeyInfo>',
      ),
    },
  },
] satisfies Attack[]);
