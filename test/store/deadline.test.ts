import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { within } from '../../src/store/deadline.js';

const late = (): Error => new Error('late');
const never = new Promise<never>(() => undefined);

describe('a time for an answer', () => {
  test('what comes within it is given', async () => {
    await expect(within(Promise.resolve('reply'), 1_000, late)).resolves.toBe('reply');
  });

  test('what goes wrong within it goes wrong', async () => {
    await expect(within(Promise.reject(new Error('refused')), 1_000, late)).rejects.toThrow('refused');
  });

  test('what does not come is late', async () => {
    await expect(within(never, 10, late)).rejects.toThrow('late');
  });

  test('a reply that lay in the socket while the process was busy is in time', async () => {
    const echo = spawn(process.execPath, [
      '-e',
      "require('net').createServer((s) => s.pipe(s)).listen(0, '127.0.0.1', function () { console.log(this.address().port) })",
    ]);
    try {
      const [port] = await once(echo.stdout, 'data');
      const socket = connect(Number(port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write('question');
      const reply = within(once(socket, 'data'), 50, late);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      expect(String((await reply)[0])).toBe('question');
      socket.destroy();
    } finally {
      echo.kill('SIGKILL');
    }
  });
});
