import type { Runtime } from '../../src/runtime.js';
import { RSA_15, wrap } from './ciphers.js';
import { type Element, element, withAttribute } from './element.js';
import { dateTime } from './header-tokens.js';
import type { Message } from './message.js';
import { ADDRESSINGS, BASE64_BINARY, SUBJECT_KEY_IDENTIFIER, VERSIONS } from './names.js';
import { keyIdentifier } from './references.js';
import type { RequestField } from './styles/index.js';
import type { TokenRequestOptions } from './token-request.js';

/** A RequestSecurityToken under construction. */
export interface Writing {
  readonly message: Message;
  readonly options: TokenRequestOptions;
  readonly runtime: Runtime;
  readonly operation: 'Issue' | 'Renew' | 'Cancel';
  readonly entropy: Buffer;
  readonly keySize: number;
}

function versionOf({ message }: Writing) {
  return VERSIONS[message.shape.version];
}

function child(writing: Writing, local: string, text: string): Element[] {
  return [element(writing.message.names.wst, local, {}, [text])];
}

/** Every field of a RequestSecurityToken that a style may list. */
export const FIELDS: Readonly<Record<RequestField, (writing: Writing) => Element[]>> = {
  tokenType: (writing) => child(writing, 'TokenType', versionOf(writing).contextToken),
  requestType: (writing) => child(writing, 'RequestType', `${versionOf(writing).base}/${writing.operation}`),
  keyType: (writing) => child(writing, 'KeyType', `${versionOf(writing).base}/SymmetricKey`),
  computedKey: (writing) => child(writing, 'ComputedKeyAlgorithm', `${versionOf(writing).base}/CK/PSHA1`),
  keySize: (writing) => child(writing, 'KeySize', `${writing.keySize}`),
  renewing: ({ message }) => [element(message.names.wst, 'Renewing')],
  appliesTo: appliesTo,
  lifetime: lifetime,
  entropy: entropy,
  base: base,
};

/** WS-Policy's namespace as each client has it: WSE 2 2002/12, Rampart 2004/09, CXF 1.5 (CXF's recordings). */
function appliesTo({ message, options }: Writing): Element[] {
  const { style, addressing } = message.shape;
  const policies = {
    wse2: 'http://schemas.xmlsoap.org/ws/2002/12/policy',
    rampart: 'http://schemas.xmlsoap.org/ws/2004/09/policy',
  };
  const namespace = style in policies ? policies[style as keyof typeof policies] : 'http://www.w3.org/ns/ws-policy';
  const wsa = { prefix: 'wsa', namespace: ADDRESSINGS[addressing === 'none' ? '2005-08' : addressing].namespace };
  const address = element(wsa, 'Address', {}, [options.appliesTo]);
  return [element({ prefix: 'wsp', namespace }, 'AppliesTo', {}, [element(wsa, 'EndpointReference', {}, [address])])];
}

function lifetime(writing: Writing): Element[] {
  const { message, options, runtime } = writing;
  const { wsu, wst } = message.names;
  const now = runtime.now();
  const expires = dateTime(now + (options.lifetime ?? 300_000), message.style.timestampFraction);
  const created = element(wsu, 'Created', {}, [dateTime(now, message.style.timestampFraction)]);
  // WSE 2's trace has Expires alone (wse2-rst-issue-200404.xml).
  const times = message.shape.style === 'wse2' ? [] : [created];
  return [element(wst, versionOf(writing).lifetime, {}, [...times, element(wsu, 'Expires', {}, [expires])])];
}

/** BinarySecret; WSE 2 wraps its entropy for the service. */
function entropy(writing: Writing): Element[] {
  const { message, options } = writing;
  const { wst, xenc, ds, wsu } = message.names;
  if (message.shape.style === 'wse2') {
    if (options.service === undefined) throw new Error("WSE 2 wraps its entropy under the service's certificate");
    const wrapped = wrap(RSA_15, options.service.certificate.publicKey, writing.entropy);
    const identified = keyIdentifier(
      message,
      SUBJECT_KEY_IDENTIFIER,
      BASE64_BINARY,
      options.service.subjectKeyIdentifier,
    );
    const key = element(xenc, 'EncryptedKey', {}, [
      element(xenc, 'EncryptionMethod', { Algorithm: RSA_15 }),
      element(ds, 'KeyInfo', {}, [identified]),
      element(xenc, 'CipherData', {}, [element(xenc, 'CipherValue', {}, [wrapped.toString('base64')])]),
      element(xenc, 'CarriedKeyName', {}, [`SecurityToken-${writing.runtime.randomUUID()}`]),
    ]);
    return [element(wst, 'Entropy', {}, [key])];
  }
  const secret = element(wst, 'BinarySecret', { Type: `${versionOf(writing).base}/Nonce` }, [
    writing.entropy.toString('base64'),
  ]);
  if (message.shape.style === 'wcf') withAttribute(secret, wsu, 'Id', `uuid-${writing.runtime.randomUUID()}-1`);
  // Metro's 2005/02 writer labels the Entropy (wire-facts §3.7).
  const type = message.shape.style === 'metro' && message.shape.version === '2005-02' ? 'BinarySecret' : undefined;
  return [element(wst, 'Entropy', { Type: type }, [secret])];
}

/** WSE 2 names the token in the header that the request is based on. */
function base({ message, options }: Writing): Element[] {
  const { wst, wsse } = message.names;
  if (options.base === undefined) return [];
  const reference = element(wsse, 'Reference', { URI: `#${options.base.id}`, ValueType: options.base.valueType });
  return [element(wst, 'Base', {}, [element(wsse, 'SecurityTokenReference', {}, [reference])])];
}
