import { type DestinationStream, pino, stdTimeFunctions } from 'pino';
import { logDestination } from './destination.js';
import { EVENTS, type EventName, type Level } from './events.js';
import { safeFields } from './fields.js';

export type Fields = Readonly<Record<string, unknown>>;

/** The log: one JSON object a line, with `level`, `time` (ISO 8601), `event`, the fields and `msg`. */
export interface Log {
  /** Writes the event at the level of the table in events.ts; the fields are made harmless by fields.ts. */
  (event: EventName, fields?: Fields): void;
  setLevel(level: Level | 'silent'): void;
}

export interface LogOptions {
  readonly level: Level | 'silent';
  /** Stands in every line (the worker's number). */
  readonly base?: Fields;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

const STANDARD_OUTPUT = 1;

export function createLog(options: LogOptions): Log {
  const logger = pino(
    {
      level: options.level,
      base: options.base === undefined ? null : safeFields(options.base),
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    options.destination ?? logDestination(STANDARD_OUTPUT),
  );
  const log = (event: EventName, fields: Fields = {}): void => {
    const row = EVENTS[event];
    if (!logger.isLevelEnabled(row.level)) return;
    logger[row.level]({ event, ...safeFields(fields) }, row.message);
  };
  return Object.assign(log, {
    setLevel(level: Level | 'silent') {
      logger.level = level;
    },
  });
}
