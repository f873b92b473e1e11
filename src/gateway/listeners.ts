import type { AddressInfo } from 'node:net';
import type { Config, Listener as ListenerConfig } from '../config/types.js';
import { createListener, type Listener } from '../http/listener.js';
import type { RequestHandler } from '../http/request-handler.js';
import type { Lasting } from './generation.js';
import { listenError } from './listen-error.js';

/** The sockets that clients connect to, from one configuration to the next. */
export interface Listeners {
  /** Where they listen, in the order of the configuration. */
  readonly addresses: readonly AddressInfo[];
  /**
   * Opens what the configuration has more, closes what it has less, and gives the others its handler and its keys;
   * their connections stay. If one cannot be opened all is as it was before.
   *
   * @throws GatewayError `listen.failed`
   */
  adopt(config: Config, handler: RequestHandler): Promise<void>;
  drain(): void;
  /** Accepts no more; after `timeout` ms what is still in work is cut. A second call can shorten the time. */
  close(timeout: number): Promise<void>;
}

interface Wanted {
  /** Equal where a listener can go on as it is. */
  readonly identity: string;
  readonly listen: ListenerConfig;
  readonly config: Config;
}

interface Open extends Wanted {
  readonly listener: Listener;
  readonly handler: RequestHandler;
  readonly address: AddressInfo;
}

export function createListeners({ log, metrics }: Pick<Lasting, 'log' | 'metrics'>): Listeners {
  let current: readonly Open[] = [];
  const closing = new Map<Open, Promise<void>>();

  const open = async (wanted: Wanted, handler: RequestHandler): Promise<Open> => {
    const { limits, timeouts } = wanted.config;
    const listener = createListener({ listen: wanted.listen, limits, timeouts, handler, log, metrics });
    try {
      return { ...wanted, listener, handler, address: await listener.open() };
    } catch (error) {
      throw listenError(wanted.listen, error);
    }
  };
  const close = (closed: Open, timeout: number): void => {
    closing.set(
      closed,
      closed.listener.close(timeout).finally(() => closing.delete(closed)),
    );
  };

  /** @returns those that are open in place of `gone`; what stood in their way is closed */
  const exchange = async (
    fresh: readonly Wanted[],
    gone: readonly Open[],
    config: Config,
    handler: RequestHandler,
  ): Promise<readonly Open[]> => {
    const opened: Open[] = [];
    const closed: Open[] = [];
    // a port can only be taken again once it was given back, so these come last
    const ordered = fresh.toSorted(
      (a, b) => Number(blockedBy(a, gone).length > 0) - Number(blockedBy(b, gone).length > 0),
    );
    try {
      for (const wanted of ordered) {
        for (const other of blockedBy(wanted, gone)) {
          if (closed.includes(other)) continue;
          close(other, config.drain.timeout);
          closed.push(other);
        }
        opened.push(await open(wanted, handler));
      }
    } catch (error) {
      for (const other of opened) close(other, 0);
      const reopened = await Promise.all(closed.map((other) => open(other, other.handler)));
      current = current.map((other) => reopened.find(({ identity }) => identity === other.identity) ?? other);
      throw error;
    }
    for (const other of gone) if (!closed.includes(other)) close(other, config.drain.timeout);
    return opened;
  };

  return {
    get addresses() {
      return current.map(({ address }) => address);
    },
    async adopt(config, handler) {
      const wanted = identify(config);
      const gone = current.filter(({ identity }) => !wanted.some((other) => other.identity === identity));
      const fresh = wanted.filter(({ identity }) => !current.some((other) => other.identity === identity));
      const opened = await exchange(fresh, gone, config, handler);
      const kept = current.filter((listener) => !gone.includes(listener));
      current = wanted.flatMap((next) => {
        const found = kept.find(({ identity }) => identity === next.identity);
        if (found === undefined) return opened.filter(({ identity }) => identity === next.identity);
        found.listener.setHandler(handler);
        if (next.listen.tls !== undefined) found.listener.setTls(next.listen.tls);
        return [{ ...found, ...next, handler }];
      });
    },
    drain() {
      for (const { listener } of current) listener.drain();
    },
    async close(timeout) {
      for (const listener of [...current, ...closing.keys()]) close(listener, timeout);
      current = [];
      await Promise.all(closing.values());
    },
  };
}

/** A listener's keys can be exchanged while it is open; everything else of it cannot. */
function identify(config: Config): readonly Wanted[] {
  const { limits, timeouts } = config;
  const times = new Map<string, number>();
  return config.listeners.map((listen) => {
    const { address, port, tls } = listen;
    const settings = [
      address,
      port,
      tls?.clientCertificate,
      limits.headers,
      timeouts.headers,
      timeouts.request,
      timeouts.idle,
    ];
    const text = settings.join(' ');
    const nth = times.get(text) ?? 0;
    times.set(text, nth + 1);
    return { identity: `${text} ${nth}`, listen, config };
  });
}

function blockedBy({ listen }: Wanted, gone: readonly Open[]): readonly Open[] {
  return gone.filter((other) => listen.port !== 0 && other.listen.port === listen.port);
}
