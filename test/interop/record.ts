import { appendFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { type Check, INTEROP_RESULTS, type Run } from './results.js';

/**
 * Reads what a client printed, a line a check (`ok NAME`, or `FAILED NAME: why`), and appends the run to the results.
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
  const checks = (await text(process.stdin)).split('\n').flatMap(readCheck);
  const run = { ...values, checks } as unknown as Run;
  appendFileSync(INTEROP_RESULTS, `${JSON.stringify(run)}\n`);
}

function readCheck(line: string): Check[] {
  const found = /^(ok|FAILED) +([^:]+)/.exec(line);
  return found === null ? [] : [{ name: found[2]!.trim(), passed: found[1] === 'ok' }];
}

await record(process.argv.slice(2));
