import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { appendRun, type Run, readCheck } from './results.js';

/**
 * Reads what a client printed, and appends the run to the results.
 *
 * @throws TypeError for what is no option, or a missing one
 */
async function record(argv: readonly string[]): Promise<void> {
  const options = ['client', 'version', 'soap', 'suite', 'policies', 'run'] as const;
  const { values } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(options.map((name) => [name, { type: 'string' as const }])),
  });
  const missing = options.find((name) => typeof values[name] !== 'string');
  if (missing !== undefined) throw new TypeError(`--${missing} is missing`);
  const lines = (await text(process.stdin)).split('\n');
  const checks = lines.map(readCheck).filter((check) => check !== undefined);
  appendRun({ ...values, checks } as unknown as Run);
}

await record(process.argv.slice(2));
