import { HMAC_SHA256, SHA256 } from './ciphers.js';
import { childrenOf, type Element, element, find, textOf, withAttribute } from './element.js';
import { dateTime } from './header-tokens.js';
import type { Message } from './message.js';
import { DS } from './names.js';
import type { Overrides } from './overrides.js';

/** An element of nobody's vocabulary. */
export const STRANGER = { prefix: 'x', namespace: 'urn:example:stranger' } as const;

export function stranger(local: string, text = ''): Element {
  return { ...element(STRANGER, local, {}, text === '' ? [] : [text]), declarations: [STRANGER] };
}

/** Another base64 text of the same length: one bit of the octets at `at` (from the end where negative) is flipped. */
export function flipBit(base64: string, at = 0): string {
  const octets = Buffer.from(base64, 'base64');
  const index = at < 0 ? octets.length + at : at;
  octets[index] = octets[index]! ^ 1;
  return octets.toString('base64');
}

/** Flips one bit in the base64 text of the first descendant of that name. */
export function flipIn(target: Element, local: string, at = 0): void {
  const holder = find(target, local);
  holder.children = [flipBit(holder.children.join(''), at)];
}

const DAY = 86_400_000;
const NOBODY = 'urn:uuid:00000000-0000-4000-8000-000000000000';

/** The SCT's child that holds the gateway's state: the one of a foreign namespace, or with placement `identifier` the Identifier. */
function cookieOf(security: Element): Element {
  const token = find(security, 'SecurityContextToken');
  return childrenOf(token).find(({ namespace }) => namespace !== token.namespace) ?? find(token, 'Identifier');
}

function alterCookie(security: Element): void {
  const cookie = cookieOf(security);
  const text = textOf(cookie);
  const at = Math.floor(text.length / 2);
  cookie.children = [`${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`];
}

function inSignature(message: Message, change: (signature: Element) => void): void {
  for (const signature of message.slots.get('SIG') ?? []) change(signature);
}

/** Overrides that break what a signature, a Timestamp or a ciphertext says. Each is one line of a negative test. */
export const TAMPERING = {
  'body is not signed': { sign: (part) => part !== 'body' },
  'timestamp is not signed': { sign: (part) => part !== 'timestamp' },
  'To is not signed': { sign: (part) => part !== 'To' },
  'Action is not signed': { sign: (part) => part !== 'Action' },
  'MessageID is not signed': { sign: (part) => part !== 'MessageID' },
  'ReplyTo is not signed': { sign: (part) => part !== 'ReplyTo' },
  'nothing is signed': { sign: () => false },
  'signature is missing': { afterSigning: (message) => void message.slots.delete('SIG') },
  'signature value has another bit': {
    afterSigning: (message) => inSignature(message, (one) => flipIn(one, 'SignatureValue')),
  },
  'digest has another bit': {
    afterSigning: (message) => inSignature(message, (one) => flipIn(one, 'DigestValue')),
  },
  'signature is hmac-sha256': { algorithms: { mac: HMAC_SHA256 } },
  'digests are sha256': { algorithms: { digest: SHA256 } },
  'signature is cut short': {
    afterSigning: (message) =>
      inSignature(message, (one) => {
        const value = find(one, 'SignatureValue');
        value.children = [Buffer.from(value.children.join(''), 'base64').subarray(0, 10).toString('base64')];
        const method = find(one, 'SignatureMethod');
        method.children = [element({ prefix: method.prefix, namespace: DS }, 'HMACOutputLength', {}, ['80'])];
      }),
  },
  'body is not encrypted': { encryptBody: false },
  'body was changed after signing': {
    afterSigning: (message) => void message.body.children.push(stranger('Added')),
  },
  'ciphertext has another bit': { afterProtection: (message) => flipIn(message.body, 'CipherValue', 20) },
  'ciphertext lost its last block': {
    afterProtection: (message) => {
      const value = find(message.body, 'CipherValue');
      value.children = [Buffer.from(value.children.join(''), 'base64').subarray(0, -16).toString('base64')];
    },
  },
  'ReferenceList is missing': {
    afterProtection: ({ security }) => {
      security.children = security.children.filter((child) => (child as Element).local !== 'ReferenceList');
    },
  },
  'nonce has another bit': { afterProtection: ({ security }) => flipIn(security, 'Nonce') },
  'timestamp has expired': { created: 0 },
  'timestamp is of another century': { created: Date.UTC(2100, 0, 1) },
  'timestamp was renewed by another': {
    afterProtection: (message) => {
      find(message.security, 'Expires').children = [dateTime(message.runtime.now() + DAY, true)];
    },
  },
  'Action was changed': {
    afterProtection: ({ headers }) => {
      headers.get('Action')!.children = ['urn:example:another'];
    },
  },
  'Identifier was changed': {
    afterProtection: ({ security }) => {
      find(find(security, 'SecurityContextToken'), 'Identifier').children = [NOBODY];
    },
  },
  'cookie has another character': { afterProtection: ({ security }) => alterCookie(security) },
  'cookie is missing': {
    afterProtection: ({ security }) => {
      const token = find(security, 'SecurityContextToken');
      token.children = childrenOf(token).filter((child) => child !== cookieOf(security));
    },
  },
  'ReplyTo is not anonymous': {
    beforeSigning: ({ headers }) => {
      find(headers.get('ReplyTo')!, 'Address').children = ['http://attacker.example/'];
    },
  },
  'answer header in a request': {
    beforeSigning: (message) => {
      message.header.children.unshift(element(message.names.wsa, 'RelatesTo', {}, [NOBODY]));
      if (message.names.wsa.prefix === '') (message.header.children[0] as Element).declarations.push(message.names.wsa);
    },
  },
  'header that must be understood': {
    beforeSigning: (message) => {
      const added = withAttribute(stranger('Unknown'), message.names.soap, 'mustUnderstand', '1');
      message.header.children.push(added);
    },
  },
} as const satisfies Readonly<Record<string, Overrides>>;
