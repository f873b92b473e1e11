import { dereference } from './references.js';
import { LITERAL, type Node, RAW, type Tree } from './tree.js';

/** Characters of a text or comment node, with ends of lines and references resolved (XML 1.0 §2.11, §4.4). */
export function nodeValue(tree: Tree, node: Node): string {
  const { source, start, stop, flags } = tree.nodes[node]!;
  const written = tree.sources[source]!.slice(start, stop);
  if ((flags & RAW) !== 0) return written;
  const lines = written.replace(/\r\n?/g, '\n');
  return (flags & LITERAL) !== 0 ? lines : dereference(lines);
}
