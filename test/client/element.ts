/** A prefix and what it stands for; the prefix `''` is the default namespace. */
export interface Prefixed {
  readonly prefix: string;
  readonly namespace: string;
}

export interface Attribute {
  prefix: string;
  namespace: string;
  local: string;
  value: string;
}

/** Text that is written as it stands, where it could not be said otherwise: comments, CDATA, a reference, a DTD. */
export interface Raw {
  readonly raw: string;
}

export type Content = Element | Raw | string;

/** An element under construction. Everything may be changed until it is written: that is how messages are broken on purpose. */
export interface Element {
  prefix: string;
  namespace: string;
  local: string;
  /** Declarations that stand on this element, in the order of writing. */
  declarations: Prefixed[];
  attributes: Attribute[];
  children: Content[];
}

/** Namespaces in scope, by prefix. */
export type Scope = ReadonlyMap<string, string>;

export const NO_SCOPE: Scope = new Map();

/** An element; attributes of no namespace are given by name, `undefined` ones are left out. */
export function element(
  name: Prefixed,
  local: string,
  attributes: Readonly<Record<string, string | undefined>> = {},
  children: readonly Content[] = [],
): Element {
  return {
    prefix: name.prefix,
    namespace: name.namespace,
    local,
    declarations: [],
    attributes: Object.entries(attributes).flatMap(([local, value]) =>
      value === undefined ? [] : [{ prefix: '', namespace: '', local, value }],
    ),
    children: [...children],
  };
}

/** Sets an attribute; returns the element. */
export function withAttribute(target: Element, name: Prefixed, local: string, value: string): Element {
  const held = target.attributes.find((one) => one.namespace === name.namespace && one.local === local);
  if (held !== undefined) held.value = value;
  else target.attributes.push({ prefix: name.prefix, namespace: name.namespace, local, value });
  return target;
}

export function attributeOf(target: Element, namespace: string, local: string): string | undefined {
  return target.attributes.find((one) => one.namespace === namespace && one.local === local)?.value;
}

export function isElement(content: Content): content is Element {
  return typeof content === 'object' && 'local' in content;
}

/** The child elements, all or those of one local name. */
export function childrenOf(target: Element, local?: string): Element[] {
  return target.children.filter(
    (child): child is Element => isElement(child) && (local ?? child.local) === child.local,
  );
}

/** The first descendant of that local name, the element itself included; throws where there is none. */
export function find(target: Element, local: string): Element {
  const found = seek(target, local);
  if (found === undefined) throw new Error(`no ${local} in ${target.local}`);
  return found;
}

function seek(target: Element, local: string): Element | undefined {
  if (target.local === local) return target;
  for (const child of childrenOf(target)) {
    const found = seek(child, local);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function textOf(target: Element): string {
  return target.children
    .map((child) => (typeof child === 'string' ? child : isElement(child) ? textOf(child) : ''))
    .join('');
}

/** A copy that shares nothing. */
export function clone(target: Element): Element {
  return {
    ...target,
    declarations: [...target.declarations],
    attributes: target.attributes.map((attribute) => ({ ...attribute })),
    children: target.children.map((child) => (isElement(child) ? clone(child) : child)),
  };
}

/** The scope inside an element. */
export function enter(scope: Scope, target: Element): Scope {
  if (target.declarations.length === 0) return scope;
  const inner = new Map(scope);
  for (const { prefix, namespace } of target.declarations) inner.set(prefix, namespace);
  return inner;
}

/** Adds the declarations that are missing under `scope`, each on the outermost element that needs it; returns the element. */
export function declare(target: Element, scope: Scope): Element {
  let inner = enter(scope, target);
  // An attribute without a prefix has no namespace and needs no declaration.
  for (const { prefix, namespace } of [target, ...target.attributes.filter((one) => one.prefix !== '')]) {
    if (prefix === 'xml' || (inner.get(prefix) ?? '') === namespace) continue;
    target.declarations.push({ prefix, namespace });
    inner = enter(scope, target);
  }
  for (const child of target.children) if (isElement(child)) declare(child, inner);
  return target;
}
