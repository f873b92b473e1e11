import { FIRST, KNOWN, PROXY, type Settings } from './contestants.js';
import type { ProfileSummary } from './profile.js';
import type { Result } from './rounds.js';
import { table } from './table.js';

/** Octets of a request. */
export interface Sizes {
  readonly plain: number;
  readonly secured: number;
}

/** The results as a table, each held against the proxy's. */
export function report(results: readonly Result[], { plain, secured }: Sizes, { concurrency }: Settings): string {
  const cpuOf = (name: string): number => results.find((result) => result.name === name)?.cpu ?? Number.NaN;
  const rows = results.map(({ name, cpu, spread, wall, calls }) => [
    name,
    cpu.toFixed(0),
    `${(cpu / cpuOf(PROXY)).toFixed(2)} ×`,
    spread.toFixed(0),
    wall.toFixed(0),
    String(calls),
  ]);
  return `
Derived keys, signed and encrypted, signature encrypted, Basic256, WS-SecureConversation 1.3.
Requests of ${plain} octets plain, ${secured} secured; ${concurrency} at once; Node ${process.version}.
CPU: user and system time of the process in question, median of rounds in turn; the gateway logs each request.

${table(['one round trip', 'CPU µs', 'to http-proxy', 'IQR', 'wall µs', 'calls'], rows)}

The first message of a conversation costs ${(cpuOf(FIRST) / cpuOf(KNOWN)).toFixed(2)} × a later one.`;
}

/** Where the gateway's time went: self time by room and by function. */
export function profileReport({ rooms, functions }: ProfileSummary): string {
  const rows = (times: ProfileSummary['rooms'], most: number): string[][] =>
    times.slice(0, most).map(({ name, share }) => [name, `${(share * 100).toFixed(1)} %`]);
  return `
Self time of the gateway that served messages, by room:

${table(['room', 'share'], rows(rooms, 15))}

… and by function:

${table(['function', 'share'], rows(functions, 25))}`;
}
