import type { Farm } from '../farm/farm.js';
import { runJava } from './java.js';
import { dialectOf, type InteropPolicy } from './policies.js';
import { appendRun, type Check, type Run, readCheck } from './results.js';

/** A port for each version of WS-SecureConversation and of SOAP. */
const PORTS = 4;

/** The line of the matrix that tells CXF of a service. Over TLS the WSDL is asked for over TLS, as its address is. */
function lineOf({ name, binding, credential, asked }: InteropPolicy, { http, https }: Farm): string {
  const origin = binding === 'transport' ? https : http;
  return [name, `${origin}/${name}?wsdl`, credential, PORTS, asked.join(',')].join(' ');
}

/**
 * Has Apache CXF consume the WSDLs that the gateway publishes and do with every port what its policy's row says.
 *
 * @param line takes each line of CXF's program
 * @returns whether all passed
 */
export async function runPublished(
  farm: Farm,
  policies: readonly InteropPolicy[],
  line: (text: string) => void,
): Promise<boolean> {
  const runs = new Map<string, Run & { readonly checks: Check[] }>();
  const suites = new Map(policies.map(({ name, dialect }) => [name, dialect?.suite ?? '']));
  const matrix = policies.map((policy) => lineOf(policy, farm)).join('\n');
  const status = await runJava('Client', [farm.pki.directory], `${matrix}\n`, (text) => {
    line(text);
    const check = readCheck(text);
    const [name = '', port = '', asked = ''] = check?.name.split(' ') ?? [];
    if (check === undefined || asked === '') return;
    const dialect = { ...dialectOf(port), suite: suites.get(name) ?? '' };
    const key = JSON.stringify(dialect);
    const run = runs.get(key) ?? { ...described(dialect), checks: [] };
    const policy = name.replace(`-${dialect.suite}`, '');
    run.checks.push({ name: asked === 'calls' ? policy : `${policy} ${asked}`, passed: check.passed });
    runs.set(key, run);
  });
  for (const run of runs.values()) appendRun(run);
  return status === 0;
}

function described(dialect: Pick<Run, 'version' | 'soap' | 'suite'>): Omit<Run, 'checks'> {
  return {
    client: 'Apache CXF 4.0.6, DOM',
    ...dialect,
    policies: 'from the published WSDL',
    run: 'calls, Cancel, Renew, expiry',
  };
}
