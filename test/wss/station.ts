import type { X509Certificate } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Config, ServiceCertificate, ServicePolicy } from '../../src/config/types.js';
import { type Conversation, ConversationCache } from '../../src/conversation/cache.js';
import { type SecurityContext, securityContext } from '../../src/conversation/context.js';
import { createReplayWindow } from '../../src/conversation/replay.js';
import { createRevocations } from '../../src/conversation/revocation.js';
import { GatewayError } from '../../src/errors.js';
import type { SoapRequest } from '../../src/http/soap-request.js';
import { type ProvenBootstrap, proveBootstrap } from '../../src/pipeline/bootstrap.js';
import type { PipelineOptions } from '../../src/pipeline/context.js';
import { type ProvenMessage, proveMessage } from '../../src/pipeline/message.js';
import { type Received, receive } from '../../src/pipeline/receive.js';
import { writeUpstreamEnvelope } from '../../src/pipeline/upstream-envelope.js';
import { systemRuntime } from '../../src/runtime.js';
import { createAnswerKeys } from '../../src/wss/answer-keys.js';
import { versionNames } from '../../src/wss/names.js';
import { DEFAULT_XML_LIMITS } from '../../src/xml/scan.js';
import { atOnce } from '../conversation/at-once.js';

export const LIMITS = {
  xml: DEFAULT_XML_LIMITS,
  security: { references: 10, signatures: 3, derivedKeys: 6, encryptedData: 20, tokens: 4 },
};

export interface StationOptions {
  readonly service: ServicePolicy;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly contexts?: readonly SecurityContext[];
  readonly certificates?: readonly ServiceCertificate[];
  readonly secureTransport?: boolean;
  readonly clientCertificate?: X509Certificate;
}

/** What HTTP says of a message, where it says anything. */
export interface Told {
  readonly soap?: '1.1' | '1.2';
  readonly action?: string;
  readonly soapAction?: string;
}

/** One worker's proof of messages, with all that it remembers, and nothing before or behind it. */
export interface Station {
  readonly options: PipelineOptions;
  received(message: string | Buffer, told?: Told): Received;
  /** A message of a conversation. */
  message(message: string | Buffer, told?: Told, isCancel?: boolean): ProvenMessage;
  /** A request for a token, under a bootstrap. */
  bootstrap(message: string | Buffer, told?: Told): Promise<ProvenBootstrap>;
  /** What goes to the upstream. */
  forwarded(message: string | Buffer, told?: Told): string;
  conversation(index?: number): Conversation;
}

/** @param fields what matters of a context; the rest is made up around the time of the test */
export function contextOf(
  fields: Pick<SecurityContext, 'identifier' | 'key'> & Partial<SecurityContext>,
  now: number,
): SecurityContext {
  return securityContext({
    service: 'orders',
    version: '1.3',
    created: now - 60_000,
    expires: now + 1_800_000,
    renewUntil: now + 36_000_000,
    principal: { name: 'alice', method: 'username', groups: [], claims: {} },
    ...fields,
  });
}

/** Contexts are known by the cookie `cookie-N`, and so by their Identifier too, as after a first message. */
function knownConversations(contexts: readonly SecurityContext[], now: number): ConversationCache {
  const byCookie = new Map(contexts.map((context, index) => [`cookie-${index}`, context]));
  const cache = new ConversationCache(
    (cookie) => {
      const context = byCookie.get(cookie);
      if (context === undefined) throw new GatewayError('token.open', 'the cookie does not open');
      return context;
    },
    { entries: 100, derivedKeys: 8 },
    () => now,
  );
  for (const [cookie, context] of byCookie) void cache.resolve(cookie, context);
  return cache;
}

const BY_NAME: PipelineOptions['state']['authenticateUsername'] = async ({ username, password }) => {
  if (username !== 'alice' || password !== 'ecilA') throw new GatewayError('auth.failed', 'a wrong password');
  return { name: username, method: 'username', groups: [], claims: {} };
};

export function createStation(options: StationOptions): Station {
  const {
    service,
    now,
    contexts = [],
    certificates = [],
    secureTransport = service.binding.kind === 'transport',
  } = options;
  const runtime = { ...systemRuntime, now: () => now };
  const conversations = knownConversations(contexts, now);
  const pipeline = {
    config: { certificates, limits: LIMITS } as unknown as Config,
    state: {
      conversations,
      replay: createReplayWindow(1000, runtime),
      revocations: createRevocations(1000, runtime),
      answerKeys: createAnswerKeys(runtime),
      authenticateUsername: BY_NAME,
      keyFailures: new LRUCache<string, number>({ max: 1000 }),
      kept: {},
      // No store is shared: each worker knows what it has seen itself.
      shared: { store: undefined, journal: undefined, memory: undefined },
    },
    runtime,
    log: () => {},
    metrics: { count: () => {} },
  } as unknown as PipelineOptions;
  const received = (message: string | Buffer, told: Told = {}): Received =>
    receive(requestOf(message, told, options, secureTransport), LIMITS, {});
  const message = (octets: string | Buffer, told?: Told, isCancel = false): ProvenMessage =>
    atOnce(proveMessage(pipeline, received(octets, told), isCancel));
  return {
    options: pipeline,
    received,
    message,
    bootstrap: (octets, told) => {
      const read = received(octets, told);
      return proveBootstrap(pipeline, read, versionNames('1.3'), undefined);
    },
    forwarded: (octets, told) => writeUpstreamEnvelope(message(octets, told).verified, service),
    conversation: (index = 0) => conversations.byIdentifier(contexts[index]!.identifier, contexts[index]!.instance)!,
  };
}

function requestOf(
  message: string | Buffer,
  { soap, action, soapAction }: Told,
  { service, clientCertificate }: StationOptions,
  secureTransport: boolean,
): SoapRequest {
  const body = Buffer.from(message);
  const isSoap11 = body.subarray(0, 400).includes('http://schemas.xmlsoap.org/soap/envelope/');
  return {
    id: 'request',
    service,
    body,
    soap: soap ?? (isSoap11 ? '1.1' : '1.2'),
    contentType: 'text/xml',
    ...(action === undefined ? {} : { action }),
    ...(soapAction === undefined ? {} : { soapAction }),
    secureTransport,
    clientAddress: '127.0.0.1',
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    signal: new AbortController().signal,
    headers: {},
    method: 'POST',
    url: '/orders',
  };
}
