import { loadConfig } from '../config/load.js';
import { workerNumber } from '../http/workers.js';
import { createLog } from '../observe/log.js';
import { CONFIG_HELP, CONFIG_OPTION, type Command, type OptionValues, text, UsageError } from './command.js';

export const run: Command = {
  summary: 'serve',
  usage: '[--config FILE] [--workers N]',
  help: `${CONFIG_HELP}
      --workers N     processes that share the listeners, in place of the file's number

Signals
  SIGHUP              read the configuration again; a wrong one is refused with its problems in the log
  SIGTERM, SIGINT     drain: not ready, drain.delay, no new connections, drain.timeout for the rest; exit code 0
                      a second one exits at once, with 1

Examples
  sct-gateway run
  sct-gateway run --config /etc/sct-gateway/gateway.yaml --workers 4`,
  options: { ...CONFIG_OPTION, workers: { type: 'string' } },
  run: async (values) => {
    const file = text(values, 'config') ?? '';
    const { startClusteredGateway, startGateway } = await import('../gateway.js');
    const worker = workerNumber();
    if (worker !== undefined) return serve(() => startGateway(file, { worker }), 'worker');
    const { workers } = loadConfig(file, { workers: workersOption(values) });
    return serve(() => (workers === 1 ? startGateway(file) : startClusteredGateway(file, workers)), 'main');
  },
};

const MAX_WORKERS = 256;

function workersOption(values: OptionValues): number | undefined {
  const value = text(values, 'workers');
  if (value === undefined) return undefined;
  const workers = /^[1-9]\d{0,2}$/.test(value) ? Number(value) : MAX_WORKERS + 1;
  if (workers > MAX_WORKERS) throw new UsageError(`--workers must be a number from 1 to ${MAX_WORKERS}`);
  return workers;
}

interface Serving {
  reload(): Promise<boolean>;
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts, and serves until a signal ends it. A worker obeys its primary's SIGTERM alone, and however often it comes: a
 * terminal sends SIGINT to both, and systemd SIGTERM.
 *
 * @returns the exit code
 */
function serve(start: () => Promise<Serving>, role: 'main' | 'worker'): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => {
      createLog({ level: 'fatal' })('process.failed', { error });
      resolve(1);
    };
    let code: 0 | 1 | undefined;
    const end = async (): Promise<void> => {
      const again = code !== undefined;
      if (again && role === 'worker') return;
      code = again ? 1 : 0;
      const serving = await started;
      await (again ? serving.stop() : serving.drain());
      resolve(code);
    };
    const onEnd = (): void => void end().catch(fail);
    // before the start, so that no signal meets the default of ending the process
    process.on('SIGTERM', onEnd);
    process.on('SIGINT', role === 'main' ? onEnd : () => undefined);
    process.on('SIGHUP', () => void started.then((serving) => serving.reload()).catch(fail));
    const started = start();
    started.catch(reject);
    process.on('uncaughtException', fail);
  });
}
