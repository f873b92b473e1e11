import { parseArgs } from 'node:util';
import { isSuiteName } from '../../src/crypto/suites.js';
import { type Farm, type FarmOptions, startFarm } from './farm.js';
import { onParentGone } from './parent.js';

const USAGE = `npm run farm -- [options]
  --http PORT       of the balancer, default 8080; 0 takes a free one
  --https PORT      the same with TLS, default 8443
  --certs DIR       ca.pem and service, alice and tls .pem and .key; made there if DIR does not exist
  --nodes N         gateway processes, default 3
  --workers N       of each of them, default 1
  --version V       1.3, 2005-02 (default) or 2004-04
  --suite NAME      algorithm suite, default Basic128
  --soap V          1.1 or 1.2: both are always spoken, at every service
  --kill-every S    kills a node every S seconds and starts another
  --logs DIR        where the nodes' logs go
Prints "ready" when all serve; runs until SIGTERM or SIGINT.`;

const OPTIONS = {
  http: { type: 'string', default: '8080' },
  https: { type: 'string', default: '8443' },
  certs: { type: 'string' },
  nodes: { type: 'string', default: '3' },
  workers: { type: 'string', default: '1' },
  version: { type: 'string', default: '2005-02' },
  suite: { type: 'string', default: 'Basic128' },
  soap: { type: 'string', default: '1.2' },
  'kill-every': { type: 'string', default: '0' },
  logs: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** @throws TypeError for what is no option, or no value of it */
function readOptions(argv: readonly string[]): FarmOptions | undefined {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  if (values.help) return undefined;
  const { version, suite, soap } = values;
  const count = (name: 'http' | 'https' | 'nodes' | 'workers' | 'kill-every', least: number): number => {
    const value = Number(values[name]);
    if (!Number.isFinite(value) || value < least || values[name].trim() === '') {
      throw new TypeError(`--${name} must be a number from ${least} on`);
    }
    return value;
  };
  if (version !== '1.3' && version !== '2005-02' && version !== '2004-04') {
    throw new TypeError(`--version ${version} is none`);
  }
  if (!isSuiteName(suite)) throw new TypeError(`--suite ${suite} is none`);
  if (soap !== '1.1' && soap !== '1.2') throw new TypeError(`--soap ${soap} is none`);
  return {
    http: count('http', 0),
    https: count('https', 0),
    nodes: count('nodes', 1),
    workers: count('workers', 1),
    killEvery: count('kill-every', 0),
    versions: [version],
    suite,
    ...(values.certs === undefined ? {} : { certificates: values.certs }),
    ...(values.logs === undefined ? {} : { logs: values.logs }),
  };
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** @returns the exit status */
async function run(options: FarmOptions): Promise<number> {
  const ended = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
    onParentGone(() => resolve('the parent is gone'));
  });
  const starting = startFarm({ ...options, report: print });
  const first = await Promise.race([starting, ended]);
  const farm = typeof first === 'string' ? await starting : first;
  if (typeof first !== 'string') announce(farm);
  const reason = await Promise.race([ended, farm.failed]);
  await farm.stop(reason instanceof Error);
  if (typeof reason === 'string') return 0;
  process.stderr.write(`${reason.message}\n`);
  return 1;
}

function announce({ http, https, services, members, logs, pki }: Farm): void {
  print(
    `${services.length} services at ${http}/NAME and ${https}/NAME; ${members.length} nodes; certificates ${pki.directory}; logs ${logs}`,
  );
  print('ready');
}

async function main(argv: readonly string[]): Promise<number> {
  let options: FarmOptions | undefined;
  try {
    options = readOptions(argv);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  if (options === undefined) {
    print(USAGE);
    return 0;
  }
  try {
    return await run(options);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

// whoever read our lines may have gone
process.stdout.on('error', () => {});
process.exitCode = await main(process.argv.slice(2));
