import { GatewayError } from '../../src/errors.js';

/** Code and offset that `act` fails with; 'none' if it does not, and the error itself if it is not ours. */
export function failureAt(act: () => unknown): unknown {
  try {
    act();
    return 'none';
  } catch (error) {
    return error instanceof GatewayError ? [error.code, error.details.offset] : error;
  }
}
