import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** Lines for a person at a terminal; plain text where there is none. */
export interface Screen {
  title(text: string): void;
  say(text: string): void;
  /** Columns of fixed width. */
  row(cells: readonly string[], mark: 'good' | 'bad'): void;
  event(text: string): void;
  end(text: string, good: boolean): void;
}

const WIDTHS = [3, 9, 13, 11, 26];

/** @param colours false for a pipe or a file, and where the user has set NO_COLOR */
export function createScreen(write: (text: string) => void, colours: boolean): Screen {
  const paint = (style: Style, text: string): string => (colours ? styleText(style, text) : text);
  const line = (text = ''): void => write(`${text}\n`);
  return {
    title: (text) => line(`\n${paint('bold', text)}`),
    say: (text) => line(`  ${text}`),
    row: (cells, mark) => {
      const padded = cells.map((cell, column) =>
        column === 0 ? cell.padStart(WIDTHS[0] ?? 0) : cell.padEnd(WIDTHS[column] ?? 0),
      );
      const sign = mark === 'good' ? paint('green', '✓') : paint('red', '✗');
      line(`  ${sign} ${padded.join('  ').trimEnd()}`);
    },
    event: (text) => line(`  ${paint('yellow', `── ${text}`)}`),
    end: (text, good) => line(`\n${paint(good ? 'green' : 'red', text)}`),
  };
}
