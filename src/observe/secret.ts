import { inspect } from 'node:util';

const PRINTED = '[secret]';

/**
 * A value that prints as `[secret]` in a template, in JSON, in `util.inspect` and so in every log line; only
 * {@link Secret.reveal} gives it out. For octets see `secret()` in src/crypto.
 */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return PRINTED;
  }

  toJSON(): string {
    return PRINTED;
  }

  [inspect.custom](): string {
    return PRINTED;
  }
}
