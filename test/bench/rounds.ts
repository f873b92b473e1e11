import { cpuTime } from './cpu.js';

/** What is measured: one call, and the process whose CPU time it costs. */
export interface Contestant {
  readonly name: string;
  readonly pid: number;
  /** Calls of one round. */
  readonly calls: number;
  /** What a round needs before its clock starts. */
  readonly prepare?: () => Promise<void>;
  readonly call: () => Promise<void>;
}

export interface Result {
  readonly name: string;
  /** CPU time of one call in microseconds: median of the rounds, and the span of the middle half of them. */
  readonly cpu: number;
  readonly spread: number;
  /** From one call to the next in microseconds, wall clock, median: how loaded the machine was. */
  readonly wall: number;
  readonly calls: number;
}

/**
 * One round of each in turn (A B C A B C …), so that what slows the machine for a while slows them all, after as many
 * rounds that only warm up.
 *
 * @param concurrency calls in work at once
 */
export async function compare(
  contestants: readonly Contestant[],
  rounds: number,
  warmUp: number,
  concurrency: number,
): Promise<Result[]> {
  const samples = new Map(contestants.map(({ name }) => [name, [] as { cpu: number; wall: number }[]]));
  for (let round = 0; round < warmUp + rounds; round++) {
    for (const contestant of contestants) {
      await contestant.prepare?.();
      const sample = await measure(contestant, concurrency);
      if (round >= warmUp) samples.get(contestant.name)?.push(sample);
    }
  }
  return contestants.map(({ name, calls }) => {
    const taken = samples.get(name) ?? [];
    const cpu = taken.map((sample) => sample.cpu);
    return {
      name,
      cpu: quantile(cpu, 0.5),
      spread: quantile(cpu, 0.75) - quantile(cpu, 0.25),
      wall: quantile(
        taken.map((sample) => sample.wall),
        0.5,
      ),
      calls: calls * rounds,
    };
  });
}

async function measure({ pid, calls, call }: Contestant, concurrency: number): Promise<{ cpu: number; wall: number }> {
  const cpu = cpuTime(pid);
  const started = process.hrtime.bigint();
  await drive(calls, concurrency, call);
  return {
    cpu: (cpuTime(pid) - cpu) / calls,
    wall: Number(process.hrtime.bigint() - started) / 1000 / calls,
  };
}

/** @throws what the first call that fails throws; those in work end first */
export async function drive(calls: number, concurrency: number, call: () => Promise<void>): Promise<void> {
  let left = calls;
  const line = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, line));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Linear between the two nearest; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}
