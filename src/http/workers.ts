import cluster, { type Worker } from 'node:cluster';
import type { Log } from '../observe/log.js';

/** A worker that lives this long starts with no delay again when it ends. */
const SETTLED = 10_000;
const FIRST_DELAY = 100;
const LAST_DELAY = 10_000;
const ANSWER_TIME = 2_000;

/** The primary's side: keeps the workers running, and asks them. */
export interface Workers {
  /** Sends the signal to every worker. */
  signal(name: 'SIGHUP'): void;
  /**
   * Puts a question to every worker; those that do not answer in two seconds are left out. What a worker answers goes
   * through JSON.
   */
  ask(question: string): Promise<unknown[]>;
  /** SIGTERM to all; after `timeout` ms SIGKILL to the rest. Resolves when none is left. */
  stop(timeout: number): Promise<void>;
  readonly running: number;
}

export interface WorkersOptions {
  readonly count: number;
  readonly log: Log;
}

interface Question {
  readonly ask: string;
  readonly id: number;
}

/** Without `value`: nothing to say, or the answer failed. JSON drops what is undefined. */
interface Reply {
  readonly reply: number;
  readonly value?: unknown;
}

function isReply(message: unknown): message is Reply {
  return typeof message === 'object' && message !== null && 'reply' in message;
}

function isQuestion(message: unknown): message is Question {
  return typeof message === 'object' && message !== null && 'ask' in message && 'id' in message;
}

/** Milliseconds to wait before the n-th start in a row that failed. */
export function backoff(failures: number): number {
  return failures === 0 ? 0 : Math.min(LAST_DELAY, FIRST_DELAY * 2 ** (failures - 1));
}

/** Starts the workers: this program again, in which `cluster.isWorker` is true. Call in the primary. */
export function startWorkers({ count, log }: WorkersOptions): Workers {
  let stopping = false;
  let nextQuestion = 0;
  const live = new Set<Worker>();
  const delayed = new Set<NodeJS.Timeout>();

  const start = (slot: number, failures: number): void => {
    const started = Date.now();
    const worker = cluster.fork({ SCT_GATEWAY_WORKER: String(slot) });
    live.add(worker);
    log('worker.start', { worker: slot, pid: worker.process.pid });
    worker.on('error', (error) => log('worker.exit', { worker: slot, error }));
    worker.once('exit', (code, signal) => {
      live.delete(worker);
      if (stopping) {
        log('worker.stopped', { worker: slot, code, signal });
        return;
      }
      const next = Date.now() - started > SETTLED ? 0 : failures + 1;
      const delay = backoff(next);
      log('worker.exit', { worker: slot, pid: worker.process.pid, code, signal, restart_ms: delay });
      const timer = setTimeout(() => {
        delayed.delete(timer);
        start(slot, next);
      }, delay);
      delayed.add(timer);
    });
  };
  for (let slot = 1; slot <= count; slot++) start(slot, 0);

  const askOne = (worker: Worker, ask: string): Promise<unknown> =>
    new Promise((resolve) => {
      const id = ++nextQuestion;
      const done = (value: unknown): void => {
        clearTimeout(timer);
        worker.off('message', onMessage).off('exit', onExit);
        resolve(value);
      };
      const onMessage = (message: unknown): void => {
        if (isReply(message) && message.reply === id) done(message.value);
      };
      const onExit = (): void => done(undefined);
      const timer = setTimeout(onExit, ANSWER_TIME);
      worker.on('message', onMessage).on('exit', onExit);
      worker.send({ ask, id } satisfies Question, (error) => {
        if (error !== null) done(undefined);
      });
    });

  return {
    get running() {
      return live.size;
    },
    signal(name) {
      for (const worker of live) worker.process.kill(name);
    },
    async ask(question) {
      const asked = [...live].filter((worker) => worker.isConnected());
      const values = await Promise.all(asked.map((worker) => askOne(worker, question)));
      return values.filter((value) => value !== undefined);
    },
    async stop(timeout) {
      stopping = true;
      for (const timer of delayed) clearTimeout(timer);
      const ends = [...live].map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
      for (const worker of live) worker.process.kill('SIGTERM');
      const timer = setTimeout(() => {
        for (const worker of live) {
          log('worker.killed', { pid: worker.process.pid });
          worker.process.kill('SIGKILL');
        }
      }, timeout);
      await Promise.all(ends);
      clearTimeout(timer);
    },
  };
}

/**
 * In a worker: answers what the primary asks by {@link Workers.ask}. A question that is not in the table, or whose
 * answer fails, is answered by nothing.
 */
export function answerPrimary(answers: Readonly<Record<string, () => unknown>>): void {
  process.on('message', (message: unknown) => {
    if (!isQuestion(message)) return;
    Promise.resolve()
      .then(Object.hasOwn(answers, message.ask) ? answers[message.ask] : undefined)
      .then(
        (value) => process.send?.({ reply: message.id, value } satisfies Reply),
        () => process.send?.({ reply: message.id } satisfies Reply),
      );
  });
}

/** The worker's number, from 1; undefined in the primary and in a process that runs alone. */
export function workerNumber(): number | undefined {
  const number = Number(process.env.SCT_GATEWAY_WORKER);
  return cluster.isWorker && Number.isInteger(number) ? number : undefined;
}
