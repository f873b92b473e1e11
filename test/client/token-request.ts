import type { Runtime } from '../../src/runtime.js';
import { RSA_15, wrap } from './ciphers.js';
import { clone, type Element, element, withAttribute } from './element.js';
import { dateTime } from './header-tokens.js';
import { createMessage, type Message } from './message.js';
import { ADDRESSINGS, BASE64_BINARY, SUBJECT_KEY_IDENTIFIER, VERSIONS } from './names.js';
import type { Party } from './party.js';
import { externalReference, keyIdentifier } from './references.js';
import type { Shape } from './shape.js';
import { type RequestField, STYLES } from './styles.js';
import { algorithmsOf } from './suites.js';
import type { ContextToken } from './token.js';

/** What a RequestSecurityToken says beside what its style always says. */
export interface TokenRequestOptions {
  readonly appliesTo: string;
  /** Milliseconds. */
  readonly lifetime?: number;
  /** Bits; absent: as the style asks. */
  readonly keySize?: number;
  /** Absent: fresh, of the length of the key that is asked for. */
  readonly entropy?: Buffer | undefined;
  readonly context?: string;
  /** The key that WSE 2 wraps its entropy for. */
  readonly service?: Party | undefined;
}

/** The body of a RequestSecurityToken, and the client's entropy in it. */
export interface TokenRequest {
  readonly element: Element;
  readonly entropy: Buffer | undefined;
  /** Bits of the key that was asked for or is expected. */
  readonly keySize: number;
  readonly context: string | undefined;
}

interface Writing {
  readonly message: Message;
  readonly options: TokenRequestOptions;
  readonly runtime: Runtime;
  readonly operation: 'Issue' | 'Renew' | 'Cancel';
  readonly entropy: Buffer;
  readonly keySize: number;
}

/** Issue, in the order and with the fields of the style's client. */
export function issueRequest(shape: Shape, options: TokenRequestOptions, runtime: Runtime): TokenRequest {
  return tokenRequest(shape, 'Issue', STYLES[shape.style].request, options, runtime);
}

/** Renew: WCF and Metro send entropy and a reference, CXF the whole SCT and no entropy. */
export function renewRequest(
  shape: Shape,
  token: ContextToken,
  options: TokenRequestOptions,
  runtime: Runtime,
): TokenRequest {
  const { renew, request } = STYLES[shape.style];
  if (renew === undefined) throw new Error(`${shape.style} never renews`);
  const fields = renew.entropy
    ? request
    : request.filter((field) => !['keySize', 'entropy', 'computedKey', 'keyType'].includes(field));
  const made = tokenRequest(shape, 'Renew', fields, options, runtime);
  made.element.children.push(target(shape, 'RenewTarget', token, renew.target, true, runtime));
  return renew.entropy ? made : { ...made, entropy: undefined };
}

export function cancelRequest(shape: Shape, token: ContextToken, runtime: Runtime): Element {
  const { cancel } = STYLES[shape.style];
  if (cancel === undefined) throw new Error(`${shape.style} never cancels`);
  const made = tokenRequest(shape, 'Cancel', ['requestType'], { appliesTo: '' }, runtime);
  made.element.children.push(target(shape, 'CancelTarget', token, cancel.target, cancel.valueType, runtime));
  return made.element;
}

function target(
  shape: Shape,
  name: 'RenewTarget' | 'CancelTarget',
  token: ContextToken,
  form: 'token' | 'reference',
  valueType: boolean,
  runtime: Runtime,
): Element {
  const message = bare(shape, runtime);
  const child = form === 'token' ? clone(token.element) : externalReference(message, token, valueType);
  return element(message.names.wst, name, {}, [child]);
}

function tokenRequest(
  shape: Shape,
  operation: Writing['operation'],
  fields: readonly RequestField[],
  options: TokenRequestOptions,
  runtime: Runtime,
): TokenRequest {
  const style = STYLES[shape.style];
  const suiteSize = algorithmsOf(shape.suite, style.sha256Macs).tokenLength * 8;
  const asked = options.keySize ?? (style.keySize === 'suite' ? suiteSize : style.keySize);
  const keySize = asked ?? suiteSize;
  const entropy = options.entropy ?? runtime.randomBytes(keySize / 8);
  const message = bare(shape, runtime);
  const writing: Writing = { message, options, runtime, operation, entropy, keySize };
  const context = style.context ? (options.context ?? `uuid-${runtime.randomUUID()}-1`) : options.context;
  const request = element(message.names.wst, 'RequestSecurityToken', { Context: context }, [
    ...fields.flatMap((field) => FIELDS[field](writing)),
  ]);
  return { element: request, entropy: fields.includes('entropy') ? entropy : undefined, keySize, context };
}

/** Gives names and Ids: the request itself is written into a message of its own later. */
function bare(shape: Shape, runtime: Runtime): Message {
  return createMessage(shape, { to: '', action: '', messageId: '' }, [], runtime);
}

function versionOf({ message }: Writing) {
  return VERSIONS[message.shape.version];
}

function child(writing: Writing, local: string, text: string): Element[] {
  return [element(writing.message.names.wst, local, {}, [text])];
}

const FIELDS: Readonly<Record<RequestField, (writing: Writing) => Element[]>> = {
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

/** WS-Policy's namespace as each client has it: WSE 2 2002/12, Rampart 2004/09, CXF 1.5 (samples/cxf). */
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

/** WSE 2 names the token that the request is based on; it stands in the header as `#User…`. */
function base({ message }: Writing): Element[] {
  const { wst, wsse } = message.names;
  const reference = element(wsse, 'Reference', {
    URI: `#${BASE_TOKEN_ID}`,
    ValueType: 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#UsernameToken',
  });
  return [element(wst, 'Base', {}, [element(wsse, 'SecurityTokenReference', {}, [reference])])];
}

/** wsu:Id of WSE 2's base token. */
export const BASE_TOKEN_ID = 'SecurityToken-base';
