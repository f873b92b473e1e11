import { loadConfig } from '../config/load.js';
import type { Binding, Config, Listener, ServicePolicy } from '../config/types.js';
import { formatDuration } from '../config/units.js';
import { CONFIG_HELP, CONFIG_OPTION, type Command, text } from './command.js';

export const check: Command = {
  summary: 'read a configuration and say everything that is wrong with it',
  usage: '[--config FILE]',
  help: `${CONFIG_HELP}

Reads every file that the configuration names, keys and certificates too, and opens nothing. Problems and warnings are
written as file:line:column; the exit code is 1 if there is a problem.

Examples
  sct-gateway check
  sct-gateway check --config /etc/sct-gateway/gateway.yaml && systemctl reload sct-gateway`,
  options: CONFIG_OPTION,
  run: async (values, { out, tell, environment, runtime }) => {
    const file = text(values, 'config') ?? '';
    const config = loadConfig(file, { environment, runtime });
    for (const warning of config.warnings) tell(`warning: ${warning}`);
    out(summary(file, config));
    return 0;
  },
};

function summary(file: string, config: Config): string {
  const { admin, keyRing, services } = config;
  const rows: readonly (readonly [string, string])[] = [
    ['listeners', config.listeners.map(url).join(', ')],
    ['admin', admin === undefined ? 'none' : url(admin)],
    ['farm keys', `${keyRing.kids.join(', ')}; ${keyRing.current.kid} seals; fingerprint ${keyRing.fingerprint()}`],
    ['workers', String(config.workers)],
  ];
  const nodes = rows.map(([name, value]) => `  ${name.padEnd(10)}${value}`);
  return [`${file} is valid`, ...nodes, ...services.flatMap(describe)].join('\n');
}

function describe(service: ServicePolicy): readonly string[] {
  const { name, match, upstream, conversation, binding, bootstrap } = service;
  return [
    `service ${name}`,
    `  ${match.path} → ${upstream.targets.map(({ origin }) => origin).join(', ')} ${upstream.path}`,
    `  token     ${conversation.versions.join(', ')}; ${formatDuration(conversation.lifetime)}, renewed until ${formatDuration(conversation.renewUntil)}`,
    `  messages  ${protection(binding)}`,
    ...bootstrap.map((entry) => `  bootstrap ${entry.credential}, ${protection(entry)}`),
  ];
}

function protection(binding: Binding): string {
  const { kind, suite, derivedKeys, protectionOrder, encryptSignature } = binding;
  const message =
    kind === 'transport' ? [] : [protectionOrder, encryptSignature ? 'signature encrypted' : 'signature in clear'];
  return [kind, suite.name, ...(derivedKeys ? ['derived keys'] : []), ...message].join(', ');
}

function url({ address, port, tls }: Listener): string {
  return `${tls === undefined ? 'http' : 'https'}://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
