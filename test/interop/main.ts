import { parseArgs } from 'node:util';
import { type Farm, startFarm } from '../farm/farm.js';
import { onParentGone } from '../farm/parent.js';
import { buildJava, requireTools } from './java.js';
import { runJudged } from './judged.js';
import { INTEROP_POLICIES, type InteropPolicy } from './policies.js';
import { runPublished } from './published.js';
import { JUDGED_SHAPES, type JudgedShape } from './shapes.js';

const USAGE = `npm run test:interop -- [options]
  --only TEXT       policies with this in their name; default all
  --logs DIR        where the nodes' logs go
Against a farm of three nodes, where every request goes to the next one: Apache CXF with the WSDLs that the gateway
publishes, and our own client as those that cannot be run here, whose answers WSS4J judges. Prints a line a check, then
the sums; exit status 1 if one failed. Needs a JDK 17 or later and Maven.`;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** The programs' own sums are left out: ours stand at the end. */
function counter() {
  const sums = { passed: 0, failed: 0 };
  const line = (text: string): void => {
    if (/^\d+ passed, \d+ failed$/.test(text)) return;
    if (text.startsWith('ok ')) sums.passed++;
    if (text.startsWith('FAILED ')) sums.failed++;
    print(text);
  };
  return { sums, line };
}

interface Chosen {
  readonly policies: readonly InteropPolicy[];
  readonly shapes: readonly JudgedShape[];
}

async function suite(farm: Farm, { policies, shapes }: Chosen): Promise<boolean> {
  const { sums, line } = counter();
  const good: boolean[] = [];
  if (shapes.length > 0) good.push(await runJudged(farm, shapes, line));
  if (policies.length > 0) good.push(await runPublished(farm, policies, line));
  print(`${sums.passed} passed, ${sums.failed} failed`);
  return good.every((each) => each) && sums.failed === 0 && sums.passed > 0;
}

async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: { only: { type: 'string', default: '' }, logs: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    print(USAGE);
    return 0;
  }
  requireTools();
  buildJava();
  const policies = INTEROP_POLICIES.filter(({ name }) => name.includes(values.only));
  const shapes = JUDGED_SHAPES.filter(({ scenario }) => scenario.name.includes(values.only));
  const scenarios = [...policies, ...shapes.map(({ scenario }) => scenario)];
  const { logs } = values;
  const farm = await startFarm({ scenarios, report: print, ...(logs === undefined ? {} : { logs }) });
  try {
    if (farm.leftOut.length > 0) throw new Error('the gateway refuses a policy of this suite');
    const gone = farm.failed.then((error) => Promise.reject(error));
    return (await Promise.race([suite(farm, { policies, shapes }), gone])) ? 0 : 1;
  } finally {
    await farm.stop();
  }
}

// what it has started ends with it, whatever ends it
onParentGone(() => process.exit(1));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
