import type { Element } from './element.js';

/**
 * A received document, behind whichever parser and canonicalizer reads it: `dom-document.ts` (xmldom and xml-crypto, the
 * independent judge) or `fast-document.ts` (the gateway's own scanner). `N` is the engine's node.
 */
export interface ReceivedDocument<N = unknown> {
  readonly root: N;
  name(node: N): { readonly namespace: string; readonly local: string };
  parent(node: N): N | undefined;
  /** Child elements. */
  elements(node: N): readonly N[];
  text(node: N): string;
  attribute(node: N, namespace: string, local: string): string | undefined;
  /** What a prefix stands for at the element. */
  lookup(node: N, prefix: string): string | undefined;
  /** Exclusive C14N 1.0 without comments. */
  canonicalize(node: N, prefixList: readonly string[]): string;
  /** Puts decrypted octets in the element's place; returns the elements that stand there now. */
  replace(node: N, octets: Buffer): readonly N[];
  /** The element's content as text, as it was received or decrypted. */
  inner(node: N): string;
  /** The element as a tree of the client's own, with the namespaces that it uses. */
  copy(node: N): Element;
}

/** Why the client does not believe an answer; `rule` is stable, for tests. */
export class AnswerError extends Error {
  readonly rule: string;
  constructor(rule: string, message: string) {
    super(`${rule}: ${message}`);
    this.name = 'AnswerError';
    this.rule = rule;
  }
}

export function demand(condition: boolean, rule: string, message: string): asserts condition {
  if (!condition) throw new AnswerError(rule, message);
}

/** The only child of that name. */
export function only<N>(document: ReceivedDocument<N>, node: N, namespace: string, local: string): N {
  const found = document.elements(node).filter((child) => {
    const name = document.name(child);
    return name.namespace === namespace && name.local === local;
  });
  demand(found.length === 1, 'structure', `${found.length} ${local} in ${document.name(node).local}`);
  return found[0]!;
}
