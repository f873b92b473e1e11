import type { SecretSource } from './blocks.js';
import { secretBytes } from './files.js';
import type { GatewayFile } from './gateway-schema.js';
import { resolveClientTls } from './resolve-client-tls.js';
import { type Resolving, readSecret } from './resolving.js';
import type { RedisPolicy } from './types.js';

type RedisFile = NonNullable<GatewayFile['redis']>;

/** Where nobody listens on the way. */
const LOOPBACK = /^(?:127\.|::1$|localhost$)/;

export function resolveRedis(file: RedisFile, resolving: Resolving): RedisPolicy {
  const { mode, addresses, master, username, sentinelUsername, database, timeout, connectTimeout, prefix } = file;
  requireModeFits(file, resolving);
  const password = readPassword('password', file.password, resolving);
  const sentinelPassword = readPassword('sentinelPassword', file.sentinelPassword, resolving);
  const tls = file.tls === undefined ? undefined : resolveClientTls(file.tls, ['redis', 'tls'], resolving);
  if (tls === undefined && !addresses.every(({ host }) => LOOPBACK.test(host))) {
    resolving.warn(['redis'], 'without tls anyone on the way can read the password and end conversations');
  }
  return {
    mode,
    addresses,
    database,
    timeout,
    connectTimeout,
    prefix,
    ...(master === undefined ? {} : { master }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(tls === undefined ? {} : { tls }),
  };
}

function readPassword(key: string, source: SecretSource | undefined, resolving: Resolving): Buffer | undefined {
  const text = source === undefined ? undefined : readSecret(resolving, ['redis', key], source);
  return text === undefined ? undefined : secretBytes(text);
}

function requireModeFits(file: RedisFile, resolving: Resolving): void {
  const report = (key: string, message: string) => resolving.report(['redis', key], message);
  const { mode, addresses, database } = file;
  if (mode === 'single' && addresses.length > 1) report('addresses', 'in mode single there is one');
  if (mode === 'cluster' && database !== 0) report('database', 'a cluster has only database 0');
  if (mode === 'sentinel' && file.master === undefined) report('mode', 'sentinel needs master: the name it knows');
  if (file.username !== undefined && file.password === undefined) report('username', 'needs a password');
  if (file.sentinelUsername !== undefined && file.sentinelPassword === undefined) {
    report('sentinelUsername', 'needs sentinelPassword');
  }
  if (mode === 'sentinel') return;
  for (const key of ['master', 'sentinelUsername', 'sentinelPassword'] as const) {
    if (file[key] !== undefined) report(key, 'has a meaning in mode sentinel only');
  }
}
