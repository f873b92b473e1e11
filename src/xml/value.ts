import { dereference } from './references.js';
import { LITERAL, type Node, RAW, type Tree } from './tree.js';

/** Characters of a text or comment node, with ends of lines and references resolved (XML 1.0 §2.11, §4.4). */
export function nodeValue(tree: Tree, node: Node): string {
  const written = tree.sources[tree.source[node]!]!.slice(tree.start[node]!, tree.stop[node]!);
  const flags = tree.flags[node]!;
  if ((flags & RAW) !== 0) return written;
  const lines = written.replace(/\r\n?/g, '\n');
  return (flags & LITERAL) !== 0 ? lines : dereference(lines);
}
