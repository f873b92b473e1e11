import { GatewayError } from '../../src/errors.js';

/** The code that `act` fails with; `none` if it does not fail, and the error itself if it is not ours. */
export function codeOf(act: () => unknown): unknown {
  try {
    act();
    return 'none';
  } catch (error) {
    return error instanceof GatewayError ? error.code : error;
  }
}

/** Everything that an outsider could tell two failures apart by. */
export function failureOf(act: () => unknown): unknown {
  try {
    act();
    return 'none';
  } catch (error) {
    return error instanceof GatewayError ? [error.code, error.message, error.details, error.cause] : error;
  }
}
