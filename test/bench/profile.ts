import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of a V8 CPU profile (`node --cpu-prof`), what is read here. Times are microseconds. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly name: string;
  /** Microseconds. */
  readonly time: number;
  /** Of all the time in which the process was not idle. */
  readonly share: number;
}

export interface ProfileSummary {
  /** Self time by room of src/, package, module of Node, `gc`; most first. */
  readonly rooms: readonly SelfTime[];
  /** Self time by function, `name file:line`; most first. */
  readonly functions: readonly SelfTime[];
}

/** All profiles of a folder together. @throws Error if there is none */
export function summarizeProfiles(directory: string): ProfileSummary {
  const files = readdirSync(directory).filter((name) => name.endsWith('.cpuprofile'));
  if (files.length === 0) throw new Error(`${directory} holds no .cpuprofile`);
  return summarize(files.map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')) as Profile));
}

export function summarize(profiles: readonly Profile[]): ProfileSummary {
  const rooms = new Map<string, number>();
  const functions = new Map<string, number>();
  let total = 0;
  for (const { nodes, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    for (const [index, id] of samples.entries()) {
      const frame = frames.get(id);
      const time = timeDeltas[index] ?? 0;
      if (frame === undefined || frame.functionName === '(idle)') continue;
      total += time;
      add(rooms, roomOf(frame.functionName, frame.url), time);
      add(functions, `${frame.functionName || '(anonymous)'} ${placeOf(frame.url)}:${frame.lineNumber + 1}`, time);
    }
  }
  return { rooms: ranking(rooms, total), functions: ranking(functions, total) };
}

const META: Readonly<Record<string, string>> = {
  '(garbage collector)': 'gc',
  '(program)': 'native code and system calls',
  '(root)': 'native code and system calls',
};

function roomOf(functionName: string, url: string): string {
  const meta = META[functionName];
  if (meta !== undefined) return meta;
  // node:internal/crypto/hash and node:crypto are one module to whoever asks where time went
  const [, builtin] = /^node:(?:internal\/)?_?([a-z]+)/.exec(url) ?? [];
  if (builtin !== undefined) return `node ${builtin}`;
  const [, module] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (module !== undefined) return module;
  const [, room] = /\/dist\/([^/]+?)(?:\.js)?(?:\/|$)/.exec(url) ?? [];
  return room ?? 'native code and system calls';
}

function placeOf(url: string): string {
  return url.replace(/^.*\/(?:dist|node_modules)\//, '') || 'native';
}

function add(sums: Map<string, number>, name: string, time: number): void {
  sums.set(name, (sums.get(name) ?? 0) + time);
}

function ranking(sums: ReadonlyMap<string, number>, total: number): SelfTime[] {
  return [...sums].map(([name, time]) => ({ name, time, share: time / total })).sort((a, b) => b.time - a.time);
}
