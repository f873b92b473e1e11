import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Gateway, startGateway } from '../../src/gateway.js';
import {
  type Conversation,
  type ConversationOptions,
  createTransport,
  DEFAULT_SHAPE,
  openConversation,
  party,
  type Reply,
} from '../client/index.js';
import { USER, writeConfiguration } from '../farm/configuration.js';

import type { Scenario } from '../farm/scenarios.js';
import { pki as openPki } from '../pki/index.js';
import { PING_ACTION, pingRequest, startUpstream, type Upstream } from '../upstream/index.js';
import { until } from './redis-server.js';

/** Two gateways that share a ring and a Redis, each in this process, and clients of them. */
export interface TwoNodes {
  readonly file: string;
  readonly gateways: readonly [Gateway, Gateway];
  readonly upstream: Upstream;
  readonly lines: Record<string, unknown>[];
  url(node: 0 | 1, service: string): string;
  open(service: string, more?: Partial<ConversationOptions>): Promise<Conversation>;
  /** @param node that the message goes to */
  ping(conversation: Conversation, node: 0 | 1, service: string): Promise<Reply>;
  /** Until both are ready. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

/** What a service's policy says besides what an anonymous symmetric one does. */
export type ServicePatch = Readonly<Record<string, unknown>> & { readonly credential?: Scenario['credential'] };

export async function startTwoNodes(
  redis: Readonly<Record<string, unknown>> | undefined,
  services: Readonly<Record<string, ServicePatch>>,
): Promise<TwoNodes> {
  const pki = await openPki();
  const upstream = await startUpstream({ name: 'upstream' });
  const directory = mkdtempSync(join(tmpdir(), 'sct-gateway-two-'));
  const scenarios = Object.entries(services).map(
    ([name, { credential = 'anonymous' }]): Scenario => ({
      name,
      binding: 'symmetric',
      derivedKeys: true,
      protectionOrder: 'sign-before-encrypt',
      encryptSignature: true,
      credential,
    }),
  );
  const { file } = await writeConfiguration(directory, pki, scenarios, { versions: ['2005-02'], suite: 'Basic256' }, [
    upstream.origin,
  ]);
  patch(file, { ...(redis === undefined ? {} : { redis }) });
  for (const [name, { credential: _, conversation, ...rest }] of Object.entries(services)) {
    const policy = join(directory, 'policies', `${name}.yaml`);
    const old = parse(readFileSync(policy, 'utf8')) as { conversation: object };
    patch(policy, { ...rest, conversation: { ...old.conversation, ...(conversation as object) } });
  }
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const gateways = [
    await startGateway(file, { destination }),
    await startGateway(file, { destination }),
  ] as const satisfies readonly Gateway[];
  const transport = createTransport({ ca: pki.ca.certificate });
  const url = (node: 0 | 1, service: string) => `http://127.0.0.1:${gateways[node].addresses[0]?.port}/${service}`;
  return {
    file,
    gateways,
    upstream,
    lines,
    url,
    open: (service, more = {}) =>
      openConversation({
        shape: {
          ...DEFAULT_SHAPE,
          style: 'wcf',
          bootstrap: { kind: 'symmetric', credential: services[service]?.credential ?? 'anonymous' },
        },
        url: url(0, service),
        to: url(0, service),
        transport,
        username: USER,
        client: party(pki.alice),
        service: party({ certificate: pki.service.certificate }),
        judge: 'independent',
        ...more,
      }),
    ping: (conversation, node, service) =>
      conversation.call(pingRequest('ping'), { action: PING_ACTION, url: url(node, service) }),
    ready: () => until('both are ready', () => gateways.every((gateway) => gateway.readiness().ready)),
    async stop() {
      await transport.close();
      for (const gateway of gateways) await gateway.stop();
      await upstream.close();
      rmSync(directory, { recursive: true });
    },
  };
}

function patch(file: string, members: Readonly<Record<string, unknown>>): void {
  const old = parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, stringify({ ...old, ...members }), { mode: 0o600 });
}
