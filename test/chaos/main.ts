import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { onParentGone } from '../farm/parent.js';
import { startChaosFarm } from './farm.js';
import { FAULTS, type Fault } from './faults.js';
import { isGood, judge, type Outcome, table } from './report.js';
import type { Killing } from './scene.js';
import { startTraffic, type Traffic } from './traffic.js';

const USAGE = `npm run test:chaos -- [options]
  --only TEXT       faults with this in their name; default all
  --interval MS     from one message to the next, default 25
Three gateway processes behind HAProxy, 110 conversations kept busy, and one fault after the other. Needs Debian's
haproxy and faketime, and root for a disk of its own. Prints a table; exit status 1 if a conversation failed, a request
that no killed process had in its hands, or if a service was asked twice.`;

/** For every conversation to be answered after a fault. */
const PATIENCE = 20_000;
/** For every conversation to have been at every node. */
const WARMING = 60_000;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function chaos(faults: readonly Fault[], interval: number, ended: Promise<unknown>): Promise<boolean> {
  const farm = await startChaosFarm();
  let traffic: Traffic | undefined;
  let good = false;
  const checks: { readonly what: string; readonly holds: boolean }[] = [];
  try {
    const conversations = await farm.openConversations();
    print(`${conversations.length} conversations`);
    traffic = startTraffic(conversations, interval);
    const outcomes: Outcome[] = [];
    for (const fault of faults) {
      const first = traffic.sent.length;
      const killings: Killing[] = [];
      const from = performance.now();
      const check = (what: string, holds: boolean): void => void checks.push({ what: `${fault.name}: ${what}`, holds });
      const nodes = farm.places.map(({ name }) => name);
      const knownEverywhere = async () => (await traffic!.allAnswered(WARMING, nodes)).length === 0;
      const run = fault.run({ farm, conversations, killings, check, knownEverywhere });
      await Promise.race([run, ended.then(() => Promise.reject(new Error('ended by a signal')))]);
      const lost = (await traffic.allAnswered(PATIENCE)).length;
      const asked = farm.machines.flatMap((machine) => machine.asked);
      const seconds = (performance.now() - from) / 1000;
      const outcome = judge(fault.name, { sent: traffic.sent.slice(first), killings, asked, lost, seconds });
      outcomes.push(outcome);
      print(`${isGood(outcome) ? 'ok' : 'FAILED'} ${fault.name}`);
      for (const { text, node, failure } of outcome.failed.slice(0, 10)) print(`  ${text} at ${node}: ${failure}`);
    }
    print(table(outcomes));
    for (const { what } of checks.filter(({ holds }) => !holds)) print(`FAILED ${what}`);
    const verdicts = [...outcomes.map(isGood), ...checks.map(({ holds }) => holds)];
    const passed = verdicts.filter(Boolean).length;
    print(`${passed} passed, ${verdicts.length - passed} failed`);
    good = passed === verdicts.length && passed > 0;
    return good;
  } finally {
    await traffic?.stop();
    await farm.stop(!good);
    if (!good) print(`logs: ${farm.logs}`);
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string', default: '' },
      interval: { type: 'string', default: '25' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    print(USAGE);
    return 0;
  }
  const interval = Number(values.interval);
  if (!(interval >= 1)) throw new TypeError('--interval must be a number from 1 on');
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
    onParentGone(resolve);
  });
  const faults = FAULTS.filter(({ name }) => name.includes(values.only));
  return (await chaos(faults, interval, ended)) ? 0 : 1;
}

// whoever read our lines may have gone
process.stdout.on('error', () => {});
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
// a service's kept connection does not keep us
await wait(0);
