import type { ParseArgsConfig } from 'node:util';
import type { Environment } from '../config/interpolate.js';
import type { Runtime } from '../runtime.js';

/** What a command has of the process around it. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadStream;
  /** Results: what can go into a file or a pipe. */
  readonly out: (text: string) => void;
  /** Everything said to the operator. */
  readonly tell: (text: string) => void;
  /** As `tell`, and the cursor stays behind it. */
  readonly prompt: (text: string) => void;
  readonly environment: Environment;
  readonly runtime: Runtime;
}

export type OptionValues = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Behind the command's name. */
  readonly usage: string;
  /** What the options mean, and examples. */
  readonly help: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /**
   * @returns the exit code
   * @throws UsageError for a wrong option, GatewayError for what failed
   */
  run(values: OptionValues, surroundings: Surroundings): Promise<number>;
}

/** The command line is wrong; exit code 2. */
export class UsageError extends Error {}

/** What the command line says of an option that takes a value. */
export function text(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** As `text`, of an option that may be given several times. */
export function texts(values: OptionValues, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

export const CONFIG_OPTION = { config: { type: 'string', short: 'c', default: 'gateway.yaml' } } as const;
export const CONFIG_HELP = '  -c, --config FILE   the configuration; default: gateway.yaml in the working directory';
