import { describe, expect, it } from 'vitest';
import { createScreen, type Screen } from '../../../src/cli/output/screen.ts';
import { fitColumns, table } from '../../../src/cli/output/table.ts';
import { wrap } from '../../../src/cli/output/wrap.ts';

const now = new Date('2026-11-21T02:00:00Z');
const screen = (width: number): Screen => ({ width, colour: false, now, paint: (_, text) => text });
const rows = [
  ['orders', '20261121T020000Z-daily-1a2b3c4d', 'a long remark about this very set'],
  ['uploads', '20261121T023000Z-daily-5e6f7a8b', ''],
];

describe('table', () => {
  it('keeps one line a row where nobody watches', () => {
    const lines = table(screen(Number.POSITIVE_INFINITY), ['source', 'backup', ''], rows).split(
      '\n',
    );
    expect(lines).toEqual([
      'source   backup',
      'orders   20261121T020000Z-daily-1a2b3c4d  a long remark about this very set',
      'uploads  20261121T023000Z-daily-5e6f7a8b',
    ]);
  });

  it.each([40, 60, 80])('fits %i columns and loses no letter', (width) => {
    const text = table(screen(width), ['source', 'backup', ''], rows);
    const lines = text.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    const letters = (whole: string) => whole.replace(/[^a-z]/g, '').length;
    expect(letters(text)).toBe(letters(`source backup ${rows.flat().join(' ')}`));
  });
});

it('breaks no word of a table at 60 columns', () => {
  const titles = ['source', 'last good', 'verified', 'age / RPO', 'sets', 'size', 'next run', ''];
  const cells = [
    'uploads-archive',
    '11h 20m',
    'never',
    '11h 20m / 1d 2h',
    '14',
    '512.3 MiB',
    'in 12h 39m',
    'unverified',
  ];
  const words = [...titles, ...cells].flatMap((cell) => cell.split(' ')).filter(Boolean);
  const shown = table(screen(80), titles, [cells]).split(/\s+/);
  expect(words.filter((word) => !shown.includes(word))).toEqual([]);
  const reasons = [
    'orders',
    'primary',
    'keep',
    'the newest verified set; verified 1 of the 3 that always stay',
  ];
  const narrow = table(screen(60), ['source', 'at', '', 'why'], [reasons]).split(/\s+/);
  const said = reasons.flatMap((cell) => cell.split(' '));
  expect(said.filter((word) => !narrow.includes(word))).toEqual([]);
});

describe('fitColumns', () => {
  const soft = (...widths: number[]) => widths.map((width) => ({ width, word: 1, firm: false }));

  it('leaves a firm column alone', () => {
    expect(fitColumns([{ width: 30, word: 30, firm: true }, ...soft(20, 10)], 50)).toEqual([
      30, 8, 8,
    ]);
  });

  it('breaks no word while another column has room between its words', () => {
    const columns = [
      { width: 20, word: 20, firm: false },
      { width: 30, word: 8, firm: false },
    ];
    expect(fitColumns(columns, 34)).toEqual([20, 12]);
    expect(fitColumns(columns, 24)).toEqual([14, 8]);
  });

  it('takes from the widest and stops where nothing is left to take', () => {
    expect(fitColumns(soft(6, 30, 10), 40)).toEqual([6, 20, 10]);
    expect(fitColumns(soft(30, 30), 10)).toEqual([6, 6]);
  });
});

describe('wrap', () => {
  it.each([
    ['one two three', 7, 'one two\nthree'],
    ['abcdefghij', 4, 'abcd\nefgh\nij'],
    ['short', 80, 'short'],
    ['a\nb', 3, 'a\nb'],
  ])('breaks %j at %i', (text, width, expected) => {
    expect(wrap(text, width)).toBe(expected);
  });
});

describe('createScreen', () => {
  it.each([
    ['a terminal', { isTTY: true, columns: 120 }, {}, { width: 120, colour: true }],
    ['NO_COLOR', { isTTY: true, columns: 120 }, { NO_COLOR: '1' }, { width: 120, colour: false }],
    ['a pipe', {}, {}, { width: Number.POSITIVE_INFINITY, colour: false }],
  ])('knows %s', (_title, stream, environment, expected) => {
    expect(createScreen(stream, environment, now)).toMatchObject(expected);
  });
});
