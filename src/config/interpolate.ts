/** What environment variables are read from. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Interpolated {
  readonly text: string;
  readonly problems: readonly string[];
}

const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{/g;
/** What a variable begins with. */
export const OPEN = '$'.concat('{');
const ESCAPED = `$${OPEN}`;

/** Puts environment variables in: `${NAME}` is the variable, `$${` is a plain `${`. There are no defaults: unset is wrong. */
export function interpolate(text: string, environment: Environment): Interpolated {
  const problems: string[] = [];
  const replaced = text.replace(REFERENCE, (reference, variable: string | undefined) => {
    if (reference === ESCAPED) return OPEN;
    const value = variable === undefined ? undefined : readVariable(environment, variable);
    if (value !== undefined) return value;
    problems.push(
      variable === undefined
        ? `after "${OPEN}" must come the name of an environment variable and "}"; a plain "${OPEN}" is written "${ESCAPED}"`
        : `environment variable ${variable} is not set`,
    );
    return '';
  });
  return { text: replaced, problems };
}

/** Only what was set: `toString` is a member of every object. */
export function readVariable(environment: Environment, name: string): string | undefined {
  return Object.hasOwn(environment, name) ? environment[name] : undefined;
}
