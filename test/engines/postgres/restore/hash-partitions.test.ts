import { expect, test } from 'vitest';
import type { TableLine } from '../../../../src/engines/postgres/index-lines.ts';
import { withoutMoved } from '../../../../src/engines/postgres/restore/hash-partitions.ts';
import type { Table } from '../../../../src/engines/postgres/tables.ts';

const table = (oid: string, facts: Partial<Table> = {}): Table => ({
  ...{ oid, schema: 'public', name: `t${oid}`, parent: null },
  ...{ partitioned: false, hashed: false, unlogged: false },
  ...facts,
});
const line = (oid: string, rows: number, checksum: string | null) =>
  ({ schema: 'public', name: `t${oid}`, rows, checksum }) as TableLine;

const root = table('1', { partitioned: true, hashed: true });
const middle = table('2', { partitioned: true, parent: '1' });
const leaves = [table('3', { parent: '2' }), table('4', { parent: '1' })] as const;
const other = table('5');
const found = (first: [number, string], second: [number, string]) => ({
  all: [root, middle, ...leaves, other],
  counts: new Map([
    [leaves[0], { rows: first[0], checksum: first[1] }],
    [leaves[1], { rows: second[0], checksum: second[1] }],
    [other, { rows: 1, checksum: '1' }],
  ]),
});
const expected = [line('3', 5, '-50'), line('4', 5, '70'), line('5', 1, '1')];
const left = (lines: readonly TableLine[]) => lines.map(({ name }) => name);

test.each([
  ['rows that moved between leaves', found([7, '30'], [3, '-10']), ['t5']],
  ['a row that is missing', found([7, '30'], [2, '-10']), ['t3', 't4', 't5']],
  ['a row that changed', found([7, '30'], [3, '-11']), ['t3', 't4', 't5']],
])('compares %s', (_, restored, names) => {
  expect(left(withoutMoved(expected, restored))).toEqual(names);
});

test('compares leaf by leaf where not every leaf was wanted', () => {
  const part = [line('3', 5, '-50')];
  expect(left(withoutMoved(part, found([10, '20'], [0, '0'])))).toEqual(['t3']);
});

test('compares rows alone where the set has no checksums', () => {
  const counted = [line('3', 5, null), line('4', 5, null)];
  expect(withoutMoved(counted, found([7, '1'], [3, '2']))).toEqual([]);
  expect(withoutMoved(counted, found([7, '1'], [4, '2']))).toHaveLength(2);
});
