import { Agent } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Target } from './balancer.js';
import { endOf, type GatewayNode, type GatewayNodeOptions, startGatewayNode } from './gateway-node.js';

interface Member extends Target {
  readonly node: GatewayNode;
  /** `leaving`: gets no request and has perhaps some in work. `dead`: refuses the connections that it is still offered. */
  state: 'serving' | 'leaving' | 'dead';
}

/** The farm's gateway processes, and whose turn it is. */
export interface Fleet {
  readonly members: readonly Readonly<Pick<Member, 'name' | 'port' | 'state' | 'node'>>[];
  /** All that may be asked, the next in turn first; each call moves the turn on. */
  order(): readonly Target[];
  /**
   * SIGKILLs a node, by default the one that has served longest, and leaves its place in the rotation, where it refuses
   * connections as a lost machine does. It is killed between two requests: one in its hands would be lost with it,
   * whatever stands in front, for no one may send a SOAP message twice.
   *
   * @returns its name
   */
  kill(name?: string): Promise<string>;
  /** Starts a node in the place of one that was killed. */
  replace(name: string): Promise<string>;
  /** Resolves when a node has ended by itself, and with what it wrote last. */
  readonly failed: Promise<Error>;
  stop(): Promise<void>;
}

/** @throws Error with its log if a node does not start; the others are gone then */
export async function startFleet(count: number, options: Omit<GatewayNodeOptions, 'name'>): Promise<Fleet> {
  const members: Member[] = [];
  let number = 0;
  let turn = 0;
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });

  const starting = new Set<Promise<Member>>();

  const start = (): Promise<Member> => {
    const promise = startMember().finally(() => starting.delete(promise));
    starting.add(promise);
    return promise;
  };
  const startMember = async (): Promise<Member> => {
    const node = await startGatewayNode({ ...options, name: `node-${++number}` });
    const agent = new Agent({ keepAlive: true });
    const member: Member = { name: node.name, port: node.port, agent, inFlight: 0, node, state: 'serving' };
    members.push(member);
    void node.ended.then((how) => {
      if (member.state === 'serving') fail(new Error(`${node.name} ended by itself (${how}):\n${endOf(node.log)}`));
    });
    return member;
  };
  const stop = async (): Promise<void> => {
    await Promise.allSettled(starting);
    const alive = members.filter(({ state }) => state !== 'dead');
    for (const member of alive) member.state = 'leaving';
    await Promise.all(
      alive.map(async ({ agent, node }) => {
        await node.stop();
        agent.destroy();
      }),
    );
  };

  const started = await Promise.allSettled(Array.from({ length: count }, start));
  const refused = started.find((one) => one.status === 'rejected');
  if (refused !== undefined) {
    await stop();
    throw refused.reason;
  }
  members.sort((a, b) => a.name.localeCompare(b.name));

  return {
    members,
    order: () => {
      const open = members.filter(({ state }) => state !== 'leaving');
      const first = turn++ % Math.max(1, open.length);
      return [...open.slice(first), ...open.slice(0, first)];
    },
    kill: async (name) => {
      const member = members.find((one) => one.state === 'serving' && (name === undefined || one.name === name));
      if (member === undefined) throw new Error(`no node ${name ?? ''} serves`);
      member.state = 'leaving';
      await idle(member);
      // a kept connection to a dead node would take a request, and lose it
      member.agent.destroy();
      await member.node.kill();
      member.state = 'dead';
      return member.name;
    },
    replace: async (name) => {
      const member = await start();
      const place = members.findIndex((one) => one.name === name && one.state === 'dead');
      if (place >= 0) members.splice(place, 1);
      return member.name;
    },
    failed,
    stop,
  };
}

async function idle(member: Member): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (member.inFlight > 0 && Date.now() < deadline) await wait(2);
}
