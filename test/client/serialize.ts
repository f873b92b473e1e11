import { type Attribute, type Content, type Element, enter, isElement, type Scope } from './element.js';

/** The element as it goes over the wire: declarations and attributes in their order, empty elements in one tag. */
export function serialize(content: Content): string {
  if (typeof content === 'string') return escapeText(content);
  if (!isElement(content)) return content.raw;
  const name = qualified(content.prefix, content.local);
  let out = `<${name}`;
  for (const { prefix, namespace } of content.declarations) out += declaration(prefix, namespace);
  for (const attribute of content.attributes) out += written(attribute);
  if (content.children.length === 0) return `${out}/>`;
  out += '>';
  for (const child of content.children) out += serialize(child);
  return `${out}</${name}>`;
}

/**
 * Exclusive C14N 1.0 without comments, of the element as it will stand inside `scope`. Written for this client alone, so
 * that what the client signs does not depend on the canonicalizer that it tests.
 */
export function canonicalize(target: Element, scope: Scope, prefixList: readonly string[] = []): string {
  return canonical(target, scope, new Map(), prefixList);
}

function canonical(content: Content, scope: Scope, rendered: Scope, prefixList: readonly string[]): string {
  if (typeof content === 'string') return escapeText(content);
  if (!isElement(content)) return '';
  const inner = enter(scope, content);
  const name = qualified(content.prefix, content.local);
  let now = rendered;
  let out = `<${name}`;
  for (const prefix of visiblyUsed(content, prefixList)) {
    const namespace = inner.get(prefix) ?? '';
    if (prefix === 'xml' || namespace === (now.get(prefix) ?? '')) continue;
    if (now === rendered) now = new Map(rendered);
    (now as Map<string, string>).set(prefix, namespace);
    out += declaration(prefix, namespace);
  }
  const { attributes } = content;
  for (const attribute of attributes.length > 1 ? [...attributes].sort(byName) : attributes) out += written(attribute);
  out += '>';
  for (const child of content.children) out += canonical(child, inner, now, prefixList);
  return `${out}</${name}>`;
}

/** Prefixes of the element and its attributes, and those of the list, in their order. */
function visiblyUsed({ prefix, attributes }: Element, prefixList: readonly string[]): readonly string[] {
  const found = [prefix];
  const add = (one: string): void => {
    if (!found.includes(one)) found.push(one);
  };
  for (const attribute of attributes) if (attribute.prefix !== '') add(attribute.prefix);
  for (const listed of prefixList) add(listed === '#default' ? '' : listed);
  return found.length > 1 ? found.sort(byCodePoint) : found;
}

function byName(a: Attribute, b: Attribute): number {
  return byCodePoint(a.namespace, b.namespace) || byCodePoint(a.local, b.local);
}

/** Code units order as code points do below U+D800; no name that this client writes lies above. */
function byCodePoint(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function qualified(prefix: string, local: string): string {
  return prefix === '' ? local : `${prefix}:${local}`;
}

function declaration(prefix: string, namespace: string): string {
  return ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeAttribute(namespace)}"`;
}

function written({ prefix, local, value }: Attribute): string {
  return ` ${qualified(prefix, local)}="${escapeAttribute(value)}"`;
}

const TEXT = /[&<>\r]/g;
const VALUE = /[&<"\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

export function escapeText(text: string): string {
  return text.replace(TEXT, (character) => ESCAPES[character]!);
}

function escapeAttribute(text: string): string {
  return text.replace(VALUE, (character) => ESCAPES[character]!);
}
