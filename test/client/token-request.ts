import type { Runtime } from '../../src/runtime.js';
import { clone, type Element, element } from './element.js';
import { createMessage, type Message } from './message.js';
import { WSU } from './names.js';
import type { Party } from './party.js';
import { externalReference } from './references.js';
import type { Shape } from './shape.js';
import { type RequestField, STYLES } from './styles/index.js';
import { algorithmsOf } from './suites.js';
import type { ContextToken } from './token.js';
import { FIELDS, type Writing } from './token-request-fields.js';

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
  /** wsu:Id and kind of the token that WSE 2's Base names. */
  readonly base?: { readonly id: string; readonly valueType: string } | undefined;
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
  const child =
    form === 'token' ? withoutId(shape, clone(token.element)) : externalReference(message, token, valueType);
  return element(message.names.wst, name, {}, [child]);
}

/** Where the same token also stands in the header, its copy in the Body cannot bear its Id as well. */
function withoutId(shape: Shape, token: Element): Element {
  if (STYLES[shape.style].cancel?.under !== 'conversation') return token;
  return {
    ...token,
    attributes: token.attributes.filter(({ namespace, local }) => namespace !== WSU || local !== 'Id'),
  };
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
  const asked = options.keySize ?? askedBits(shape, suiteSize);
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

/** Metro asks for the suite's size in a symmetric bootstrap, and else for 256 bits whatever the suite (wire-facts §3.7). */
function askedBits(shape: Shape, suiteSize: number): number | undefined {
  const { keySize } = STYLES[shape.style];
  if (keySize === 'suite') return suiteSize;
  return keySize === 'suite-if-symmetric' ? (shape.bootstrap.kind === 'symmetric' ? suiteSize : 256) : keySize;
}
