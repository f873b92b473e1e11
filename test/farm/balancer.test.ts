import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { type Pki, pki } from '../pki/index.js';
import { type Balancer, startBalancer, type Target } from './balancer.js';

interface Answer {
  readonly status: number;
  readonly servedBy: string;
  readonly body: string;
}

describe('the balancer', () => {
  let certificates: Pki;
  let balancer: Balancer;
  let order: () => readonly Target[];
  const agents: Agent[] = [];
  const servers: Server[] = [];

  beforeAll(async () => {
    certificates = await pki();
    balancer = await startBalancer({ http: 0, https: 0, tls: certificates.tls, order: () => order() });
  });
  afterAll(() => balancer.close());
  afterEach(async () => {
    for (const agent of agents.splice(0)) agent.destroy();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  const target = (name: string, port: number): Target => {
    const agent = new Agent({ keepAlive: true });
    agents.push(agent);
    return { name, port, agent, inFlight: 0 };
  };
  const node = async (name: string, listener: RequestListener): Promise<Target> => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return target(name, (server.address() as AddressInfo).port);
  };
  const gone = async (name: string): Promise<Target> => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return target(name, port);
  };
  const echo: RequestListener = (incoming, outgoing) => {
    incoming.pipe(outgoing);
  };
  const tell: RequestListener = (incoming, outgoing) => {
    incoming.resume();
    outgoing.end(JSON.stringify(incoming.rawHeaders));
  };
  const ask = (agent?: Agent, headers: Record<string, string> = {}, body = 'ping'): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const secured = agent instanceof TlsAgent;
      const options = {
        host: 'localhost',
        port: secured ? balancer.https : balancer.http,
        method: 'POST',
        headers,
        ...(agent === undefined ? {} : { agent }),
      };
      const outbound = (secured ? httpsRequest : httpRequest)(options, async (answer) => {
        const parts: Buffer[] = [];
        try {
          for await (const part of answer) parts.push(part);
        } catch (error) {
          reject(error);
        }
        const servedBy = String(answer.headers['x-served-by']);
        resolve({ status: answer.statusCode ?? 0, servedBy, body: Buffer.concat(parts).toString() });
      });
      outbound.on('error', reject);
      outbound.end(body);
    });
  const inTurn = (targets: readonly Target[]): (() => readonly Target[]) => {
    let turn = 0;
    return () => {
      const first = turn++ % targets.length;
      return [...targets.slice(first), ...targets.slice(0, first)];
    };
  };

  test('hands every request of one kept connection to the next node', async () => {
    order = inTurn([await node('a', echo), await node('b', echo), await node('c', echo)]);
    const agent = new TlsAgent({ keepAlive: true, maxSockets: 1, ca: certificates.ca.certificate });
    agents.push(agent);
    const served: string[] = [];
    for (let call = 0; call < 6; call++) served.push((await ask(agent)).servedBy);
    expect(served).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  test('tells the node by what way a request came, whatever the client says of it', async () => {
    const only = await node('a', tell);
    order = () => [only];
    const spoofed = {
      'X-Forwarded-Proto': 'https',
      'x-forwarded-for': '203.0.113.9',
      Forwarded: 'proto=https',
      'X-A': 'b',
    };
    const headers: string[] = JSON.parse((await ask(undefined, spoofed)).body);
    const pairs = headers.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), headers[at + 1]]] : []));
    expect(pairs.filter(([name]) => /forwarded/.test(name ?? ''))).toEqual([
      ['x-forwarded-for', '127.0.0.1'],
      ['x-forwarded-proto', 'http'],
    ]);
    expect(pairs).toContainEqual(['x-a', 'b']);
    expect(pairs).toContainEqual(['host', `localhost:${balancer.http}`]);
    const agent = new TlsAgent({ ca: certificates.ca.certificate });
    agents.push(agent);
    expect((await ask(agent)).body).toContain('"X-Forwarded-Proto","https"');
  });

  test('passes over a node that refuses the connection', async () => {
    const [dead, alive] = [await gone('dead'), await node('alive', echo)];
    order = () => [dead, alive];
    expect(await ask()).toEqual({ status: 200, servedBy: 'alive', body: 'ping' });
    order = () => [dead];
    expect((await ask()).status).toBe(503);
    expect([dead.inFlight, alive.inFlight]).toEqual([0, 0]);
  });

  test('never sends a request again that a node may have seen', async () => {
    let seen = 0;
    const count: RequestListener = (_incoming, outgoing) => {
      seen++;
      outgoing.destroy();
    };
    const [first, second] = [await node('first', count), await node('second', count)];
    order = () => [first, second];
    expect((await ask()).status).toBe(502);
    expect(seen).toBe(1);
  });

  test('half an answer is not made whole', async () => {
    const half = await node('half', (_incoming, outgoing) => {
      outgoing.writeHead(200, { 'Content-Length': 10 });
      outgoing.write('12345', () => outgoing.destroy());
    });
    order = () => [half];
    await expect(ask()).rejects.toThrow();
  });

  test('a client that leaves takes its request with it', async () => {
    let closed: () => void = () => {};
    const left = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const slow = await node('slow', (_incoming, outgoing) => outgoing.once('close', closed));
    order = () => [slow];
    const socket = connect(balancer.http, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
    while (slow.inFlight === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    socket.destroy();
    await left;
  });

  test('a chunked body of a megabyte goes through as it is', async () => {
    const only = await node('a', echo);
    order = () => [only];
    const body = 'x'.repeat(1_000_000);
    const answer = await ask(undefined, { 'Transfer-Encoding': 'chunked' }, body);
    expect(answer.body).toBe(body);
  });
});
