import type { GatewayFile } from './gateway-schema.js';
import type { Path } from './problems.js';
import type { ServiceFile } from './service-schema.js';

/** A service's file as it says, and where to complain of it. */
export interface CheckedService {
  readonly name: string;
  readonly file: ServiceFile;
  report(path: Path, message: string): void;
}

/** What no file can know by itself. @param workers in place of the file's number */
export function crossCheck(
  gateway: GatewayFile | undefined,
  services: readonly CheckedService[],
  workers?: number | undefined,
): void {
  requireUnique(services, ['service'], ({ service }) => service);
  requireUnique(services, ['match', 'path'], ({ match }) => match.path);
  for (const service of services) {
    requireProven(service, services);
    if (gateway === undefined) continue;
    requireMeans(service, gateway);
    requireStore(service, gateway, workers ?? gateway.workers);
  }
}

function requireUnique(services: readonly CheckedService[], path: Path, keyOf: (file: ServiceFile) => string): void {
  const first = new Map<string, string>();
  for (const { name, file, report } of services) {
    const key = keyOf(file);
    const other = first.get(key);
    if (other === undefined) first.set(key, name);
    else report(path, `${key} is also that of ${other}`);
  }
}

function requireMeans({ file, report }: CheckedService, gateway: GatewayFile): void {
  const tls = gateway.listeners.some((listener) => listener.tls !== undefined) || gateway.trustedProxies.length > 0;
  const demand = (kind: string, path: Path): void => {
    if (kind === 'transport' && !tls)
      report(path, 'transport needs a listener with tls, or trustedProxies that terminate it');
    if (kind !== 'transport' && gateway.certificates.length === 0) {
      report(path, `${kind} needs a certificate that clients encrypt for: certificates in the gateway's file`);
    }
  };
  if (file.binding.kind === 'transport') demand('transport', ['binding', 'kind']);
  for (const [index, { binding }] of file.bootstrap.entries()) {
    if (binding !== undefined) demand(binding, ['bootstrap', index, 'binding']);
    else if (file.binding.kind === 'symmetric') demand('symmetric', ['bootstrap', index]);
  }
}

function requireStore({ file, report }: CheckedService, gateway: GatewayFile, workers: number): void {
  const { conversation, replay, whenStoreIsAway } = file;
  if (conversation.state === 'memory' && workers > 1) {
    report(
      ['conversation', 'state'],
      `memory needs one worker, and there are ${workers}: none knows the others' tokens`,
    );
  }
  if (gateway.redis !== undefined) return;
  const needs = "needs the shared store: redis in the gateway's file";
  if (conversation.state === 'redis') report(['conversation', 'state'], `redis ${needs}`);
  if (replay === 'farm') report(['replay'], `farm ${needs}`);
  if (whenStoreIsAway !== undefined) report(['whenStoreIsAway'], needs);
}

/**
 * No passthrough may carry around the gateway what a service demands proof of: neither at the path of the service nor
 * at the one where its upstream has it.
 */
function requireProven({ file: { passthrough }, report }: CheckedService, services: readonly CheckedService[]): void {
  if (typeof passthrough === 'boolean' || !passthrough.methods.includes('POST')) return;
  for (const [index, path] of passthrough.paths.entries()) {
    const covered = services.find(
      ({ file: { match, upstream } }) => covers(path, match.path) || covers(path, upstream.path ?? match.path),
    );
    if (covered !== undefined) {
      report(
        ['passthrough', 'paths', index],
        `with POST this would let messages of ${covered.file.service} pass without proof`,
      );
    }
  }
}

/** As the most lenient server reads paths: IIS knows no case, and many drop a slash at the end. */
function covers(pattern: string, path: string): boolean {
  const wide = pattern.toLowerCase();
  const folder = `${path.toLowerCase().replace(/\/+$/, '')}/`;
  return wide.endsWith('/*') ? folder.startsWith(wide.slice(0, -1)) : `${wide.replace(/\/+$/, '')}/` === folder;
}
