import type { ConnectionOptions } from 'node:tls';
import type { RedisPolicy } from '../config/types.js';
import { type Connect, type Connection, messageOf, type Reply, ReplyError } from './connection.js';
import { within } from './deadline.js';

type Redis = typeof import('@redis/client');

/** Milliseconds between attempts to get a socket back. */
const RECONNECT = { first: 50, most: 1000 } as const;
/** Commands that wait for their replies on one socket; more fail at once. */
const MAX_QUEUE = 10_000;
/** How often Sentinel is asked who the master is, besides its own announcements. Milliseconds. */
const SENTINEL_SCAN = 1000;

/**
 * Connects as the configuration says: to one Redis, to the master that Sentinel names, or to a cluster. The package is
 * loaded here alone, and only where Redis is configured. No command is queued while there is no socket, and none is sent twice:
 * what is not known to have failed must not be done again.
 */
export function redisConnect(policy: RedisPolicy): Connect {
  return async (lost) => {
    const redis = await import('@redis/client');
    let reason = 'no connection in time';
    const note = (why: string): void => {
      reason = why;
      lost(why);
    };
    return CONNECTORS[policy.mode](redis, policy, note, () => new Error(reason));
  };
}

type Connector = (
  redis: Redis,
  policy: RedisPolicy,
  lost: (reason: string) => void,
  late: () => Error,
) => Promise<Connection>;

const single: Connector = async (redis, policy, lost, late) => {
  const [address] = policy.addresses;
  const client = redis.createClient({
    ...nodeOptions(policy),
    RESP: 2,
    database: policy.database,
    socket: { ...socketOptions(policy), ...address },
  });
  client.on('error', (error: unknown) => lost(messageOf(error)));
  await connectWithin(client, policy, late);
  return {
    send: (_, args) => replied(redis, client.sendCommand([...args])),
    close: () => client.destroy(),
  };
};

const sentinel: Connector = async (redis, policy, lost, late) => {
  const { addresses, master = '', sentinelUsername, sentinelPassword } = policy;
  const client = redis.createSentinel({
    name: master,
    sentinelRootNodes: [...addresses],
    RESP: 2,
    maxCommandRediscovers: 0,
    scanInterval: SENTINEL_SCAN,
    passthroughClientErrorEvents: true,
    nodeClientOptions: { ...nodeOptions(policy), database: policy.database, socket: socketOptions(policy) },
    sentinelClientOptions: {
      ...nodeOptions({ username: sentinelUsername, password: sentinelPassword }),
      socket: socketOptions(policy),
    },
  });
  client.on('error', (error: unknown) => lost(messageOf(error)));
  client.on('client-error', ({ error }: { error: unknown }) => lost(messageOf(error)));
  client.on('topology-change', () => lost('another master'));
  await connectWithin(client, policy, late);
  return {
    send: (_, args) => replied(redis, client.sendCommand(false, [...args])),
    close: () => void client.destroy().catch(() => undefined),
  };
};

const cluster: Connector = async (redis, policy, lost, late) => {
  const defaults = { ...nodeOptions(policy), socket: socketOptions(policy) };
  const client = redis.createCluster({
    rootNodes: policy.addresses.map((address) => ({ socket: { ...defaults.socket, ...address } })),
    defaults,
    RESP: 2,
  });
  client.on('error', (error: unknown) => lost(messageOf(error)));
  client.on('node-error', (error: unknown) => lost(messageOf(error)));
  await connectWithin(client, policy, late);
  return {
    send: (key, args) => replied(redis, client.sendCommand(key, false, [...args])),
    close: () => client.destroy(),
  };
};

const CONNECTORS: Readonly<Record<RedisPolicy['mode'], Connector>> = { single, sentinel, cluster };

function nodeOptions({ username, password }: { username?: string | undefined; password?: Buffer | undefined }) {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.toString('utf8') }),
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_QUEUE,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  } as const;
}

function socketOptions({ connectTimeout, tls }: RedisPolicy) {
  const socket = {
    connectTimeout,
    reconnectStrategy: (retries: number) => Math.min(RECONNECT.first * 2 ** Math.min(retries, 10), RECONNECT.most),
  };
  if (tls === undefined) return socket;
  const { trust, certificate, privateKey, serverName } = tls;
  const options: ConnectionOptions = {
    ...(trust === undefined ? {} : { ca: trust }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(privateKey === undefined ? {} : { key: privateKey }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
  return { ...socket, tls: true as const, ...options };
}

/** A client that does not get its first socket goes on trying for ever, unless it is ended. */
async function connectWithin(
  client: { connect(): Promise<unknown>; destroy(): unknown },
  { connectTimeout }: RedisPolicy,
  late: () => Error,
): Promise<void> {
  try {
    await within(client.connect(), connectTimeout, late);
  } catch (error) {
    await Promise.resolve(client.destroy()).catch(() => undefined);
    throw error;
  }
}

async function replied(redis: Redis, reply: Promise<unknown>): Promise<Reply> {
  try {
    return (await reply) as Reply;
  } catch (error) {
    throw error instanceof redis.ErrorReply ? new ReplyError(error.message) : error;
  }
}
