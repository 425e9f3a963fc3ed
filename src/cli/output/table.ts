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
  const natural = head.map(({ title, firm = false }, column) => ({
    width: Math.max(...[title, ...rows.map((row) => row[column] ?? '')].map(widthOf)),
    firm,
  }));
  const widths = fitColumns(natural, screen.width);
  const shown = new Table({
    head: head.map(({ title }) => (title === '' ? '' : screen.paint('bold', title))),
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

/** A painted cell is short, and its colour codes must not be cut. */
const wrapCell = (cell: string, width: number): string =>
  stripVTControlCharacters(cell) === cell ? wrap(cell, width) : cell;

const widthOf = (text: string): number =>
  Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.length),
  );

/** Takes from the widest column that is not firm until all fit. */
export function fitColumns(
  natural: readonly { readonly width: number; readonly firm: boolean }[],
  room: number,
): number[] {
  const widths = natural.map(({ width }) => width);
  let excess = widths.reduce((sum, each) => sum + each, gap * (widths.length - 1)) - room;
  const soft = (width: number, column: number): number => (natural[column]?.firm ? 0 : width);
  while (excess > 0) {
    const widest = Math.max(...widths.map(soft));
    if (widest <= narrowest) break;
    widths[widths.map(soft).indexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return widths;
}
