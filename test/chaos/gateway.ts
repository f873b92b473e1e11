import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { projectPath } from '../farm/project.js';

/** A command of the gateway, as an operator gives it. @returns its exit code, and what it said on standard error */
export async function gateway(
  ...words: readonly string[]
): Promise<{ readonly status: number; readonly said: string }> {
  const child = spawn(process.execPath, [projectPath('dist', 'cli.js'), ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (part) => {
    said += String(part);
  });
  const [status] = await once(child, 'close');
  return { status: Number(status), said: said.trim().replaceAll('\n', '; ') };
}
