import { spawnSync } from 'node:child_process';

/**
 * Whether the openssl command is there to give its opinion. `npm test` needs Node alone, so a suite asks it only where it
 * is; the project's own checks install it.
 */
export const OPENSSL: boolean = spawnSync('openssl', ['version']).status === 0;
