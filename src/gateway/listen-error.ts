import type { Address } from '../config/types.js';
import { GatewayError, systemCode } from '../errors.js';

/** errno of listen(2) → what an operator can do about it. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process, or another listener, listens there',
  EACCES: 'permission denied: ports below 1024 need CAP_NET_BIND_SERVICE',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'the name of the address cannot be resolved',
  EAFNOSUPPORT: 'this machine has no such kind of address',
};

/** @returns GatewayError `listen.failed` */
export function listenError({ address, port }: Address, error: unknown): GatewayError {
  const code = systemCode(error) ?? 'unknown';
  const place = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const reason = REASONS[code] ?? String(error);
  return new GatewayError(
    'listen.failed',
    `cannot listen on ${place}: ${reason}`,
    { address, port, errno: code },
    error,
  );
}
