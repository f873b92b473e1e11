#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { type Command, type OptionValues, type Surroundings, UsageError } from './cli/command.js';
import { helpOf, overview } from './cli/help.js';
import { GatewayError } from './errors.js';
import { systemRuntime } from './runtime.js';

/** Command → where it is. Each is loaded when it is asked for: `version` needs no TLS stack. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./cli/run.js')).run,
  check: async () => (await import('./cli/check.js')).check,
  'keys generate': async () => (await import('./cli/keys-generate.js')).keysGenerate,
  'keys rotate': async () => (await import('./cli/keys-rotate.js')).keysRotate,
  'keys list': async () => (await import('./cli/keys-list.js')).keysList,
  'keys retire': async () => (await import('./cli/keys-retire.js')).keysRetire,
  'keys check': async () => (await import('./cli/keys-check.js')).keysCheck,
  revoke: async () => (await import('./cli/revoke.js')).revoke,
  'hash-password': async () => (await import('./cli/hash-password.js')).hashPassword,
  version: async () => (await import('./cli/version.js')).version,
};

const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    '--version': 'version',
    '-v': 'version',
    '--help': 'help',
    '-h': 'help',
  }),
);

const surroundings: Surroundings = {
  stdin: process.stdin,
  out: (text) => process.stdout.write(`${text}\n`),
  tell: (text) => process.stderr.write(`${text}\n`),
  prompt: (text) => process.stderr.write(text),
  environment: process.env,
  runtime: systemRuntime,
};

/** The command that the arguments begin with, and what is left of them. */
function findCommand(argv: readonly string[]): { readonly name: string; readonly rest: readonly string[] } {
  const [first = 'help', ...others] = argv;
  const name = ALIASES.get(first) ?? first;
  const double = `${name} ${others[0] ?? ''}`;
  return Object.hasOwn(COMMANDS, double) ? { name: double, rest: others.slice(1) } : { name, rest: others };
}

async function help(name: string): Promise<number> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load !== undefined) surroundings.out(helpOf(name, await load()));
  else if (name === '')
    surroundings.out(
      overview(await Promise.all(Object.entries(COMMANDS).map(async ([each, load]) => [each, await load()] as const))),
    );
  else throw new UsageError(`unknown command "${name}"`);
  return 0;
}

function parse(options: Command['options'], args: readonly string[]): OptionValues {
  const all = { ...options, help: { type: 'boolean', short: 'h' } } as const;
  try {
    return parseArgs({ args: [...args], options: all, strict: true, allowPositionals: false }).values as OptionValues;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(error.message.replace(/\. .*$/s, ''));
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const { name, rest } = findCommand(argv);
  try {
    if (name === 'help') return await help(rest.join(' '));
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (load === undefined) throw new UsageError(`unknown command "${name}"`);
    const command = await load();
    const values = parse(command.options, rest);
    return values.help === true ? await help(name) : await command.run(values, surroundings);
  } catch (error) {
    if (error instanceof UsageError) {
      surroundings.tell(`sct-gateway: ${error.message}\nSee: sct-gateway help`);
      return 2;
    }
    if (!(error instanceof GatewayError)) throw error;
    surroundings.tell(`sct-gateway: ${error.message}`);
    return 1;
  }
}

process.exit(await main(process.argv.slice(2)));
