import { setTimeout as sleep } from 'node:timers/promises';
import { type Gateway, startGateway } from '../../src/gateway.js';
import {
  type ConversationOptions,
  createTransport,
  DEFAULT_SHAPE,
  type HttpAnswer,
  party,
  type Shape,
  type Transport,
} from '../client/index.js';
import { type FakeUpstream, fakeUpstream } from '../http/harness.js';
import { pki as openPki, type Pki } from '../pki/index.js';
import { startUpstream, type Upstream } from '../upstream/index.js';
import { type Clock, createClock } from './clock.js';
import { type Farm, USER, writeFarm } from './services.js';

export type Line = Readonly<Record<string, unknown>>;

/** One gateway of the farm, as an operator and a client see it. */
export interface Node {
  readonly gateway: Gateway;
  readonly origin: string;
  /** All that it has logged, parsed. */
  readonly lines: Line[];
}

export interface Nodes {
  readonly farm: Farm;
  readonly first: Node;
  readonly second: Node;
  readonly pki: Pki;
  readonly upstream: Upstream;
  /** What the service `odd` leads to; it answers as `answerOddly` was told last. */
  readonly odd: FakeUpstream;
  readonly clock: Clock;
  readonly transport: Transport;
  /** What clients were answered, newest last. */
  readonly answers: HttpAnswer[];
  answerOddly(status: number, contentType: string | undefined, body: string): void;
  /** How a client of ours talks to a service through the first node. */
  client(service: string, shape?: Partial<Shape>, more?: Partial<ConversationOptions>): ConversationOptions;
  /** The access log's line of an answered request. */
  logged(answer: Pick<HttpAnswer, 'headers'>): Promise<Line>;
  /** Every line of one request, in order. */
  linesOf(answer: Pick<HttpAnswer, 'headers'>): Promise<Line[]>;
  stop(): Promise<void>;
}

/** Milliseconds. */
const LOG_TIME = 2_000;

/** The anonymous bootstrap opens a conversation without the cost of a password. */
const SHAPE: Shape = {
  ...DEFAULT_SHAPE,
  style: 'cxf',
  bootstrap: { kind: 'symmetric', credential: 'anonymous', signatureConfirmation: true },
};

type Closing = (() => Promise<void> | void)[];

/**
 * Two nodes that share a farm key and know nothing of each other, in this process.
 *
 * @param gateway what differs in gateway.yaml
 */
export async function startNodes(gateway: Readonly<Record<string, unknown>> = {}): Promise<Nodes> {
  const closing: Closing = [];
  const stop = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    return { ...(await start(gateway, closing)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(gateway: Readonly<Record<string, unknown>>, closing: Closing): Promise<Omit<Nodes, 'stop'>> {
  const pki = await openPki();
  const clock = createClock();
  const answers: HttpAnswer[] = [];
  const transport = recorded(createTransport({ ca: pki.ca.certificate }), answers);
  const upstream = await startUpstream();
  closing.push(upstream.close);
  let oddAnswer: { status: number; contentType: string | undefined; body: string } | undefined;
  const odd = await fakeUpstream((_, response) => {
    const { status = 500, contentType, body = '' } = oddAnswer ?? {};
    response.writeHead(status, contentType === undefined ? {} : { 'Content-Type': contentType }).end(body);
  });
  closing.push(odd.close);
  const farm = await writeFarm(pki, { upstream: upstream.origin, odd: odd.url }, gateway);
  closing.push(farm.remove);
  const first = await startNode(farm, clock);
  closing.push(first.gateway.stop);
  const second = await startNode(farm, clock);
  closing.push(second.gateway.stop, transport.close);
  const nodes = [first, second];
  const linesOf = async ({ headers }: Pick<HttpAnswer, 'headers'>): Promise<Line[]> => {
    const id = headers['x-gateway-request-id'];
    // The line is written when the response is over on the node's side; the client may know it a little earlier.
    for (let waited = 0; waited < LOG_TIME; waited += 2) {
      const lines = nodes.flatMap((node) => node.lines).filter(({ request_id }) => request_id === id);
      if (lines.some(({ event }) => event === 'request')) return lines;
      await sleep(2);
    }
    throw new Error(`no line in the log for request ${id}`);
  };
  return {
    farm,
    first,
    second,
    pki,
    upstream,
    odd,
    clock,
    transport,
    answers,
    answerOddly: (status, contentType, body) => {
      oddAnswer = { status, contentType, body };
    },
    client: (service, shape = {}, more = {}) => ({
      shape: { ...SHAPE, ...shape },
      url: `${first.origin}/${service}`,
      transport,
      username: USER,
      client: party(pki.alice),
      service: party({ certificate: pki.service.certificate }),
      runtime: clock,
      ...more,
    }),
    linesOf,
    logged: async (answer) => (await linesOf(answer)).find(({ event }) => event === 'request')!,
  };
}

async function startNode(farm: Farm, clock: Clock): Promise<Node> {
  const lines: Line[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const gateway = await startGateway(farm.file, { runtime: clock, destination });
  return { gateway, lines, origin: `http://127.0.0.1:${gateway.addresses[0]!.port}` };
}

function recorded(transport: Transport, answers: HttpAnswer[]): Transport {
  return {
    close: transport.close,
    post: async (url, request) => {
      const answer = await transport.post(url, request);
      answers.push(answer);
      return answer;
    },
  };
}

/** As behind a balancer that terminates TLS. */
export function overTls(transport: Transport): Transport {
  return {
    ...transport,
    post: (url, request) =>
      transport.post(url, { ...request, headers: { 'X-Forwarded-Proto': 'https', ...request.headers } }),
  };
}
