import { GatewayError, systemCode } from '../errors.js';

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'exists already and is not overwritten',
  ENOENT: 'cannot be written: the folder does not exist',
  EACCES: 'cannot be written: permission denied',
  EROFS: 'cannot be written: the file system is read-only',
  EISDIR: 'is a folder',
  ENOSPC: 'cannot be written: no space left',
};

/** @returns GatewayError `config.invalid` that says what stands in the way of writing the file */
export function fileError(file: string, error: unknown): GatewayError {
  const code = systemCode(error) ?? 'unknown error';
  return new GatewayError('config.invalid', `${file} ${REASONS[code] ?? `cannot be written: ${code}`}`, {}, error);
}
