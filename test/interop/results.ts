import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { projectPath } from '../farm/project.js';

/** One thing asked of one policy. */
export interface Check {
  /** Of the policy, and what was done with it if that was more than calls: `XDC`, `_XD Cancel`. */
  readonly name: string;
  readonly passed: boolean;
}

/** One run of a client, as a line of the results file. */
export interface Run {
  readonly client: string;
  /** Of WS-SecureConversation. */
  readonly version: string;
  readonly soap: string;
  readonly suite: string;
  /** Whose policies. */
  readonly policies: string;
  /** What was asked of each. */
  readonly run: string;
  readonly checks: readonly Check[];
}

/** A line a run, as JSON: what the last runs of the clients left. */
const RESULTS = process.env.INTEROP_RESULTS ?? projectPath('build', 'interop-results.jsonl');

export function appendRun(run: Run): void {
  appendFileSync(RESULTS, `${JSON.stringify(run)}\n`);
}

/** Oldest first; none if nothing has run yet. */
export function readRuns(): Run[] {
  if (!existsSync(RESULTS)) return [];
  const lines = readFileSync(RESULTS, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Run);
}

/** What a client prints for a check: `ok NAME`, or `FAILED NAME: why`. */
export function readCheck(line: string): Check | undefined {
  const found = /^(ok|FAILED) +([^:]+)/.exec(line);
  return found === null ? undefined : { name: found[2]!.trim(), passed: found[1] === 'ok' };
}
