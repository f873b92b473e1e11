import { mac, signRsa } from './ciphers.js';
import { clone, type Element } from './element.js';
import { addDerivedKey, type Key, thumbprint } from './header-tokens.js';
import { type Message, put } from './message.js';
import type { Party } from './party.js';
import type { Protection } from './protection.js';
import { referenceTo } from './references.js';
import type { Signer } from './sign.js';
import type { Algorithms } from './suites.js';
import type { ContextToken } from './token.js';

/** Signs with a key that both parties have. */
export function hmacSigner(algorithms: Algorithms, secret: Buffer, keyInfo: Element): Signer {
  return {
    method: algorithms.mac,
    digest: algorithms.digest,
    keyInfo,
    sign: (data) => mac(algorithms.mac, secret, data),
  };
}

/** Signs with the client's certificate, named directly or by its thumbprint. */
export function x509Signer(
  message: Message,
  algorithms: Algorithms,
  client: Party,
  certificate: Element,
  form: 'direct' | 'thumbprint',
): Signer {
  const method = algorithms.signature;
  const id = certificate.attributes.find(({ local }) => local === 'Id')!.value;
  return {
    method,
    digest: algorithms.digest,
    keyInfo:
      form === 'direct'
        ? referenceTo(message, { kind: 'certificate', id }, 'signature')
        : thumbprint(message, client.certificate),
    sign: (data) => signRsa(method, client.privateKey!, data),
  };
}

/** The context's key over the main signature, or over TLS over the Timestamp: what a Renew is proven with. */
export function endorsingSigner(
  message: Message,
  { algorithms, derivedKeys }: Protection,
  token: ContextToken,
): Signer {
  put(message, 'SCT', clone(token.element));
  const key: Key = { source: { kind: 'context', token }, secret: token.key };
  const used = derivedKeys ? addDerivedKey(message, 'SDK', key, algorithms.signatureLength) : key;
  return hmacSigner(algorithms, used.secret, referenceTo(message, used.source, 'signature'));
}
