import { expect, test } from 'vitest';
import type { DatabaseLine, SetIndex } from '../../../../src/engines/postgres/index-lines.ts';
import { decideMode, selectDatabases } from '../../../../src/engines/postgres/restore/selection.ts';

const database = (name: string) => ({ type: 'database', name }) as DatabaseLine;
const index: SetIndex = {
  server: { type: 'server', version: '15.1', globals: 'passwords' },
  databases: [database('crm'), database('shop')],
  tables: [],
  sequences: [],
};
const select = (only: string[], target?: string) =>
  selectDatabases(index, only, target).map(({ line, name, patterns }) => [
    line.name,
    name,
    patterns.map(({ text }) => text),
  ]);

test('takes every database under its own name', () => {
  expect(select([])).toEqual([
    ['crm', 'crm', []],
    ['shop', 'shop', []],
  ]);
});

test('takes one database under a new name', () => {
  expect(select(['shop'], 'copy')).toEqual([['shop', 'copy', []]]);
});

test('takes parts of the databases that a pattern names; the whole wins over a part', () => {
  expect(select(['shop/a.b', 'shop/c.*'])).toEqual([['shop', 'shop', ['shop/a.b', 'shop/c.*']]]);
  expect(select(['shop/a.b', 'shop'])).toEqual([['shop', 'shop', []]]);
});

test.each([
  [['nothing'], undefined, 'ONLY_MATCHES_NOTHING'],
  [['a.b.c'], undefined, 'ONLY_INVALID'],
  [[], 'copy', 'TARGET_AMBIGUOUS'],
])('refuses %j into %s', (only, target, code) => {
  expect(() => select(only, target)).toThrow(expect.objectContaining({ code }));
});

const may = { mayCreate: true, mayReplace: true };
const mayNot = { mayCreate: false, mayReplace: false };
const whole = { partial: false, overwrite: false };

test.each([
  [{ state: 'absent', ...may }, whole, 'create'],
  [{ state: 'absent', ...mayNot }, whole, 'may-not-create'],
  [{ state: 'empty', ...may }, whole, 'replace'],
  [{ state: 'empty', ...mayNot }, whole, 'fill'],
  [{ state: 'occupied', ...may }, whole, 'not-empty'],
  [{ state: 'occupied', ...may }, { ...whole, overwrite: true }, 'replace'],
  [{ state: 'occupied', ...mayNot }, { ...whole, overwrite: true }, 'may-not-replace'],
  [{ state: 'occupied', ...mayNot }, { ...whole, partial: true }, 'merge'],
  [{ state: 'absent', ...may }, { ...whole, partial: true }, 'create'],
] as const)('%j with %j is %s', (target, request, expected) => {
  expect(decideMode(target, request)).toBe(expected);
});
