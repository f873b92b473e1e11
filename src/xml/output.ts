import type { Tree } from './tree.js';

/**
 * Text that is being written, mostly slices of what was scanned: slices that follow each other there are taken as one,
 * which is what makes canonicalization cheap.
 */
export interface Output {
  readonly tree: Tree;
  /** Whether comments are written where the whole element is. */
  readonly comments: boolean;
  written: string;
  /** The slice not yet taken. */
  source: number;
  from: number;
  to: number;
}

export function createOutput(tree: Tree, comments = true): Output {
  return { tree, comments, written: '', source: 0, from: 0, to: 0 };
}

export function writeSlice(output: Output, source: number, from: number, to: number): void {
  if (output.to !== from || output.source !== source) {
    takeSlice(output);
    output.source = source;
    output.from = from;
  }
  output.to = to;
}

export function write(output: Output, text: string): void {
  takeSlice(output);
  output.written += text;
}

export function finish(output: Output): string {
  takeSlice(output);
  return output.written;
}

function takeSlice(output: Output): void {
  if (output.to === output.from) return;
  output.written += output.tree.sources[output.source]!.slice(output.from, output.to);
  output.from = output.to;
}
