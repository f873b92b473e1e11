import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU time that a process has taken since its start, user and system, all of its threads, in microseconds. From the
 * scheduler's own count in nanoseconds (proc(5), schedstat): /proc/PID/stat counts in hundredths of a second.
 *
 * @throws Error where there is no /proc with schedstat: Linux alone has it
 */
export function cpuTime(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  let nanoseconds = 0;
  for (const task of readdirSync(tasks)) {
    const [running = ''] = readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ');
    nanoseconds += Number(running);
  }
  return nanoseconds / 1000;
}
