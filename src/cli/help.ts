import type { Command } from './command.js';

/** What `sct-gateway help` says: every command in a line. */
export function overview(commands: readonly (readonly [name: string, command: Command])[]): string {
  const width = Math.max(...commands.map(([name]) => name.length)) + 3;
  const lines = commands.map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`);
  return [
    'sct-gateway: a reverse proxy that speaks WS-SecureConversation for a web farm',
    '',
    'Usage: sct-gateway COMMAND [OPTIONS]',
    '',
    ...lines,
    `  ${'help'.padEnd(width)}this, or with the name of a command: its options and examples`,
    '',
    'A first run',
    '  sct-gateway keys generate --out farm-keys.json',
    '  sct-gateway hash-password --user alice >> users.htpasswd && chmod o-rwx users.htpasswd',
    '  sct-gateway check --config gateway.yaml',
    '  sct-gateway run --config gateway.yaml',
    '',
    'Exit codes: 0 done, 1 failed, 2 wrong command line',
  ].join('\n');
}

export function helpOf(name: string, { summary, usage, help }: Command): string {
  return [
    `Usage: sct-gateway ${name} ${usage}`.trimEnd(),
    '',
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    '',
    help,
  ].join('\n');
}
