import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { onParentGone } from '../farm/parent.js';
import { envelope, pingRequest } from '../upstream/index.js';
import { messages, proxied, requests, type Settings } from './contestants.js';
import { startEnvironment } from './environment.js';
import { plainClient } from './plain-client.js';
import { summarizeProfiles } from './profile.js';
import { profileReport, report } from './report.js';
import { compare } from './rounds.js';
import { securedClient } from './secured.js';

const USAGE = `npm run bench -- [options]
  --rounds N        that count, of each; default 9
  --calls N         of a round; default 400
  --concurrency N   calls in work at once; default 8
  --cpu-prof        also says where the gateway's time went (the numbers are then those of a profiled process)
  --quick           few and small rounds, to see that all works`;

const WARM_UP = 3;
/** With it the Body is 2 KiB. */
const TEXT = 'x'.repeat(1824);

/** Everything is measured in one run, because times of two runs on one machine are not comparable. */
async function bench(settings: Settings, profiles: string | undefined): Promise<string> {
  const environment = await startEnvironment(profiles);
  try {
    const { concurrency } = settings;
    const secured = securedClient(environment, TEXT, concurrency);
    const body = Buffer.from(envelope('1.2', pingRequest(TEXT)));
    const headers = { 'Content-Type': 'application/soap+xml; charset=utf-8' };
    const plain = plainClient(new URL('/anonymous', environment.proxy.origin), headers, body, concurrency);
    const contestants = [
      proxied(environment, plain, settings),
      ...(await messages(environment, secured, settings)),
      ...requests(environment, secured, settings),
    ];
    const results = await compare(contestants, settings.rounds, WARM_UP, concurrency);
    const size = await secured.size(await secured.open('wcf', 'anonymous'));
    plain.close();
    await secured.close();
    return report(results, { plain: body.length, secured: size }, settings);
  } finally {
    await environment.stop();
  }
}

/** @throws TypeError for what is no option, or no value of it */
function readSettings(argv: readonly string[]): Settings & { readonly profile: boolean } {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rounds: { type: 'string' },
      calls: { type: 'string' },
      concurrency: { type: 'string', default: '8' },
      'cpu-prof': { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
    },
  });
  const count = (text: string, most: number): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > most) throw new TypeError(`${text} must be 1 to ${most}`);
    return value;
  };
  return {
    rounds: count(values.rounds ?? (values.quick ? '3' : '9'), 100),
    calls: count(values.calls ?? (values.quick ? '80' : '400'), 10_000),
    concurrency: count(values.concurrency, 64),
    profile: values['cpu-prof'],
  };
}

async function main(argv: readonly string[]): Promise<number> {
  let settings: ReturnType<typeof readSettings>;
  try {
    settings = readSettings(argv);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  const profiles = settings.profile ? mkdtempSync(join(tmpdir(), 'sct-gateway-profile-')) : undefined;
  try {
    process.stdout.write(`${await bench(settings, profiles)}\n`);
    if (profiles !== undefined) process.stdout.write(`${profileReport(summarizeProfiles(profiles))}\n`);
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  } finally {
    if (profiles !== undefined) rmSync(profiles, { recursive: true });
  }
}

// what it has started ends with it, whatever ends it
onParentGone(() => process.exit(1));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
process.exitCode = await main(process.argv.slice(2));
