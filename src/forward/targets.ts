import { Pool } from 'undici';
import type { ServicePolicy, Timeouts } from '../config/types.js';
import type { Log } from '../observe/log.js';
import type { Metrics } from '../observe/metrics.js';
import type { Runtime } from '../runtime.js';

/** One upstream address of a service, and what is known of its health. */
export interface Target {
  /** The origin, as it stands in logs and metrics. */
  readonly name: string;
  readonly origin: URL;
  readonly pool: Pool;
  inFlight: number;
  /** By the active check; true until it says otherwise. */
  answering: boolean;
  /** By failed exchanges: not used before this time (ms since the epoch) if there is another. */
  ejectedUntil: number;
  /** When the exchanges within the passive window failed. */
  failures: number[];
}

export interface TargetStatus {
  readonly service: string;
  readonly target: string;
  readonly up: boolean;
}

export interface Targets {
  /** The next target by the service's balance; undefined if none may be used. */
  pick(except?: Target): Target | undefined;
  /** A connection was refused or broke. */
  failed(target: Target): void;
  statuses(): TargetStatus[];
  close(): Promise<void>;
}

export interface TargetsOptions {
  readonly timeouts: Pick<Timeouts, 'connect'>;
  readonly runtime: Pick<Runtime, 'now'>;
  readonly log: Log;
  readonly metrics: Metrics;
}

function createPool(service: ServicePolicy, origin: URL, connectTimeout: number): Pool {
  const { tls } = service.upstream;
  return new Pool(origin.origin, {
    // one request on a connection at a time: an answer cannot be taken for another's (security.md H3)
    pipelining: 1,
    allowH2: false,
    // the exchange has one deadline over all, which a trickling upstream cannot stretch
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: connectTimeout,
      ...(tls?.trust === undefined ? {} : { ca: tls.trust }),
      ...(tls?.certificate === undefined ? {} : { cert: tls.certificate }),
      ...(tls?.privateKey === undefined ? {} : { key: tls.privateKey }),
      ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
    },
  });
}

/** Asks a target again and again; calls `report` when `passes` or `fails` answers in a row change its state. */
function startProbe(service: ServicePolicy, target: Target, report: (answering: boolean) => void): () => void {
  const { active } = service.upstream.health;
  if (active === undefined) return () => {};
  let run = 0;
  let asking = false;
  const ask = async (): Promise<boolean> => {
    const signal = AbortSignal.timeout(active.timeout);
    try {
      const answer = await target.pool.request({ method: 'GET', path: active.path, signal });
      await answer.body.dump({ limit: 65_536, signal });
      return answer.statusCode === active.expectStatus;
    } catch {
      return false;
    }
  };
  const timer = setInterval(async () => {
    if (asking) return;
    asking = true;
    const good = await ask();
    asking = false;
    run = good === target.answering ? 0 : run + 1;
    if (run < (good ? active.passes : active.fails)) return;
    run = 0;
    report(good);
  }, active.interval);
  timer.unref();
  return () => clearInterval(timer);
}

/** The targets of one service: pools, balance, and who is taken out. */
export function createTargets(service: ServicePolicy, options: TargetsOptions): Targets {
  const { runtime, log, metrics } = options;
  const { upstream } = service;
  const { passive } = upstream.health;
  let turn = 0;
  const targets = upstream.targets.map(
    (origin): Target => ({
      name: origin.origin,
      origin,
      pool: createPool(service, origin, options.timeouts.connect),
      inFlight: 0,
      answering: true,
      ejectedUntil: 0,
      failures: [],
    }),
  );

  const tell = (target: Target, up: boolean, reason: string): void => {
    metrics.set('upstream_up', { route: service.name, upstream: target.name }, up ? 1 : 0);
    log(up ? 'upstream.up' : 'upstream.down', { policy: service.name, upstream: target.name, reason });
  };
  for (const target of targets) metrics.set('upstream_up', { route: service.name, upstream: target.name }, 1);
  const probes = targets.map((target) =>
    startProbe(service, target, (answering) => {
      target.answering = answering;
      if (answering) target.ejectedUntil = 0;
      tell(target, answering, 'health check');
    }),
  );

  const isEjected = (target: Target, now: number): boolean => {
    if (target.ejectedUntil === 0) return false;
    if (now < target.ejectedUntil) return true;
    target.ejectedUntil = 0;
    tell(target, target.answering, 'fail duration is over');
    return false;
  };

  return {
    pick(except) {
      const now = runtime.now();
      const answering = targets.filter((target) => target !== except && target.answering);
      const sound = answering.filter((target) => !isEjected(target, now));
      // failed exchanges alone never leave a service without a target: a try that fails tells more than a refusal
      const usable = sound.length > 0 ? sound : answering;
      if (usable.length < 2) return usable[0];
      const first = turn++ % usable.length;
      let picked = usable[first];
      if (upstream.balance === 'least_requests') {
        for (let i = 1; i < usable.length; i++) {
          const other = usable[(first + i) % usable.length];
          if (other !== undefined && picked !== undefined && other.inFlight < picked.inFlight) picked = other;
        }
      }
      return picked;
    },
    failed(target) {
      if (passive.maxFails === 0) return;
      const now = runtime.now();
      target.failures = target.failures.filter((at) => at > now - passive.failDuration).slice(-passive.maxFails);
      target.failures.push(now);
      if (target.failures.length < passive.maxFails || target.ejectedUntil > now) return;
      target.failures = [];
      target.ejectedUntil = now + passive.failDuration;
      tell(target, false, 'failed exchanges');
    },
    statuses() {
      const now = runtime.now();
      return targets.map((target) => ({
        service: service.name,
        target: target.name,
        up: target.answering && !isEjected(target, now),
      }));
    },
    async close() {
      for (const stop of probes) stop();
      for (const target of targets) metrics.remove('upstream_up', { route: service.name, upstream: target.name });
      await Promise.all(targets.map((target) => target.pool.close()));
    },
  };
}
