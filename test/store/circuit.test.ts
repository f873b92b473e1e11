import { setTimeout as sleep } from 'node:timers/promises';
import { type Circuit, createCircuit } from '../../src/store/circuit.js';
import { type Connection, type Reply, ReplyError } from '../../src/store/connection.js';
import { createStore } from '../../src/store/store.js';

/** The logic over a connection that is told what to do; a real Redis proves the rest (test/store/*.redis.ts). */

type Answer = () => Promise<Reply>;
const OK: Answer = async () => 'OK';
const SILENT: Answer = () => new Promise(() => {});
const reply =
  (text: string): Answer =>
  async () => {
    throw new ReplyError(text);
  };
const broken: Answer = async () => {
  throw new Error('socket closed');
};

const open: Circuit[] = [];
afterEach(() => {
  for (const circuit of open.splice(0)) circuit.close();
});

async function scripted() {
  const state = { answer: OK, connections: 0, closed: 0, changes: [] as string[] };
  const connect = async (): Promise<Connection> => {
    state.connections++;
    return { send: () => state.answer(), close: () => void state.closed++ };
  };
  const circuit = createCircuit({
    connect,
    timeout: 20,
    probe: { key: 'p', args: ['PING'] },
    onUp: () => void state.changes.push('up'),
    onDown: (reason) => void state.changes.push(`down: ${reason}`),
  });
  open.push(circuit);
  await sleep(5);
  return { circuit, state };
}

const refusal = (circuit: Circuit) =>
  circuit.send('k', ['GET', 'k']).then(
    () => 'done',
    (error: { refusal?: string }) => error.refusal,
  );

test.each([
  ['silence', SILENT, 'timeout', 'down: timeout'],
  ['a broken connection', broken, 'connection', 'down: socket closed'],
  ['LOADING', reply('LOADING Redis is loading'), 'connection', 'down: LOADING Redis is loading'],
  ['READONLY', reply("READONLY You can't write"), 'connection', "down: READONLY You can't write"],
  ['CLUSTERDOWN', reply('CLUSTERDOWN The cluster is down'), 'connection', 'down: CLUSTERDOWN The cluster is down'],
] as const)('three in a row of %s open it, and it closes by itself', async (_, answer, word, change) => {
  const { circuit, state } = await scripted();
  state.answer = answer;
  expect([await refusal(circuit), await refusal(circuit), circuit.up]).toEqual([word, word, true]);
  expect([await refusal(circuit), circuit.up]).toEqual([word, false]);
  expect(await refusal(circuit)).toBe('away');
  state.answer = OK;
  await sleep(350);
  expect(await refusal(circuit)).toBe('done');
  expect(state.changes).toEqual(['up', change, 'up']);
});

test('one that is answered ends the row', async () => {
  const { circuit, state } = await scripted();
  for (const answer of [broken, broken, OK, broken, broken]) {
    state.answer = answer;
    await refusal(circuit);
  }
  expect(circuit.up).toBe(true);
  expect(circuit.interruptions).toBe(4);
});

test.each(['OOM command not allowed', 'NOPERM no permission', 'ERR unknown command', 'WRONGTYPE Operation'])(
  'an answer is an answer, though it refuses: %s',
  async (text) => {
    const { circuit, state } = await scripted();
    state.answer = reply(text);
    for (let index = 0; index < 5; index++) expect(await refusal(circuit)).toBe('reply');
    expect([circuit.up, circuit.interruptions, state.changes]).toEqual([true, 0, ['up']]);
  },
);

test('closed while it connects: what comes is closed too, and nothing is asked again', async () => {
  let resolve: (connection: Connection) => void = () => {};
  const promise = new Promise<Connection>((done) => {
    resolve = done;
  });
  let closed = 0;
  const changes: string[] = [];
  const circuit = createCircuit({
    connect: () => promise,
    timeout: 20,
    probe: { key: 'p', args: ['PING'] },
    onUp: () => void changes.push('up'),
    onDown: () => void changes.push('down'),
  });
  circuit.close();
  resolve({ send: OK, close: () => void closed++ });
  await sleep(10);
  expect([closed, circuit.up, changes]).toEqual([1, false, []]);
});

test.each<[Reply]>([[null], [[]], ['x'], [[['k', null]]], [[['k', [['1-0', ['e']]]]]], [[['k', ['x']]]]])(
  'a journal that says %j holds nothing',
  async (odd) => {
    const { circuit, state } = await scripted();
    state.answer = async () => odd;
    const store = createStore({ circuit, prefix: '', now: Date.now, onDone: () => {} });
    expect((await store.read('j', '5-0')).entries).toEqual([]);
  },
);
