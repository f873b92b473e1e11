import { escapeAttribute } from './escape.js';
import { namespaceId } from './namespace-names.js';
import { namespaceForPrefix } from './read.js';
import { addAttribute, type MutableTree, NONE, type Node, SORTED, TIDY, type Tree, VERBATIM } from './tree.js';
import { nameOf, prefixId, UNBOUND, XML_NAMESPACE } from './vocabulary.js';

/**
 * Sets an attribute, or adds it as the element's last. Its prefix is the preferred one, declared on the element unless
 * it is in scope with the namespace; where it means something else there, another. The tree as received has it too.
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
  const record = edited.nodes[node]!;
  record.flags &= ~(VERBATIM | TIDY | SORTED);
  const plain = escapeAttribute(value) === value ? 1 : 0;
  for (let i = record.attributeFirst; i < record.attributeEnd; i++) {
    if (tree.attributeLocal[i] !== local || tree.attributeNamespace[i] !== namespace) continue;
    edited.attributeValue[i] = value;
    edited.attributePlain[i] = plain;
    return;
  }
  const prefix = prefixFor(edited, node, preferredPrefix, namespace);
  const name = prefix === '' ? local : `${prefix}:${local}`;
  moveAttributes(edited, node);
  const added = edited.attributeCount;
  addAttribute(edited, node, nameOf(tree.vocabulary, name), value, plain);
  edited.attributeNamespace[added] = namespace;
  edited.attributeNamespaceId[added] = namespaceId(tree.vocabulary, namespace, 0);
  record.attributeEnd = edited.attributeCount;
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
  const record = tree.nodes[node]!;
  const begin = declarationPrefix.length;
  for (let i = record.declarationFirst; i < record.declarationEnd; i++) {
    declarationPrefix.push(declarationPrefix[i]!);
    declarationNamespace.push(declarationNamespace[i]!);
    declarationOuter.push(declarationOuter[i]!);
  }
  declarationPrefix.push(prefixId(vocabulary, prefix));
  declarationNamespace.push(namespaceId(vocabulary, namespace, 0));
  declarationOuter.push(UNBOUND);
  record.declarationFirst = begin;
  record.declarationEnd = declarationPrefix.length;
  tree.declared++;
}

/** Moves the attributes of an element to the end of their columns, where one more has room. */
function moveAttributes(tree: MutableTree, node: Node): void {
  const record = tree.nodes[node]!;
  const begin = tree.attributeCount;
  for (let i = record.attributeFirst; i < record.attributeEnd; i++) {
    const moved = tree.attributeCount;
    addAttribute(tree, node, tree.attributeName[i]!, tree.attributeValue[i]!, tree.attributePlain[i]!);
    tree.attributeNamespace[moved] = tree.attributeNamespace[i]!;
    tree.attributeNamespaceId[moved] = tree.attributeNamespaceId[i]!;
    // What reads the columns by index finds nothing in the old place.
    tree.attributeOwner[i] = NONE;
    tree.attributeLocal[i] = '';
  }
  record.attributeFirst = begin;
}
