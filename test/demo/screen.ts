import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Lines for a person at a terminal; plain text where there is none. */
export interface Screen {
  title(text: string): void;
  say(text: string): void;
  /** Titles of the columns of `row`. */
  head(titles: readonly string[]): void;
  /** In columns, with a mark before them. */
  row(cells: readonly string[], good: boolean): void;
  event(text: string): void;
  verdict(text: string, good: boolean): void;
}

const WIDTHS = [4, 8, 12, 8] as const;

/** @param colours false for a pipe or a file, and where the user has set NO_COLOR */
export function createScreen(write: (text: string) => void, colours: boolean): Screen {
  const paint = (style: Style, text: string): string => (colours ? styleText(style, text) : text);
  const line = (text: string): void => write(`${text}\n`);
  return {
    title: (text) => line(`\n${paint('bold', text)}`),
    say: (text) => line(`  ${text}`),
    head: (titles) => line(paint('dim', `    ${inColumns(titles)}`)),
    row: (cells, good) => line(`  ${good ? paint('green', '✓') : paint('red', '✗')} ${inColumns(cells)}`),
    event: (text) => line(paint('yellow', `  ── ${text}`)),
    verdict: (text, good) => line(`\n${paint(good ? 'green' : 'red', text)}`),
  };
}

function inColumns(cells: readonly string[]): string {
  return cells
    .map((cell, column) => cell.padEnd(WIDTHS[column] ?? 0))
    .join('  ')
    .trimEnd();
}
