import { IDENTIFIER, signedReference } from '../forge.js';
import { DS, EXC, WSU } from '../names.js';

import { type Attack, clear, describeAttacks, replace } from './attack.js';

describeAttacks('transforms, URIs and canonical forms', [
  ...[
    'http://www.w3.org/TR/1999/REC-xpath-19991116',
    'http://www.w3.org/2002/06/xmldsig-filter2',
    'http://www.w3.org/TR/1999/REC-xslt-19991116',
    `${DS}base64`,
    `${DS}enveloped-signature`,
    'http://www.w3.org/2002/07/decrypt#XML',
    'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
    `${EXC}WithComments`,
    'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform',
    '',
    '__proto__',
    'constructor',
    'toString',
  ].map(
    (algorithm): Attack => ({
      id: 'W12',
      name: `the transform ${algorithm}`,
      code: 'wss.algorithm',
      forged: {
        references: (references) =>
          references.map((xml) =>
            xml.replace(`Transform Algorithm="${EXC}"`, () => `Transform Algorithm="${algorithm}"`),
          ),
      },
    }),
  ),
  {
    id: 'W12',
    name: 'two transforms',
    code: 'wss.algorithm',
    forged: {
      references: (references) =>
        references.map(replace('</ds:Transforms>', `<ds:Transform Algorithm="${EXC}"></ds:Transform></ds:Transforms>`)),
    },
  },
  {
    id: 'W12',
    name: 'no transform',
    code: 'wss.algorithm',
    forged: { references: (references) => references.map(replace(/<ds:Transform .*<\/ds:Transform>/, '')) },
  },
  {
    id: 'W12',
    name: 'a canonicalization of SignedInfo that keeps comments',
    code: 'wss.algorithm',
    forged: {
      signedInfo: replace(
        `CanonicalizationMethod Algorithm="${EXC}"`,
        `CanonicalizationMethod Algorithm="${EXC}WithComments"`,
      ),
    },
  },
  {
    id: 'W12',
    name: 'a canonicalization of SignedInfo named __proto__',
    code: 'wss.algorithm',
    forged: {
      signedInfo: replace(`CanonicalizationMethod Algorithm="${EXC}"`, 'CanonicalizationMethod Algorithm="__proto__"'),
    },
  },
  ...[
    '',
    '#',
    'http://localhost/x',
    'file:///etc/passwd',
    'cid:part',
    'body',
    "#xpointer(id('body'))",
    '#xpointer(/)',
    '# body',
  ].map(
    (uri): Attack => ({
      id: 'W13',
      name: `the URI ${JSON.stringify(uri)}`,
      code: 'wss.reference',
      forged: { references: (references) => references.map((xml) => xml.replace('URI="#body"', () => `URI="${uri}"`)) },
    }),
  ),
  {
    id: 'W13',
    name: 'no URI',
    code: 'wss.reference',
    forged: { references: (references) => references.map((xml) => xml.replace(' URI="#body"', '')) },
  },
  {
    id: 'W13',
    name: 'an Id that is not there',
    code: 'wss.reference',
    forged: { references: (references) => [...references, signedReference('nowhere', 'x')] },
  },
  {
    id: 'W14',
    name: 'a PrefixList of 17',
    code: 'wss.limit',
    forged: {
      signedInfo: replace(
        /(CanonicalizationMethod Algorithm="[^"]*">)/,
        `CanonicalizationMethod Algorithm="${EXC}"><ec:InclusiveNamespaces xmlns:ec="${EXC}" PrefixList="${Array.from({ length: 17 }, (_, i) => `p${i}`).join(' ')}"></ec:InclusiveNamespaces>`,
      ),
    },
  },
  {
    id: 'W14',
    name: 'two PrefixLists',
    code: 'wss.header',
    forged: {
      signedInfo: replace(
        /(CanonicalizationMethod Algorithm="[^"]*">)/,
        `CanonicalizationMethod Algorithm="${EXC}"><ec:InclusiveNamespaces xmlns:ec="${EXC}" PrefixList=""></ec:InclusiveNamespaces><ec:InclusiveNamespaces xmlns:ec="${EXC}" PrefixList=""></ec:InclusiveNamespaces>`,
      ),
    },
  },
  {
    id: 'W15',
    name: 'the digest of nothing',
    code: 'wss.digest',
    forged: {
      references: (references) =>
        references.map((xml) => xml.replace(/(URI="#body".*<ds:DigestValue>)[^<]*/, '$12jmj7l5rSw0yVb/vlWAYkK/YBwk=')),
    },
  },
  {
    id: 'W15',
    name: 'two attributes of one expanded name',
    code: 'xml.duplicate-attribute',
    forged: { ...clear, document: replace('<s:Body xmlns:s', `<s:Body xmlns:u="${WSU}" u:Id="other" xmlns:s`) },
  },
  {
    id: 'W16',
    name: 'an attribute in a namespace name',
    code: 'xml.namespace',
    forged: { ...clear, document: replace('xmlns:o="urn:orders"', 'xmlns:o=\'urn:orders" limit="10\'') },
  },
  {
    id: 'W16',
    name: 'an attribute that only looks like a declaration',
    code: 'xml.namespace',
    forged: { ...clear, document: replace('<o:Order ', '<o:Order xmlnsFoo="evil" ') },
  },
  {
    id: 'W16',
    name: 'a processing instruction',
    code: 'xml.processing-instruction',
    forged: { ...clear, document: replace('<o:Item>', '<?x y?><o:Item>') },
  },
  {
    id: 'W17',
    name: 'a comment in a digest',
    code: 'xml.unexpected',
    forged: { references: (references) => references.map(replace('</ds:DigestValue>', '<!--x--></ds:DigestValue>')) },
  },
  {
    id: 'W17',
    name: 'a comment in the Action',
    code: 'xml.unexpected',
    forged: { document: replace('urn:orders/Submit', 'urn:orders/<!---->Submit') },
  },
  {
    id: 'W17',
    name: 'a comment in the Identifier',
    code: 'xml.unexpected',
    forged: { document: replace(IDENTIFIER, `${IDENTIFIER}<!--x-->`) },
  },
  {
    id: 'W17',
    name: 'a comment in the Timestamp',
    code: 'xml.unexpected',
    forged: { document: replace('<wsu:Created>', '<wsu:Created><!---->') },
  },
  {
    id: 'W17',
    name: 'a comment in a ciphertext',
    code: 'xml.unexpected',
    forged: { document: replace('</xenc:CipherValue>', '<!--x--></xenc:CipherValue>') },
  },
] satisfies Attack[]);
