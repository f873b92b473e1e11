import { readFileSync, writeFileSync } from 'node:fs';
import { projectPath } from '../farm/project.js';
import { type Run, readRuns } from './results.js';

/** Renders RESULTS.md, and the summary in the README, from what the last runs left; nothing in it depends on when or how fast they ran. */

const INTRODUCTION = `# What real clients did

Written by \`npm run docs:interop\` from the results of \`.ci/run\` (or of \`npm run test:interop\` alone). Each request went to
another process of a farm of three.

- "WCF interoperability endpoints" are the 23 policies of Microsoft's public endpoints for WS-SecureConversation, as Apache
  CXF's tests have them; Apache CXF brings its own copy of the WSDL.
- "From the published WSDL" are policies of the gateway's own, which Apache CXF reads at \`?wsdl\`. Their names say the binding,
  the credential, whether keys are derived, and the order: \`se\` sign before encrypt, \`ses\` the same with the signature
  encrypted, \`es\` encrypt before sign. \`no-cancel\`: a Cancel that proves nobody is refused; \`expired\` and \`unknown\`: the fault
  that the client sees is RenewNeeded, or BadContextToken.
- Clients that cannot be run here are written by our own, and another implementation judges what they were answered.
  \`altered\`: a changed answer was refused by that judge.
`;

type Column = readonly [title: string, cell: (run: Run) => string];

const COLUMNS: readonly Column[] = [
  ['client', ({ client }) => client],
  ['version', ({ version }) => version],
  ['SOAP', ({ soap }) => soap],
  ['suite', ({ suite }) => suite],
  ['policies', ({ policies }) => policies],
  ['what was run', ({ run }) => run],
  ['passed', ({ checks }) => `${checks.filter(({ passed }) => passed).length} of ${checks.length}`],
];

/** The newest run of each kind. */
function newest(runs: readonly Run[]): Run[] {
  const kept = new Map(
    runs.map((run) => [JSON.stringify([run.client, run.version, run.soap, run.suite, run.policies, run.run]), run]),
  );
  return [...kept].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, run]) => run);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What was asked of a policy, over every run of a client: so often of so often. */
function byPolicy(runs: readonly Run[]): string {
  const rows = new Map<string, { readonly key: readonly string[]; good: number; all: number }>();
  for (const { client, checks } of runs) {
    for (const { name, passed } of checks) {
      const key = [client, name] as const;
      const row = rows.get(key.join('\n')) ?? { key, good: 0, all: 0 };
      row.all++;
      if (passed) row.good++;
      rows.set(key.join('\n'), row);
    }
  }
  const sorted = [...rows].sort(([one], [other]) => (one < other ? -1 : 1));
  return table(
    ['client', 'policy, and what was done beside calls', 'passed'],
    sorted.map(([, { key, good, all }]) => [...key, `${good} of ${all}`]),
  );
}

export function renderResults(runs: readonly Run[]): string {
  const kept = newest(runs);
  const byRun = table(
    COLUMNS.map(([title]) => title),
    kept.map((run) => COLUMNS.map(([, cell]) => cell(run))),
  );
  return `${INTRODUCTION}\n## By run\n\n${byRun}\n\n## By policy\n\nOver all versions, SOAP versions and suites that were run.\n\n${byPolicy(kept)}\n`;
}

const MARKS = ['<!-- npm run docs:interop -->', '<!-- end -->'] as const;

/** A row for each client and kind of run: in which versions, SOAP versions and suites, over which policies. */
function summary(runs: readonly Run[]): string {
  const groups = new Map<string, Run[]>();
  for (const run of newest(runs)) {
    const key = JSON.stringify([run.client, run.policies, run.run]);
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  const all = (group: readonly Run[], cell: (run: Run) => string): string =>
    [...new Set(group.map(cell))].sort().join(', ');
  const rows = [...groups.values()].map((group) => {
    const checks = group.flatMap((run) => run.checks);
    const [{ client, policies, run }] = group as [Run, ...Run[]];
    return [
      client,
      all(group, ({ version }) => version),
      all(group, ({ soap }) => soap),
      all(group, ({ suite }) => suite),
      policies,
      run,
      `${checks.filter(({ passed }) => passed).length} of ${checks.length}`,
    ];
  });
  return table(
    COLUMNS.map(([title]) => title),
    rows,
  );
}

/** The README with the summary between its marks. @throws TypeError if it has none */
export function withSummary(readme: string, runs: readonly Run[]): string {
  const [begin, end] = MARKS.map((mark) => readme.indexOf(mark)) as [number, number];
  if (begin < 0 || end < begin) throw new TypeError('the README has no place for the summary');
  return `${readme.slice(0, begin + MARKS[0].length)}\n${summary(runs)}\n${readme.slice(end)}`;
}

const runs = readRuns();
writeFileSync(projectPath('test', 'interop', 'RESULTS.md'), renderResults(runs));
const readme = projectPath('README.md');
writeFileSync(readme, withSummary(readFileSync(readme, 'utf8'), runs));
