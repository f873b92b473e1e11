import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.js';
import type { ServicePolicy } from '../../src/config/types.js';
import { resolveConversation } from '../../src/conversation/resolve.js';
import { createLog } from '../../src/observe/log.js';
import { createMetrics } from '../../src/observe/metrics.js';
import { createPipelineState } from '../../src/pipeline/state.js';
import { systemRuntime } from '../../src/runtime.js';
import { issueToken, type Sts } from '../../src/sts/issue.js';
import { readTokenRequest } from '../../src/sts/rst.js';
import { root } from '../../src/xml/read.js';
import { DEFAULT_XML_LIMITS, scan } from '../../src/xml/scan.js';
import { writeConfiguration } from '../farm/configuration.js';
import { SCENARIOS, type Scenario } from '../farm/scenarios.js';
import { pki } from '../pki/index.js';

/**
 * Issues so many conversations and opens the token of each, in one process, and prints what it holds in memory on the
 * way: nothing grows with their number but a bounded cache (design §2.10). Run with --expose-gc; without, the figures
 * are what the collector happened to leave.
 *
 *   node --expose-gc build/test/bench/memory.js [CONVERSATIONS]
 */
const TRUST = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512';
const SCT = 'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512/sct';
const COOKIE = /<g:Cookie[^>]*>([^<]+)</;
const REPORTS = 10;

async function main(conversations: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sct-gateway-memory-'));
  try {
    const scenario = SCENARIOS.find(({ name }) => name === 'ADC') as Scenario;
    const dialect = { versions: ['1.3'], suite: 'Basic256' } as const;
    const { file } = await writeConfiguration(directory, await pki(), [scenario], dialect, ['http://127.0.0.1:9']);
    await issueMany(loadConfig(file), conversations);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function issueMany(config: ReturnType<typeof loadConfig>, conversations: number): Promise<void> {
  const state = createPipelineState(
    config,
    systemRuntime,
    createMetrics({ process: false }),
    createLog({ level: 'silent' }),
  );
  const service = config.services[0] as ServicePolicy;
  const sts: Sts = { ring: config.keyRing, runtime: systemRuntime, placement: 'extension' };
  const { conversations: cache, revocations } = state;
  const every = Math.ceil(conversations / REPORTS);
  process.stdout.write(
    '| conversations issued and opened | in the cache | heap MiB | resident MiB |\n|---:|---:|---:|---:|\n',
  );
  for (let issued = 1; issued <= conversations; issued++) {
    const { body, context } = await issueToken(sts, service, request(), principal(issued));
    await resolveConversation(
      { cache, revocations, service: service.name, versions: ['1.3'], now: Date.now(), grace: 0 },
      { identifier: context.identifier, instance: undefined, cookie: COOKIE.exec(body)?.[1], version: '1.3' },
    );
    if (issued % every === 0) report(issued, cache.size);
  }
}

function principal(number: number) {
  return { name: `user${number}@example.com`, method: 'username', groups: ['sales', 'managers'], claims: {} } as const;
}

function request() {
  const entropy = systemRuntime.randomBytes(32).toString('base64');
  const tree = scan(
    `<t:RequestSecurityToken xmlns:t="${TRUST}"><t:TokenType>${SCT}</t:TokenType><t:RequestType>${TRUST}/Issue</t:RequestType>` +
      `<t:Entropy><t:BinarySecret Type="${TRUST}/Nonce">${entropy}</t:BinarySecret></t:Entropy><t:KeySize>256</t:KeySize>` +
      '</t:RequestSecurityToken>',
    DEFAULT_XML_LIMITS,
  );
  return readTokenRequest(tree, root(tree), `${TRUST}/RST/SCT`, Date.now());
}

function report(issued: number, cached: number): void {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const mib = (octets: number): string => (octets / 1_048_576).toFixed(1);
  process.stdout.write(`| ${issued} | ${cached} | ${mib(heapUsed)} | ${mib(rss)} |\n`);
}

await main(Number(process.argv[2] ?? 1_000_000));
