import { createHash, createHmac } from 'node:crypto';
import { derive, encryptCbc } from './keys.js';
import { AES256_CBC, COOKIE, DS, EXC, HMAC_SHA1, SC13, SHA1, SOAP12, WSA, WSSE, WSU, XENC } from './names.js';

/** The secret of the conversation that forged messages are of, and its Identifier. */
export const KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
export const IDENTIFIER = 'urn:uuid:00000000-0000-4000-8000-000000000001';
export const NOW = Date.parse('2026-11-25T12:00:00.000Z');

/** What is signed: its Id, and its exclusive canonical form, which is also what is sent. */
export interface Part {
  readonly id: string;
  readonly xml: string;
}

/** Steps in which the holder of the key departs from an honest message, and one in which somebody else does. */
export interface Hooks {
  /** Header blocks and what of them is signed, before anything is. */
  readonly blocks?: (blocks: readonly Part[]) => readonly Part[];
  /** The ds:Reference elements. */
  readonly references?: (references: readonly string[]) => readonly string[];
  /** SignedInfo in canonical form, before it is signed. */
  readonly signedInfo?: (xml: string) => string;
  /** The whole Signature, after. */
  readonly signature?: (xml: string) => string;
  readonly plaintext?: (text: string, of: 'body' | 'signature') => string | Buffer;
  readonly ciphertext?: (octets: Buffer, of: 'body' | 'signature') => Buffer;
  /** Children of the Security header, in their order. */
  readonly security?: (children: readonly string[]) => readonly string[];
  /** Header blocks that nobody signed. */
  readonly unsigned?: string;
  readonly document?: (text: string) => string;
}

export interface ForgeOptions extends Hooks {
  readonly content?: string;
  readonly created?: number;
  readonly timestampId?: string;
  readonly action?: string;
  readonly messageId?: string;
  readonly derived?: boolean;
  readonly order?: 'sign-before-encrypt' | 'encrypt-before-sign';
  readonly encryptBody?: boolean;
  readonly encryptSignature?: boolean;
  readonly key?: Buffer;
  readonly identifier?: string;
  readonly tokenInHeader?: boolean;
  /** Signs with these octets in place of the key that the message refers to. */
  readonly signingKey?: Buffer;
}

export const CONTENT = '<o:Order xmlns:o="urn:orders"><o:Item>pen</o:Item><o:Amount>100</o:Amount></o:Order>';

const sha1 = (text: string) => createHash('sha1').update(text).digest('base64');

export const referenceTo = (uri: string) =>
  `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="${uri}"></wsse:Reference></wsse:SecurityTokenReference>`;

export const signedReference = (id: string, xml: string) =>
  `<ds:Reference URI="#${id}"><ds:Transforms><ds:Transform Algorithm="${EXC}"></ds:Transform></ds:Transforms>` +
  `<ds:DigestMethod Algorithm="${SHA1}"></ds:DigestMethod><ds:DigestValue>${sha1(xml)}</ds:DigestValue></ds:Reference>`;

export const derivedToken = (id: string, reference: string, length: number, nonce: Buffer) =>
  `<wsc:DerivedKeyToken xmlns:wsc="${SC13}" xmlns:wsu="${WSU}" wsu:Id="${id}">${reference}<wsc:Offset>0</wsc:Offset>` +
  `<wsc:Length>${length}</wsc:Length><wsc:Nonce>${nonce.toString('base64')}</wsc:Nonce></wsc:DerivedKeyToken>`;

export const encryptedData = (id: string, type: 'Content' | 'Element', octets: Buffer, keyUri: string) =>
  `<xenc:EncryptedData xmlns:xenc="${XENC}" Id="${id}" Type="${XENC}${type}"><xenc:EncryptionMethod Algorithm="${AES256_CBC}">` +
  `</xenc:EncryptionMethod><ds:KeyInfo xmlns:ds="${DS}">${referenceTo(keyUri)}</ds:KeyInfo><xenc:CipherData>` +
  `<xenc:CipherValue>${octets.toString('base64')}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>`;

export const referenceList = (ids: readonly string[]) =>
  `<xenc:ReferenceList xmlns:xenc="${XENC}">${ids.map((id) => `<xenc:DataReference URI="#${id}"></xenc:DataReference>`).join('')}</xenc:ReferenceList>`;

export const timestampXml = (id: string, created: number) =>
  `<wsu:Timestamp xmlns:wsu="${WSU}" wsu:Id="${id}"><wsu:Created>${new Date(created).toISOString()}</wsu:Created>` +
  `<wsu:Expires>${new Date(created + 300_000).toISOString()}</wsu:Expires></wsu:Timestamp>`;

export const wsaBlock = (id: string, local: string, value: string): Part => ({
  id,
  xml: `<wsa:${local} xmlns:wsa="${WSA}" xmlns:wsu="${WSU}" wsu:Id="${id}">${value}</wsa:${local}>`,
});

