import { escapeAttribute } from './escape.js';
import { namespaceForPrefix } from './read.js';
import { type MutableTree, NONE, type Node, SORTED, TIDY, type Tree, VERBATIM } from './tree.js';
import { nameId, namespaceId, prefixId, UNBOUND, XML_NAMESPACE } from './vocabulary.js';

/**
 * Sets an attribute, or adds it as the element's last. Its prefix is the preferred one, declared on the element unless
 * it is in scope with the namespace; where it means something else there, another.
 *
 * @param preferredPrefix an NCName; of no account for an attribute without a namespace
 * @param namespace '' for none
 * @param local an NCName
 * @param value characters of XML 1.0
 */
export function setAttribute(
  tree: Tree,
  node: Node,
  preferredPrefix: string,
  namespace: string,
  local: string,
  value: string,
): void {
  const edited = tree as MutableTree;
  edited.flags[node]! &= ~(VERBATIM | TIDY | SORTED);
  const plain = escapeAttribute(value) === value ? 1 : 0;
  for (let i = tree.attributeFirst[node]!; i < tree.attributeEnd[node]!; i++) {
    if (tree.attributeLocal[i] !== local || tree.attributeNamespace[i] !== namespace) continue;
    edited.attributeValue[i] = value;
    edited.attributePlain[i] = plain;
    return;
  }
  const prefix = prefixFor(edited, node, preferredPrefix, namespace);
  const name = prefix === '' ? local : `${prefix}:${local}`;
  moveAttributes(edited, node);
  edited.attributeOwner.push(node);
  edited.attributeName.push(nameId(tree.vocabulary, name, 0, name.length));
  edited.attributeNamespace.push(namespace);
  edited.attributeNamespaceId.push(namespaceId(tree.vocabulary, namespace));
  edited.attributeLocal.push(local);
  edited.attributeValue.push(value);
  edited.attributePlain.push(plain);
  edited.attributeEnd[node] = ++edited.attributeCount;
}

/** A prefix that means `namespace` on `node`, declared there if need be. */
function prefixFor(tree: MutableTree, node: Node, preferred: string, namespace: string): string {
  if (namespace === '') return '';
  if (namespace === XML_NAMESPACE) return 'xml';
  for (let suffix = 0; ; suffix++) {
    const prefix = suffix === 0 ? preferred : `${preferred}${suffix}`;
    const known = namespaceForPrefix(tree, node, prefix);
    if (known === namespace) return prefix;
    if (known !== undefined) continue;
    addDeclaration(tree, node, prefix, namespace);
    return prefix;
  }
}

function addDeclaration(tree: MutableTree, node: Node, prefix: string, namespace: string): void {
  const { vocabulary, declarationPrefix, declarationNamespace, declarationOuter } = tree;
  const begin = declarationPrefix.length;
  for (let i = tree.declarationFirst[node]!; i < tree.declarationEnd[node]!; i++) {
    declarationPrefix.push(declarationPrefix[i]!);
    declarationNamespace.push(declarationNamespace[i]!);
    declarationOuter.push(declarationOuter[i]!);
  }
  // As a declaration is scanned: the name takes in the prefix.
  const name = `xmlns:${prefix}`;
  nameId(vocabulary, name, 0, name.length);
  declarationPrefix.push(prefixId(vocabulary, prefix));
  declarationNamespace.push(namespaceId(vocabulary, namespace));
  declarationOuter.push(UNBOUND);
  tree.declarationFirst[node] = begin;
  tree.declarationEnd[node] = declarationPrefix.length;
  tree.declared++;
}

/** Moves the attributes of an element to the end of their columns, where one more has room. */
function moveAttributes(tree: MutableTree, node: Node): void {
  const begin = tree.attributeCount;
  for (let i = tree.attributeFirst[node]!; i < tree.attributeEnd[node]!; i++) {
    tree.attributeOwner.push(node);
    tree.attributeName.push(tree.attributeName[i]!);
    tree.attributeNamespace.push(tree.attributeNamespace[i]!);
    tree.attributeNamespaceId.push(tree.attributeNamespaceId[i]!);
    tree.attributeLocal.push(tree.attributeLocal[i]!);
    tree.attributeValue.push(tree.attributeValue[i]!);
    tree.attributePlain.push(tree.attributePlain[i]!);
    tree.attributeCount++;
    // What reads the columns by index finds nothing in the old place.
    tree.attributeOwner[i] = NONE;
    tree.attributeLocal[i] = '';
  }
  tree.attributeFirst[node] = begin;
}
