import { KeyObject } from 'node:crypto';
import { GatewayError } from '../errors.js';

/** Characters of a logged string beyond this are cut (security.md T13). */
export const FIELD_LIMIT = 256;
const DEPTH_LIMIT = 4;
const ITEM_LIMIT = 32;

/**
 * What a terminal or a log viewer would obey instead of show: C0, DEL and C1 controls, U+2028/2029, zero-width and
 * bidirectional controls (CVE-2021-42574), lone surrogates. They are written as `\u{hex}`, so a line stays a line.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the log
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Cs}/gu;

/** Most fields are plain ASCII; this test is cheaper than the replacement. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Keys whose values never stand in a log, wherever they occur. */
const SECRET_KEYS =
  /^(?:authorization|proxy-authorization|(?:set-)?cookies?|passwords?|passphrase|secrets?|nonce|entropy|keys?|private[-_]?key|tokens?|jwt|assertion)$/i;

function escapeUnsafe(character: string): string {
  return `\\u{${character.charCodeAt(0).toString(16)}}`;
}

/** A string as it may stand in the log: cut to {@link FIELD_LIMIT} characters, then controls escaped. */
export function safeText(text: string): string {
  const cut = text.length > FIELD_LIMIT ? `${text.slice(0, FIELD_LIMIT)}…` : text;
  return PLAIN.test(cut) ? cut : cut.replace(UNSAFE, escapeUnsafe);
}

function safeError(error: Error, depth: number): Record<string, unknown> {
  const fields: Record<string, unknown> = { name: error.name, message: safeText(error.message) };
  if (error instanceof GatewayError) {
    fields.code = error.code;
    fields.details = safeValue(error.details, depth + 1);
  } else {
    const code: unknown = Reflect.get(error, 'code');
    if (typeof code === 'string') fields.code = safeText(code);
    // our own frames name files and lines, never values
    fields.stack = (error.stack ?? '')
      .split('\n')
      .filter((line) => line.startsWith('    at '))
      .slice(0, 12)
      .map((line) => safeText(line.trim()));
  }
  if (error.cause !== undefined) fields.cause = safeValue(error.cause, depth + 1);
  return fields;
}

function safeObject(value: object, depth: number): unknown {
  if (value instanceof Uint8Array || value instanceof KeyObject) return '[secret]';
  if (depth >= DEPTH_LIMIT) return '[deep]';
  if (value instanceof Error) return safeError(value, depth);
  const json: unknown = Reflect.get(value, 'toJSON');
  if (typeof json === 'function') return safeValue(Reflect.apply(json, value, []), depth + 1);
  if (Array.isArray(value) || value instanceof Set) {
    return Array.from(value)
      .slice(0, ITEM_LIMIT)
      .map((item) => safeValue(item, depth + 1));
  }
  const entries =
    value instanceof Map ? Array.from(value, ([key, item]) => [String(key), item]) : Object.entries(value);
  return safeFields(Object.fromEntries(entries.slice(0, ITEM_LIMIT)), depth + 1);
}

function safeValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return safeText(value);
    case 'number':
    case 'boolean':
    case 'undefined':
      return value;
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? null : safeObject(value, depth);
    default:
      return `[${typeof value}]`;
  }
}

/**
 * The fields of a log line, made harmless: strings by {@link safeText}, octets and keys as `[secret]` (so do the
 * values of keys that name a secret), errors as code, message and details, everything bounded in depth and number.
 */
export function safeFields(fields: Readonly<Record<string, unknown>>, depth = 0): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value === undefined) continue;
    // `__proto__` as a name of a claim or detail must not become the line's prototype
    const name = key === '__proto__' ? '[__proto__]' : safeText(key);
    safe[name] = SECRET_KEYS.test(key) && typeof value !== 'boolean' ? '[secret]' : safeValue(value, depth);
  }
  return safe;
}
