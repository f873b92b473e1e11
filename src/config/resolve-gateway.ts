import type { KeyRing } from '../conversation/key-ring.js';
import { requireRsa } from './certificates.js';
import type { GatewayFile } from './gateway-schema.js';
import { resolveKeyRing } from './resolve-key-ring.js';
import { resolveRedis } from './resolve-redis.js';
import { attempt, certificatesPem, privateKeyPem, type Resolving, readCertificates, readPair } from './resolving.js';
import type { Config, Listener, ListenerTls, ServiceCertificate } from './types.js';

/** Everything of a Config that gateway.yaml decides; what could not be made has been reported. */
export type GatewayParts = Omit<Config, 'services' | 'warnings' | 'files' | 'keyRing'> & {
  readonly keyRing: KeyRing | undefined;
};

export function resolveGateway(file: GatewayFile, resolving: Resolving): GatewayParts {
  const { admin, farmKeys, watch, policies, listeners, certificates, redis, ...rest } = file;
  requireDistinctAddresses(file, resolving);
  return {
    ...rest,
    admin: admin === false ? undefined : admin,
    watch: watch === false ? undefined : watch,
    listeners: listeners.map((listener, index) => resolveListener(listener, index, resolving)),
    certificates: certificates.flatMap((pair, index) => resolveCertificate(pair, index, resolving) ?? []),
    ...(redis === undefined ? {} : { redis: resolveRedis(redis, resolving) }),
    keyRing: resolveKeyRing(farmKeys, resolving),
  };
}

function resolveListener(
  { address, port, tls }: GatewayFile['listeners'][number],
  index: number,
  resolving: Resolving,
): Listener {
  const resolved = tls === undefined ? undefined : resolveTls(tls, ['listeners', index, 'tls'], resolving);
  return { address, port, ...(resolved === undefined ? {} : { tls: resolved }) };
}

function resolveTls(
  tls: NonNullable<GatewayFile['listeners'][number]['tls']>,
  path: readonly (string | number)[],
  resolving: Resolving,
): ListenerTls | undefined {
  const { minVersion, clientCertificate, clientTrust } = tls;
  const pair = readPair(resolving, path, tls);
  if (clientTrust === undefined && clientCertificate !== 'none') {
    resolving.report([...path, 'clientCertificate'], 'needs clientTrust: issuers of the certificates to accept');
  }
  if (clientTrust !== undefined && clientCertificate === 'none') {
    resolving.report([...path, 'clientTrust'], 'has no meaning while clientCertificate is none');
  }
  const issuers =
    clientTrust === undefined ? undefined : readCertificates(resolving, [...path, 'clientTrust'], clientTrust);
  if (pair === undefined) return undefined;
  return {
    certificate: certificatesPem([pair.certificate, ...pair.chain]),
    privateKey: privateKeyPem(pair),
    minVersion,
    clientCertificate,
    ...(issuers === undefined ? {} : { clientTrust: certificatesPem(issuers) }),
  };
}

function resolveCertificate(
  source: GatewayFile['certificates'][number],
  index: number,
  resolving: Resolving,
): ServiceCertificate | undefined {
  const path = ['certificates', index] as const;
  const pair = readPair(resolving, path, source);
  return attempt(resolving, [...path, 'privateKey'], 'the private key', () => {
    if (pair !== undefined) requireRsa(pair.privateKey);
    return pair;
  });
}

function requireDistinctAddresses({ listeners, admin }: GatewayFile, resolving: Resolving): void {
  const seen = new Set<string>();
  const places = [
    ...listeners.map((listener, index) => ({ ...listener, path: ['listeners', index] })),
    ...(admin === false ? [] : [{ ...admin, path: ['admin'] }]),
  ];
  for (const { address, port, path } of places) {
    const place = `${address}:${port}`;
    if (port !== 0 && seen.has(place)) resolving.report(path, `${place} is already listened on`);
    seen.add(place);
  }
}
