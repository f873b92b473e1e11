const MAX_FLOW = 64;
const MAX_INDENT = 256;
const INDENT = /^[ \t?-]*/;

/**
 * True if collections stand in each other deeper than any configuration needs: the YAML parser recurses, and V8 ends
 * the whole process where its stack ends in the middle of compiling a pattern. Brackets in texts count too, so this
 * can only err for texts that open dozens and close none.
 */
export function nestsTooDeeply(text: string): boolean {
  let depth = 0;
  for (const line of text.split('\n')) {
    if ((INDENT.exec(line)?.[0].length ?? 0) > MAX_INDENT) return true;
    for (const bracket of line.matchAll(/[[{]|[\]}]/g)) {
      depth = Math.max(0, depth + (bracket[0] === '[' || bracket[0] === '{' ? 1 : -1));
      if (depth > MAX_FLOW) return true;
    }
  }
  return false;
}
