import { StringDecoder } from 'node:string_decoder';

/** A terminal that a password is typed at, or a pipe that brings it. */
export interface PasswordSource {
  readonly stdin: NodeJS.ReadStream;
  readonly write: (text: string) => void;
}

/** What is longer is refused when it is to be proven. */
const MAX_PASSWORD = 1024;
const MAX_INPUT = 65_536;

/**
 * A password: at a terminal asked for twice and not shown, else the first line of the input.
 *
 * @throws Error with what was wrong with the input, and none of it
 */
export async function readPassword({ stdin, write }: PasswordSource): Promise<string> {
  const typed = stdin.isTTY === true;
  const password = typed ? await ask('Password: ', stdin, write) : await firstLine(stdin);
  if (password === '') throw new Error('the password is empty');
  if (password.length > MAX_PASSWORD) throw new Error(`the password has more than ${MAX_PASSWORD} characters`);
  if (typed && (await ask('Again: ', stdin, write)) !== password) throw new Error('the passwords differ');
  return password;
}

async function firstLine(stdin: NodeJS.ReadStream): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  for await (const chunk of stdin) {
    text += typeof chunk === 'string' ? chunk : decoder.write(chunk);
    if (text.length > MAX_INPUT) throw new Error('the input is too long for a password');
    if (text.includes('\n')) break;
  }
  return (text + decoder.end()).replace(/\r?\n.*$/s, '');
}

const INTERRUPT = '\u0003';
const STOPS: ReadonlySet<string> = new Set(['\r', '\n', '\u0004', INTERRUPT]);
const ERASE: ReadonlySet<string> = new Set(['\u007f', '\b']);

/** One line in raw mode: the terminal echoes nothing. */
function ask(prompt: string, stdin: NodeJS.ReadStream, write: (text: string) => void): Promise<string> {
  write(prompt);
  stdin.setRawMode(true);
  stdin.resume();
  const decoder = new StringDecoder('utf8');
  let line: string[] = [];
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      write('\n');
      settle();
    };
    const onData = (chunk: Buffer | string): void => {
      const typed = [...(typeof chunk === 'string' ? chunk : decoder.write(chunk))];
      const stop = typed.findIndex((character) => STOPS.has(character));
      for (const character of stop < 0 ? typed : typed.slice(0, stop)) {
        line = ERASE.has(character) ? line.slice(0, -1) : [...line, character];
      }
      if (stop < 0) return;
      if (typed[stop] === INTERRUPT) finish(() => reject(new Error('interrupted')));
      else finish(() => resolve(line.join('')));
    };
    stdin.on('data', onData);
  });
}
