import type { Path } from './problems.js';
import { resolveClientTls } from './resolve-client-tls.js';
import type { Resolving } from './resolving.js';
import type { ServiceFile } from './service-schema.js';
import type { ActiveHealth, Health, Upstream, UpstreamTls } from './types.js';

export function resolveUpstream({ upstream, match }: ServiceFile, resolving: Resolving): Upstream {
  const targets = upstream.targets.flatMap((text, index) => {
    const path = ['upstream', 'targets', index];
    const target = parseTarget(text);
    if (typeof target === 'string') resolving.report(path, target);
    return typeof target === 'string' ? [] : [{ target, path }];
  });
  const seen = new Set<string>();
  for (const { target, path } of targets) {
    if (seen.has(target.origin)) resolving.report(path, `${target.origin} stands here a second time`);
    seen.add(target.origin);
  }
  const urls = targets.map(({ target }) => target);
  const tls = upstream.tls === undefined ? undefined : resolveTls(upstream.tls, urls, resolving);
  return {
    targets: urls,
    path: upstream.path ?? match.path,
    balance: upstream.balance,
    health: resolveHealth(upstream.health),
    ...(tls === undefined ? {} : { tls }),
  };
}

/** @returns the origin, or what is wrong with it */
function parseTarget(text: string): URL | string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'must be an origin such as http://10.0.0.11:8080';
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with http:// or https://';
  if (url.username !== '' || url.password !== '') return 'must not hold a user or a password';
  if (text.includes('?') || text.includes('#')) return 'must not have a query or a fragment';
  if (url.pathname !== '/') return 'must not have a path; upstream.path is for that';
  return url;
}

function resolveHealth({ active, passive }: ServiceFile['upstream']['health']): Health {
  const probe: ActiveHealth | undefined = active;
  return { passive, ...(probe === undefined ? {} : { active: probe }) };
}

function resolveTls(
  tls: NonNullable<ServiceFile['upstream']['tls']>,
  targets: readonly URL[],
  resolving: Resolving,
): UpstreamTls {
  const path: Path = ['upstream', 'tls'];
  if (targets.length > 0 && targets.every(({ protocol }) => protocol === 'http:')) {
    resolving.report(path, 'has no meaning: no target is https');
  }
  return resolveClientTls(tls, path, resolving);
}
