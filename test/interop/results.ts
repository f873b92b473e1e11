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
export const INTEROP_RESULTS = process.env.INTEROP_RESULTS ?? projectPath('build', 'interop-results.jsonl');
