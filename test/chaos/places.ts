import { createServer } from 'node:net';
import { type GatewayNode, startGatewayNode } from '../farm/gateway-node.js';

/** Where a node of the farm runs: its ports stay, its processes come and go. */
export interface Place {
  /** As the balancer calls it. */
  readonly name: string;
  readonly port: number;
  readonly adminPort: number;
  /** The process that runs there; after its end the last one. */
  readonly node: GatewayNode;
  /** Starts a process there and waits until it serves. */
  start(environment?: NodeJS.ProcessEnv): Promise<void>;
}

export interface PlaceOptions {
  readonly config: string;
  readonly logs: string;
}

/** Free ports of loopback, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer().once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** @throws Error with its log if the node does not start */
export async function openPlace(
  name: string,
  [port = 0, adminPort = 0]: readonly number[],
  options: PlaceOptions,
): Promise<Place> {
  let runs = 0;
  const run = (environment: NodeJS.ProcessEnv): Promise<GatewayNode> =>
    startGatewayNode({
      ...options,
      name: `${name}-${++runs}`,
      workers: 1,
      environment: { ...environment, PORT: String(port), ADMIN_PORT: String(adminPort) },
    });
  let node = await run({});
  return {
    name,
    port,
    adminPort,
    get node() {
      return node;
    },
    start: async (environment = {}) => {
      node = await run(environment);
    },
  };
}
