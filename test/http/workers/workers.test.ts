import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { answerPrimary, backoff, startWorkers, type Workers, workerNumber } from '../../../src/http/workers.js';
import { logLines, until } from '../harness.js';

const { lines, log } = logLines();
let workers: Workers;
let up = 0;
let hup = 0;

const count = (event: string): number => lines.filter((line) => line.event === event).length;

beforeAll(async () => {
  cluster.setupPrimary({ exec: fileURLToPath(new URL('./worker.mjs', import.meta.url)), args: [] });
  cluster.on('message', (_worker, message: { up?: boolean; hup?: boolean }) => {
    if (message.up === true) up++;
    if (message.hup === true) hup++;
  });
  workers = startWorkers({ count: 2, log });
  await until(() => up === 2);
});
afterAll(() => workers.stop(100));

test('every worker is asked, and answers for itself', async () => {
  const answers = (await workers.ask('slot')) as { slot: string }[];
  expect(answers.map(({ slot }) => slot).sort()).toEqual(['1', '2']);
  expect(workers.running).toBe(2);
});

test('one that has nothing to say is left out at once', async () => {
  const started = performance.now();
  expect(await workers.ask('nothing')).toEqual([]);
  expect(performance.now() - started).toBeLessThan(1_000);
});

test('one that does not answer is left out after two seconds', async () => {
  expect(await workers.ask('silence')).toEqual([]);
});

test('a signal reaches every worker', async () => {
  workers.signal('SIGHUP');
  await until(() => hup === 2);
});

test('one that ends is started again in its place, and holds no question up', async () => {
  expect(await workers.ask('die')).toEqual([]);
  await until(() => up === 4);
  expect(count('worker.exit')).toBe(2);
  expect(lines.find((line) => line.event === 'worker.exit')).toMatchObject({
    level: 'error',
    code: 3,
    restart_ms: 100,
  });
  const answers = (await workers.ask('slot')) as { slot: string }[];
  expect(answers.map(({ slot }) => slot).sort()).toEqual(['1', '2']);
});

test('stop ends them, and starts none again', async () => {
  await workers.stop(2_000);
  expect(workers.running).toBe(0);
  expect(count('worker.stopped')).toBe(2);
  expect(count('worker.killed')).toBe(0);
});

test('one that does not stop is killed', async () => {
  cluster.setupPrimary({ args: ['stubborn'] });
  up = 0;
  const stubborn = startWorkers({ count: 1, log });
  await until(() => up === 1);
  await stubborn.stop(50);
  expect(count('worker.killed')).toBe(1);
  expect(stubborn.running).toBe(0);
});

test.each([
  [0, 0],
  [1, 100],
  [2, 200],
  [5, 1_600],
  [8, 10_000],
  [50, 10_000],
])('after %i failures in a row the next start waits %i ms', (failures, delay) => {
  expect(backoff(failures)).toBe(delay);
});

describe('in a worker', () => {
  const sent: unknown[] = [];
  const own = process.send;
  beforeAll(() => {
    process.send = (message: unknown) => sent.push(message) > 0;
    answerPrimary({
      value: () => ({ a: 1 }),
      later: async () => 2,
      nothing: () => undefined,
      fails: () => {
        throw new Error('no');
      },
    });
  });
  afterAll(() => {
    process.removeAllListeners('message');
    if (own === undefined) delete process.send;
    else process.send = own;
  });

  test.each([
    ['value', { reply: 7, value: { a: 1 } }],
    ['later', { reply: 7, value: 2 }],
    ['nothing', { reply: 7 }],
    ['fails', { reply: 7 }],
    ['unknown', { reply: 7 }],
    ['constructor', { reply: 7 }],
  ])('%s is answered', async (ask, reply) => {
    sent.length = 0;
    process.emit('message', { ask, id: 7 }, undefined);
    await until(() => sent.length === 1);
    expect(JSON.parse(JSON.stringify(sent[0]))).toEqual(reply);
  });

  test.each([[null], ['value'], [{ ask: 'value' }], [{ id: 7 }]])('%j is no question', async (message) => {
    sent.length = 0;
    process.emit('message', message, undefined);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(sent).toEqual([]);
  });

  test('its number is its own; this process has none', () => {
    process.env.SCT_GATEWAY_WORKER = '3';
    expect(workerNumber()).toBeUndefined();
    delete process.env.SCT_GATEWAY_WORKER;
  });
});
