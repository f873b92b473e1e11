import { AES256_GCM, HMAC_SHA1, HMAC_SHA256, RSA_SHA1, SHA1, SHA256 } from '../names.js';

import { type Attack, describeAttacks, replace } from './attack.js';

describeAttacks('cryptography', [
  {
    id: 'C1',
    name: 'rsa-sha1 with a key that both have',
    code: 'wss.algorithm',
    forged: { signedInfo: replace(HMAC_SHA1, RSA_SHA1) },
  },
  ...['0', '8', '80', '160'].map(
    (bits): Attack => ({
      id: 'C2',
      name: `HMACOutputLength ${bits}`,
      code: 'wss.algorithm',
      forged: {
        signedInfo: replace(
          `"${HMAC_SHA1}"></ds:SignatureMethod>`,
          `"${HMAC_SHA1}"><ds:HMACOutputLength>${bits}</ds:HMACOutputLength></ds:SignatureMethod>`,
        ),
      },
    }),
  ),
  {
    id: 'C2',
    name: 'half a MAC',
    code: 'wss.signature',
    forged: {
      signature: (xml) =>
        xml.replace(
          /(<ds:SignatureValue>)([^<]*)/,
          (_, tag: string, value: string) => tag + Buffer.from(value, 'base64').subarray(0, 10).toString('base64'),
        ),
    },
  },
  {
    id: 'C2',
    name: 'an empty MAC',
    code: 'wss.signature',
    forged: { signature: (xml) => xml.replace(/(<ds:SignatureValue>)[^<]*/, '$1') },
  },
  {
    id: 'C3',
    name: 'a MAC of another suite',
    code: 'wss.algorithm',
    forged: { signedInfo: replace(HMAC_SHA1, HMAC_SHA256) },
  },
  {
    id: 'C3',
    name: 'a digest of another suite',
    code: 'wss.algorithm',
    forged: { references: (references) => references.map((xml) => xml.replace(SHA1, SHA256)) },
  },
  {
    id: 'C3',
    name: 'a cipher of another suite',
    code: 'wss.algorithm',
    forged: { document: replace('xmlenc#aes256-cbc', 'xmlenc#aes128-cbc') },
  },
  {
    id: 'C3',
    name: 'AES-GCM where the suite says CBC',
    code: 'wss.algorithm',
    forged: { document: replace('http://www.w3.org/2001/04/xmlenc#aes256-cbc', AES256_GCM) },
  },
  {
    id: 'C3',
    name: 'no signature algorithm',
    code: 'wss.algorithm',
    forged: { signedInfo: replace(` Algorithm="${HMAC_SHA1}"`, '') },
  },
  {
    id: 'C3',
    name: 'a signature algorithm named __proto__',
    code: 'wss.algorithm',
    forged: { signedInfo: replace(HMAC_SHA1, '__proto__') },
  },
  {
    id: 'C9',
    name: 'a derived key of 15 octets',
    code: 'wss.derive',
    forged: { security: (children) => children.map((xml) => xml.replace('<wsc:Length>24<', '<wsc:Length>15<')) },
  },
  {
    id: 'C9',
    name: 'a derived key of 65 octets',
    code: 'wss.derive',
    forged: { security: (children) => children.map((xml) => xml.replace('<wsc:Length>24<', '<wsc:Length>65<')) },
  },
  {
    id: 'C9',
    name: 'an offset of 65',
    code: 'wss.derive',
    forged: { security: (children) => children.map((xml) => xml.replace('<wsc:Offset>0<', '<wsc:Offset>65<')) },
  },
  {
    id: 'C9',
    name: 'a negative offset',
    code: 'wss.derive',
    forged: { security: (children) => children.map((xml) => xml.replace('<wsc:Offset>0<', '<wsc:Offset>-1<')) },
  },
  {
    id: 'C9',
    name: 'Generation and Offset',
    code: 'wss.derive',
    forged: {
      security: (children) =>
        children.map((xml) => xml.replace('<wsc:Offset>0<', '<wsc:Generation>0</wsc:Generation><wsc:Offset>0<')),
    },
  },
  {
    id: 'C9',
    name: 'an empty nonce',
    code: 'wss.derive',
    forged: { security: (children) => children.map((xml) => xml.replace(/<wsc:Nonce>[^<]*/, '<wsc:Nonce>')) },
  },
  ...['*', '=', '\u00a0'].map(
    (character): Attack => ({
      id: 'C10',
      name: `base64 with ${JSON.stringify(character)} in it`,
      code: 'crypto.base64',
      forged: { signature: (xml) => xml.replace(/<ds:SignatureValue>.{4}/, (head) => head + character) },
    }),
  ),
  {
    id: 'C10',
    name: 'base64 with bits left over',
    code: 'crypto.base64',
    forged: {
      signature: (xml) =>
        xml.replace(
          /(<ds:SignatureValue>[^<]*)(.)=</,
          (_, head: string, last: string) => `${head}${String.fromCharCode(last.charCodeAt(0) + 1)}=<`,
        ),
    },
  },
] satisfies Attack[]);
