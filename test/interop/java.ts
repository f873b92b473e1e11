import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { projectPath } from '../farm/project.js';

const POM = projectPath('test', 'interop', 'cxf', 'pom.xml');
const BUILT = projectPath('build', 'interop-cxf');
const LOGGING = projectPath('test', 'interop', 'cxf', 'logging.properties');

/** Short-lived programs: the second compiler costs more than it saves. */
const OPTIONS = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', `-Djava.util.logging.config.file=${LOGGING}`];

const NEEDED = 'needs a JDK 17 or later and Maven, which gets Apache CXF from Maven Central';

/** @throws Error that says what is missing */
export function requireTools(): void {
  for (const [command, flag] of [
    ['javac', '-version'],
    ['mvn', '--version'],
  ] as const) {
    if (spawnSync(command, [flag]).status !== 0) throw new Error(`the interoperability suite ${NEEDED}: no ${command}`);
  }
  const { stdout } = spawnSync('javac', ['-version'], { encoding: 'utf8' });
  const release = Number(/\d+/.exec(stdout)?.[0]);
  if (!(release >= 17)) throw new Error(`the interoperability suite ${NEEDED}: this is ${stdout.trim()}`);
}

/** Compiles the Maven project and gathers its libraries. @throws Error with Maven's words */
export function buildJava(): void {
  const built = spawnSync('mvn', ['-q', '-B', '-f', POM, 'package'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`Maven failed\n${built.stdout}${built.stderr}`);
}

/**
 * Runs one of the programs.
 *
 * @param line takes each line that it prints
 * @returns its exit status
 */
export async function runJava(
  program: 'Client' | 'Judge',
  parameters: readonly string[],
  input: string,
  line: (text: string) => void,
): Promise<number> {
  const path = `${BUILT}/classes:${BUILT}/lib/*`;
  const child = spawn('java', [...OPTIONS, '-cp', path, `interop.${program}`, ...parameters], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const stop = (): void => void child.kill();
  process.once('exit', stop);
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  createInterface(child.stdout).on('line', line);
  const status = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  process.off('exit', stop);
  return status;
}
