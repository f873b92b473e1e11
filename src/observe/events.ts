/** Every line that the gateway can log: event → level and message. The reference of log lines is generated from this table. */

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface EventRow {
  readonly level: Level;
  readonly message: string;
}

export const EVENTS = {
  // life
  'process.start': { level: 'info', message: 'starting' },
  'process.ready': { level: 'info', message: 'ready' },
  'process.drain': { level: 'info', message: 'draining' },
  'process.stop': { level: 'info', message: 'stopped' },
  'process.failed': { level: 'fatal', message: 'cannot go on' },
  'listener.open': { level: 'info', message: 'listening' },
  'listener.closed': { level: 'info', message: 'listener closed' },
  'worker.start': { level: 'info', message: 'worker started' },
  'worker.exit': { level: 'error', message: 'worker ended unexpectedly' },
  'worker.stopped': { level: 'info', message: 'worker stopped' },
  'worker.killed': { level: 'warn', message: 'worker did not stop in time and was killed' },
  // configuration
  'config.loaded': { level: 'info', message: 'configuration loaded' },
  'config.warning': { level: 'warn', message: 'configuration is insecure' },
  'config.changed': { level: 'info', message: 'files of the configuration have changed' },
  'config.failed': { level: 'error', message: 'configuration refused; the running one stays' },
  // traffic
  request: { level: 'info', message: 'request' },
  'request.refused': { level: 'warn', message: 'refused before it was a request' },
  'request.failed': { level: 'error', message: 'the gateway failed to answer a request' },
  decision: { level: 'info', message: 'decision' },
  // conversations
  'security.failed': { level: 'warn', message: 'a message was not proven' },
  'token.issued': { level: 'info', message: 'security context token issued' },
  'token.renewed': { level: 'info', message: 'security context token renewed' },
  'token.cancelled': { level: 'info', message: 'security context token cancelled' },
  'token.refused': { level: 'warn', message: 'security context token refused' },
  'token.revoked': { level: 'info', message: 'conversations revoked by an operator' },
  // the shared store
  'store.up': { level: 'info', message: 'shared store reached' },
  'store.down': { level: 'warn', message: 'shared store does not answer' },
  'store.refused': { level: 'warn', message: 'shared store refuses what it is asked to do' },
  'store.evicts': {
    level: 'warn',
    message: 'shared store may forget before its time; set maxmemory-policy noeviction',
  },
  'store.journal': { level: 'warn', message: 'the revocations of other nodes are not complete here' },
  // upstreams
  'upstream.down': { level: 'warn', message: 'upstream target taken out' },
  'upstream.up': { level: 'info', message: 'upstream target back' },
} as const satisfies Record<string, EventRow>;

export type EventName = keyof typeof EVENTS;