export const bodyXml = (content: string, id = 'body') =>
  `<s:Body xmlns:s="${SOAP12}" xmlns:wsu="${WSU}" wsu:Id="${id}">${content}</s:Body>`;

const NONCES = [Buffer.alloc(16, 0x11), Buffer.alloc(16, 0x22)] as const;

/** The keys of a message as its options have them: to sign, to encrypt. */
export function keysOf({ derived = true, key = KEY }: ForgeOptions = {}): readonly [Buffer, Buffer] {
  return derived ? [derive(key, NONCES[0], 24), derive(key, NONCES[1], 32)] : [key, key];
}

/** A request in SOAP 1.2, WS-Addressing 1.0, WS-SecureConversation 1.3, Basic256, in canonical form throughout. */
export function forge(options: ForgeOptions = {}): string {
  const { derived = true, order = 'sign-before-encrypt', encryptBody = true, encryptSignature = false } = options;
  const { content = CONTENT, created = NOW, timestampId = 'ts', identifier = IDENTIFIER } = options;
  const [signing, encrypting] = keysOf(options);
  const encryptUri = derived ? '#dk2' : '#sct';
  const encrypt = (of: 'body' | 'signature', text: string): string => {
    const plaintext = options.plaintext?.(text, of) ?? text;
    const octets = encryptCbc(encrypting, Buffer.from(plaintext));
    const id = `ed-${of}`;
    return encryptedData(
      id,
      of === 'body' ? 'Content' : 'Element',
      options.ciphertext?.(octets, of) ?? octets,
      encryptUri,
    );
  };
  const timestamp = timestampXml(timestampId, created);
  const blocks: readonly Part[] = [
    wsaBlock('action', 'Action', options.action ?? 'urn:orders/Submit'),
    wsaBlock('message-id', 'MessageID', options.messageId ?? 'urn:uuid:11111111-0000-4000-8000-000000000001'),
    wsaBlock('to', 'To', 'http://localhost/orders'),
    wsaBlock('reply-to', 'ReplyTo', `<wsa:Address>${WSA}/anonymous</wsa:Address>`),
  ];
  const signedBlocks = options.blocks?.(blocks) ?? blocks;
  const clear = bodyXml(content);
  const sent = encryptBody ? bodyXml(encrypt('body', content)) : clear;
  const parts = [
    { id: timestampId, xml: timestamp },
    ...signedBlocks,
    { id: 'body', xml: order === 'sign-before-encrypt' ? clear : sent },
  ];
  const honest = parts.map(({ id, xml }) => signedReference(id, xml));
  const info =
    `<ds:CanonicalizationMethod Algorithm="${EXC}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="${HMAC_SHA1}">` +
    `</ds:SignatureMethod>${(options.references?.(honest) ?? honest).join('')}`;
  const canonical = `<ds:SignedInfo xmlns:ds="${DS}">${info}</ds:SignedInfo>`;
  const signedInfo = options.signedInfo?.(canonical) ?? canonical;
  const value = createHmac('sha1', options.signingKey ?? signing)
    .update(signedInfo)
    .digest('base64');
  const plainSignature =
    `<ds:Signature xmlns:ds="${DS}" Id="signature">${signedInfo.replace(` xmlns:ds="${DS}"`, '')}` +
    `<ds:SignatureValue>${value}</ds:SignatureValue><ds:KeyInfo>${referenceTo(derived ? '#dk1' : '#sct')}</ds:KeyInfo></ds:Signature>`;
  const signature = options.signature?.(plainSignature) ?? plainSignature;
  const placed = encryptSignature ? encrypt('signature', signature) : signature;
  const ids = [...(encryptBody ? ['ed-body'] : []), ...(encryptSignature ? ['ed-signature'] : [])];
  const list = ids.length === 0 ? [] : [referenceList(ids)];
  const token =
    `<wsc:SecurityContextToken xmlns:wsc="${SC13}" xmlns:wsu="${WSU}" wsu:Id="sct"><wsc:Identifier>${identifier}</wsc:Identifier>` +
    `<g:Cookie xmlns:g="${COOKIE}">cookie-0</g:Cookie></wsc:SecurityContextToken>`;
  const children = [
    timestamp,
    token,
    ...(derived
      ? [
          derivedToken('dk1', referenceTo('#sct'), 24, NONCES[0]),
          derivedToken('dk2', referenceTo('#sct'), 32, NONCES[1]),
        ]
      : []),
    ...(order === 'sign-before-encrypt' ? [...list, placed] : [placed, ...list]),
  ];
  const security = (options.security?.(children) ?? children).join('');
  const document =
    `<s:Envelope xmlns:s="${SOAP12}"><s:Header>${signedBlocks.map(({ xml }) => xml).join('')}${options.unsigned ?? ''}` +
    `<wsse:Security xmlns:wsse="${WSSE}" s:mustUnderstand="1">${security}</wsse:Security></s:Header>${sent}</s:Envelope>`;
  return options.document?.(document) ?? document;
}
