import { isObject } from '../conversation/farm-key.js';
import { reportRing } from '../conversation/ring-report.js';
import { type Command, texts, UsageError } from './command.js';
import { RING_HELP, RING_OPTIONS, readRing, ringPlace } from './ring-file.js';
import { ringTable } from './ring-table.js';

/** Milliseconds. */
const ANSWER_TIME = 5_000;

export const keysCheck: Command = {
  summary: 'ask the nodes whether all hold the same ring',
  usage: '[--ring FILE | --config FILE] [--admin URL]…',
  help: `${RING_HELP}
  -a, --admin URL     the admin listener of a node; as often as there are nodes. Without --ring and --config the nodes are
                      compared with each other alone

Without --admin the ring itself is checked and shown. Fingerprints tell nothing of the keys. The exit code is 1 if a node
does not answer, or holds another ring.

Examples
  sct-gateway keys check --ring farm-keys.json
  sct-gateway keys check --admin http://10.0.0.1:9090 --admin http://10.0.0.2:9090
  sct-gateway keys check --ring farm-keys.json --admin http://10.0.0.1:9090`,
  options: { ...RING_OPTIONS, admin: { type: 'string', short: 'a', multiple: true } },
  run: async (values, surroundings) => {
    const { out, tell, runtime } = surroundings;
    const nodes = texts(values, 'admin').map(adminUrl);
    const isNamed = values.ring !== undefined || values.config !== undefined;
    const ring = nodes.length === 0 || isNamed ? readRing(ringPlace(values), surroundings) : undefined;
    const report = ring && reportRing(ring, runtime.now());
    if (report !== undefined) out(ringTable(report));
    if (nodes.length === 0) return 0;
    const answers = await Promise.all(nodes.map(async (url) => ({ url, rings: await ringsOf(url) })));
    for (const { url, rings } of answers) {
      for (const line of typeof rings === 'string' ? [rings] : rings) out(`${url.origin}  ${line}`);
    }
    const silent = answers.filter(({ rings }) => typeof rings === 'string').length;
    const found = new Set([
      ...(report === undefined ? [] : [report.fingerprint]),
      ...answers.flatMap(({ rings }) => (typeof rings === 'string' ? [] : rings)),
    ]);
    if (silent > 0) tell(`${silent} of ${nodes.length} nodes did not say which ring they hold`);
    if (found.size > 1) tell(`there are ${found.size} different rings`);
    if (silent > 0 || found.size !== 1) return 1;
    out(nodes.length === 1 ? 'the node holds this ring' : `all ${nodes.length} nodes hold the same ring`);
    return 0;
  },
};

function adminUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new UsageError(`--admin ${text} is not an http URL`);
  return url;
}

/** Fingerprints of all rings that a node's workers hold, or why they are not known. */
async function ringsOf(url: URL): Promise<readonly string[] | string> {
  try {
    const response = await fetch(new URL('/readyz?verbose', url), {
      signal: AbortSignal.timeout(ANSWER_TIME),
      redirect: 'error',
    });
    const answer: unknown = await response.json();
    const rings: readonly unknown[] = isObject(answer) && Array.isArray(answer.farmKeys) ? answer.farmKeys : [];
    const fingerprints = rings.flatMap((ring) => (isObject(ring) ? [String(ring.fingerprint)] : []));
    return fingerprints.length === 0 ? 'tells of no ring' : fingerprints;
  } catch (error) {
    const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
    return `does not answer: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}
