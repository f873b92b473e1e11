import { encryptedData, keysOf, referenceList } from '../forge.js';
import { encryptCbc } from '../keys.js';
import { XENC } from '../names.js';

import { type Attack, clear, describeAttacks, dropped, inSecurity, insert, replace, wrapper } from './attack.js';

describeAttacks('encryption and what is decrypted', [
  {
    id: 'W18',
    name: 'EncryptedData that no list names',
    code: 'wss.digest',
    forged: {
      security: (children) => children.filter((xml) => !xml.startsWith('<xenc:ReferenceList')),
      document: (text) => text,
    },
  },
  {
    id: 'W18',
    name: 'encrypted Signature that no list names',
    code: 'wss.reference',
    forged: {
      encryptSignature: true,
      security: (children) =>
        children.map((xml) => xml.replace('<xenc:DataReference URI="#ed-signature"></xenc:DataReference>', '')),
    },
  },
  {
    id: 'W18',
    name: 'one EncryptedData in a list twice',
    code: 'wss.reference',
    forged: {
      security: (children) =>
        children.map((xml) => (xml.startsWith('<xenc:ReferenceList') ? referenceList(['ed-body', 'ed-body']) : xml)),
    },
  },
  {
    id: 'W18',
    name: 'one EncryptedData in two lists',
    code: 'wss.reference',
    forged: { security: (children) => [...children, referenceList(['ed-body'])] },
  },
  {
    id: 'W18',
    name: 'a list that names the Body',
    code: 'wss.reference',
    forged: { ...clear, security: (children) => [...children, referenceList(['body'])] },
  },
  {
    id: 'W18',
    name: 'a list that names a KeyReference',
    code: 'wss.reference',
    forged: { security: (children) => children.map((xml) => xml.replaceAll('DataReference', 'KeyReference')) },
  },
  {
    id: 'W18',
    name: 'a list with a remote URI',
    code: 'wss.reference',
    forged: {
      security: (children) => children.map((xml) => xml.replace('URI="#ed-body"', 'URI="http://localhost/x"')),
    },
  },
  {
    id: 'W18',
    name: 'the ciphertext deeper in the Body',
    code: 'wss.header',
    forged: { document: (text) => text.replace(/<xenc:EncryptedData.*<\/xenc:EncryptedData>/s, (xml) => wrapper(xml)) },
  },
  {
    id: 'W18',
    name: 'the ciphertext of the Body in Security',
    code: 'wss.header',
    forged: {
      document: (text) =>
        inSecurity(/<xenc:EncryptedData.*<\/xenc:EncryptedData>/s.exec(text)![0])(
          text.replace(/<xenc:EncryptedData.*<\/xenc:EncryptedData>/s, ''),
        ),
    },
  },
  {
    id: 'W18',
    name: 'something beside the ciphertext in the Body',
    code: 'wss.header',
    forged: { document: insert('</s:Body>', '<o:Order xmlns:o="urn:orders"></o:Order>') },
  },
  {
    id: 'W18',
    name: 'text beside the ciphertext in the Body',
    code: 'wss.digest',
    forged: { document: insert('</s:Body>', 'evil') },
  },
  {
    id: 'W18',
    name: 'text beside the ciphertext, where it is signed as it was received',
    code: 'wss.digest',
    forged: { order: 'encrypt-before-sign', document: insert('</s:Body>', 'evil') },
  },
  {
    id: 'W18',
    name: 'only the ciphertext is signed, and text put beside it',
    code: 'wss.parts',
    forged: {
      order: 'encrypt-before-sign',
      references: (references) => [...dropped('body')(references)],
      document: insert('</s:Body>', 'evil'),
    },
  },
  {
    id: 'W18',
    name: 'a CipherReference',
    code: 'wss.header',
    forged: {
      document: (text) =>
        text.replace(
          /<xenc:CipherValue>.*<\/xenc:CipherValue>/s,
          '<xenc:CipherReference URI="http://localhost/"></xenc:CipherReference>',
        ),
    },
  },
  {
    id: 'W18',
    name: 'ciphertext in ciphertext in Security',
    code: 'wss.decrypt',
    forged: {
      encryptSignature: true,
      plaintext: (text, of) =>
        of === 'signature'
          ? encryptedData('inner', 'Element', encryptCbc(keysOf()[1], Buffer.from(text)), '#dk2')
          : text,
    },
  },
  {
    id: 'W18',
    name: 'a ReferenceList in ciphertext',
    code: 'wss.decrypt',
    forged: { encryptSignature: true, plaintext: (text, of) => (of === 'signature' ? referenceList(['x']) : text) },
  },
  ...(
    [
      ['two elements', '<a></a><b></b>'],
      ['an element and text', '<a></a>text'],
      ['text', 'text'],
      ['nothing', ''],
      ['a child that Security does not have', '<x:y xmlns:x="urn:x"></x:y>'],
    ] as const
  ).map(
    ([name, text]): Attack => ({
      id: 'W19',
      name: `${name} for a Signature`,
      code: 'wss.decrypt',
      forged: { encryptSignature: true, plaintext: (own, of) => (of === 'signature' ? text : own) },
    }),
  ),
  {
    id: 'W19',
    name: 'Content that says it is an Element',
    code: 'wss.header',
    forged: { document: replace(`Type="${XENC}Content"`, `Type="${XENC}Element"`) },
  },
  {
    id: 'W19',
    name: 'an Element that says it is Content',
    code: 'wss.header',
    forged: { encryptSignature: true, document: replace(`Type="${XENC}Element"`, `Type="${XENC}Content"`) },
  },
  {
    id: 'W19',
    name: 'an unknown Type',
    code: 'wss.header',
    forged: { document: replace(`Type="${XENC}Content"`, 'Type="urn:x"') },
  },
  ...(
    [
      ['a DTD', '<!DOCTYPE x><x></x>'],
      ['an entity', '&x;'],
      ['an unbound prefix', '<q:x></q:x>'],
      ['an end tag', '</s:Body>'],
      ['no UTF-8', Buffer.from([0x3c, 0x61, 0x3e, 0xff])],
      ['a processing instruction', '<?x?>'],
    ] as const
  ).map(
    ([name, text]): Attack => ({
      id: 'W19',
      name: `${name} in the decrypted Body`,
      code: 'wss.decrypt',
      forged: { plaintext: () => text },
    }),
  ),
] satisfies Attack[]);
