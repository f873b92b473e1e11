import { readdirSync, readFileSync } from 'node:fs';

/** Ids of the processes whose command line holds `text`; Linux alone can tell. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(text))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // it has ended since
    return '';
  }
}
