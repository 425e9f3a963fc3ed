/** Tables that fit the terminal: the widest columns give way, and wrap. */
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import type { Screen } from './screen.ts';
import { wrap } from './wrap.ts';

const frame = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Below this a column is not worth showing. */
const narrowest = 6;
const gap = 2;

export interface Column {
  readonly title: string;
  /** Never wrapped: an id that somebody copies. */
  readonly firm?: boolean;
}

/** One line for each row, words wrapped where `screen` is too narrow. */
export function table(
  screen: Screen,
  columns: readonly (string | Column)[],
  rows: readonly (readonly string[])[],
): string {
  const head = columns.map((column) => (typeof column === 'string' ? { title: column } : column));
  const natural = head.map(({ title, firm = false }, column) => {
    const cells = [title, ...rows.map((row) => row[column] ?? '')];
    const [width, word] = [Math.max(...cells.map(widthOf)), Math.max(...cells.map(longestWord))];
    return { width, word, firm };
  });
  const widths = fitColumns(natural, screen.width);
  const shown = new Table({
    head: head.map(({ title }, column) => heading(title, widths[column] ?? narrowest, screen)),
    chars: frame,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colWidths: widths,
  });
  shown.push(
    ...rows.map((row) => row.map((cell, column) => wrapCell(cell, widths[column] ?? narrowest))),
  );
  return shown
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Line by line: a style that runs on would paint the columns beside it. */
const heading = (title: string, width: number, screen: Screen): string =>
  wrap(title, width)
    .split('\n')
    .map((line) => (line === '' ? '' : screen.paint('bold', line)))
    .join('\n');

/** A painted cell is short, and its colour codes must not be cut. */
const wrapCell = (cell: string, width: number): string =>
  stripVTControlCharacters(cell) === cell ? wrap(cell, width) : cell;

const widthOf = (text: string): number =>
  Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.length),
  );

const longestWord = (text: string): number =>
  Math.max(
    ...stripVTControlCharacters(text)
      .split(/\s/)
      .map((word) => word.length),
  );

export interface NaturalWidth {
  readonly width: number;
  /** Of its longest word. */
  readonly word: number;
  readonly firm: boolean;
}

/** Takes from the widest column that is not firm until all fit; breaks words only where nothing else is left. */
export function fitColumns(natural: readonly NaturalWidth[], room: number): number[] {
  const widths = natural.map(({ width }) => width);
  const whole = natural.map(({ word }) => Math.max(word, narrowest));
  for (const least of [whole, natural.map(() => narrowest)]) {
    while (excess(widths, room) > 0) {
      const column = widestAbove(widths, { natural, least });
      if (column === undefined) break;
      widths[column] = (widths[column] ?? 0) - 1;
    }
  }
  return widths;
}

const excess = (widths: readonly number[], room: number): number =>
  widths.reduce((sum, each) => sum + each, gap * (widths.length - 1)) - room;

function widestAbove(
  widths: readonly number[],
  { natural, least }: { natural: readonly NaturalWidth[]; least: readonly number[] },
): number | undefined {
  const candidates = widths
    .map((width, column) => ({ width, column }))
    .filter(({ width, column }) => !natural[column]?.firm && width > (least[column] ?? width));
  return candidates.toSorted((a, b) => b.width - a.width)[0]?.column;
}
