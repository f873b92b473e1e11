import type { Killing } from './scene.js';
import type { Sent } from './traffic.js';

/** What one fault did to the traffic. */
export interface Outcome {
  readonly fault: string;
  readonly sent: number;
  /** Not answered because the process that had them in its hands was killed. */
  readonly inFlight: number;
  /** Not answered, without such a reason: there must be none. */
  readonly failed: readonly Sent[];
  /** Texts that services were asked with more than once. */
  readonly duplicated: readonly string[];
  /** Conversations that did not go on. */
  readonly lost: number;
  readonly seconds: number;
}

/** @param asked every text that any service was asked with so far */
export function judge(
  fault: string,
  {
    sent,
    killings,
    asked,
    lost,
    seconds,
  }: {
    readonly sent: readonly Sent[];
    readonly killings: readonly Killing[];
    readonly asked: readonly string[];
    readonly lost: number;
    readonly seconds: number;
  },
): Outcome {
  const failures = sent.filter(({ failure }) => failure !== undefined);
  const failed = failures.filter((one) => !killings.some((killing) => wasInFlight(one, killing)));
  const texts = new Set(sent.map(({ text }) => text));
  const seen = new Set<string>();
  const duplicated = asked.filter((text) => texts.has(text) && (seen.has(text) || !seen.add(text)));
  return { fault, sent: sent.length, inFlight: failures.length - failed.length, failed, duplicated, lost, seconds };
}

/** HAProxy ends a kept connection without a word when the node behind it dies; then nobody has said which it was. */
function wasInFlight({ node, began, ended }: Sent, killing: Killing): boolean {
  const there = killing.node === undefined || node === '' || killing.node === node;
  return there && began <= killing.until && ended >= killing.from;
}

export function isGood({ failed, duplicated, lost, sent }: Outcome): boolean {
  return sent > 0 && failed.length === 0 && duplicated.length === 0 && lost === 0;
}

const COLUMNS = ['fault', 'sent', 'failed, in flight', 'failed', 'duplicated', 'conversations lost', 'seconds'];

/** Lines that begin with `# `, which .ci/run shows. */
export function table(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ fault, sent, inFlight, failed, duplicated, lost, seconds }) => [
    fault,
    ...[sent, inFlight, failed.length, duplicated.length, lost, Math.round(seconds)].map(String),
  ]);
  const widths = COLUMNS.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)));
  const line = (cells: readonly string[]): string =>
    `# | ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join(' | ')} |`;
  const rule = `# |${widths.map((width, at) => (at === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(COLUMNS), rule, ...rows.map(line)].join('\n');
}
