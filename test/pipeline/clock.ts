import { type Runtime, systemRuntime } from '../../src/runtime.js';

/** A runtime whose clock can be put forward: clients and nodes of a test share it, so that a token ends without waiting. */
export interface Clock extends Runtime {
  /** @param milliseconds from now on every clock of the test shows so much more */
  pass(milliseconds: number): void;
}

export function createClock(): Clock {
  let passed = 0;
  return {
    ...systemRuntime,
    now: () => systemRuntime.now() + passed,
    pass: (milliseconds) => {
      passed += milliseconds;
    },
  };
}
