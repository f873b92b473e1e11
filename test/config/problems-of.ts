import { loadConfig } from '../../src/config/load.js';
import { GatewayError } from '../../src/errors.js';
import type { Folder } from './folder.js';

/** What is wrong with a configuration, as `check` prints it, without the folder; the names of files in messages too. */
export function problemsOf(
  { file, path }: Folder,
  environment: Readonly<Record<string, string | undefined>> = {},
): readonly string[] {
  try {
    loadConfig(file, { environment });
    return [];
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'config.invalid') throw error;
    return error.message.replaceAll(`${path}/`, '').replaceAll(path, '.').split('\n').slice(1);
  }
}
