import { PassThrough } from 'node:stream';
import { readPassword } from '../../src/cli/prompt.js';

/** A terminal: what is typed at it, and what it shows. */
function terminal() {
  const shown: string[] = [];
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (raw: boolean) => void modes.push(raw) });
  const source = { stdin: stdin as unknown as NodeJS.ReadStream, write: (text: string) => void shown.push(text) };
  return { source, shown, modes, type: (text: string) => stdin.write(text) };
}

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

async function typed(...lines: string[]) {
  const { source, shown, modes, type } = terminal();
  const read = readPassword(source);
  // a rejection between two lines is looked at below
  read.catch(() => undefined);
  for (const line of lines) {
    await tick();
    type(line);
  }
  const outcome = await read.catch((error: Error) => error.message);
  return { outcome, shown: shown.join(''), modes };
}

test('asks twice, shows nothing of it, and leaves the terminal as it was', async () => {
  expect(await typed('ecilA\r', 'ecilA\r')).toEqual({
    outcome: 'ecilA',
    shown: 'Password: \nAgain: \n',
    modes: [true, false, true, false],
  });
});

test('characters that come one by one, and those that are erased', async () => {
  const { outcome } = await typed('e', 'x', '\u007f', 'cil', '\b\blA', '\n', 'eclA\n');
  expect(outcome).toBe('eclA');
});

test('a character in two octets is one character', async () => {
  const { source, type } = terminal();
  const read = readPassword(source);
  const octets = Buffer.from('ü\r', 'utf8');
  for (let twice = 0; twice < 2; twice++) {
    for (const octet of octets) {
      await tick();
      type(Buffer.of(octet) as unknown as string);
    }
  }
  expect(await read).toBe('ü');
});

test.each([
  ['differ', ['ecilA\r', 'ecila\r'], 'the passwords differ'],
  ['is empty', ['\r'], 'the password is empty'],
  ['ends with the input', ['\u0004'], 'the password is empty'],
  ['is interrupted', ['eci\u0003'], 'interrupted'],
])('%s', async (_, lines, message) => {
  const { outcome, modes } = await typed(...lines);
  expect(outcome).toBe(message);
  expect(modes.at(-1)).toBe(false);
});
