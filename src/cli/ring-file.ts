import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { loadKeyRing, locateKeyRing } from '../config/load.js';
import { type KeyRing, parseKeyRing } from '../conversation/key-ring.js';
import { GatewayError, systemCode } from '../errors.js';
import { type OptionValues, type Surroundings, text, UsageError } from './command.js';
import { fileError } from './file-error.js';

export const RING_OPTIONS = { ring: { type: 'string', short: 'r' }, config: { type: 'string', short: 'c' } } as const;
export const RING_HELP = `  -r, --ring FILE     the file of the key ring
  -c, --config FILE   in place of that the configuration that names it; default: gateway.yaml in the working directory`;

/** Where the ring is, as the command line says. */
export interface RingPlace {
  readonly ring: string | undefined;
  /** Undefined where the ring's own file is named. */
  readonly config: string | undefined;
}

/** @throws UsageError */
export function ringPlace(values: OptionValues): RingPlace {
  const [ring, config] = [text(values, 'ring'), text(values, 'config')];
  if (ring !== undefined && config !== undefined) throw new UsageError('--ring and --config name the ring twice');
  return { ring, config: ring === undefined ? (config ?? 'gateway.yaml') : undefined };
}

/** @throws GatewayError `key.invalid`, `config.invalid` */
export function readRing({ ring, config }: RingPlace, { environment, runtime }: Surroundings): KeyRing {
  if (ring === undefined) return loadKeyRing(config ?? '', { environment, runtime });
  return parseKeyRing(readText(ring), ring, runtime.now);
}

/**
 * The file that an edit changes.
 *
 * @throws GatewayError `config.invalid` where the ring is in a folder or in the environment
 */
export function ringFile({ ring, config }: RingPlace, { environment }: Surroundings): string {
  if (ring !== undefined) return ring;
  const { file, folder } = locateKeyRing(config ?? '', { environment });
  if (file !== undefined) return file;
  const where = folder === undefined ? 'the environment' : `the folder ${folder}`;
  throw new GatewayError('config.invalid', `the ring is in ${where}: edit the file that it is made from, with --ring`);
}

/**
 * Puts another ring in the place of a file at once: whoever reads it gets the one or the other, whole. Mode and owner
 * stay. The file beside it that the new ring is written to also keeps a second edit out.
 *
 * @param edit makes the new text from the old
 * @throws GatewayError `config.invalid` for what stands in the way, `key.invalid`
 */
export function editRing(file: string, edit: (before: string) => string): void {
  const target = realFile(file);
  const beside = join(dirname(target), `.${basename(target)}.new`);
  let descriptor: number;
  try {
    descriptor = openSync(beside, 'wx', 0o600);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw fileError(beside, error);
    throw new GatewayError(
      'config.invalid',
      `${beside} exists: another edit is under way, or was cut off; then remove it`,
    );
  }
  try {
    const text = edit(readText(target));
    const { mode, uid, gid } = statSync(target);
    writeSync(descriptor, text);
    fchmodSync(descriptor, mode & 0o777);
    if (process.geteuid?.() === 0) fchownSync(descriptor, uid, gid);
    fsyncSync(descriptor);
    renameSync(beside, target);
    syncFolder(dirname(target));
  } catch (error) {
    rmSync(beside, { force: true });
    throw error instanceof GatewayError ? error : fileError(file, error);
  } finally {
    closeSync(descriptor);
  }
}

/** A link stays a link: what it points at is replaced. */
function realFile(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): GatewayError {
  const code = systemCode(error);
  const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read: ${code}`;
  return new GatewayError('config.invalid', `${file} ${reason}`, {}, error);
}

/** So that the rename, too, outlives a loss of power. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
