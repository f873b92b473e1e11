/**
 * Reads a Dockerfile of plain instructions: one a line, continued with a backslash; no heredocs, no variables, no
 * options but `--from` of COPY and what HEALTHCHECK has.
 *
 * @param {string} text
 * @returns {{ name: string | undefined, base: string, instructions: { name: string, value: string }[] }[]} the stages
 */
export function readDockerfile(text) {
  const stages = [];
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  for (const line of lines) {
    const [, name = '', value = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') {
      const [base = '', , as] = value.split(/\s+/);
      stages.push({ name: as, base, instructions: [] });
    } else if (stages.length === 0 || name === '') throw new Error(`not understood: ${line}`);
    else stages.at(-1)?.instructions.push({ name, value });
  }
  return stages;
}

/**
 * @param {string} value of ENTRYPOINT, CMD or behind HEALTHCHECK's CMD, in exec form: there is no shell
 * @returns {string[]}
 */
export function execForm(value) {
  const form = JSON.parse(value);
  if (!Array.isArray(form)) throw new Error(`not in exec form: ${value}`);
  return form;
}
