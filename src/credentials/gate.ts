import { GatewayError } from '../errors.js';

/** Lets so many pieces of work run at once, and so many more wait, in their order. */
export interface Gate {
  /** @throws GatewayError `auth.unavailable` if as many wait as may */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function createGate(concurrency: number, queue: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;
  const leave = (): void => {
    const next = waiting.shift();
    // The place is handed on, not given back: one who comes now must not overtake.
    if (next === undefined) running--;
    else next();
  };
  return {
    run: async (work) => {
      if (running < concurrency) running++;
      else if (waiting.length < queue) await new Promise<void>((resolve) => waiting.push(resolve));
      else throw new GatewayError('auth.unavailable', 'too many passwords are being proven', { concurrency, queue });
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
