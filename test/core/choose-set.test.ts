import { expect, test } from 'vitest';
import { parseBackupId } from '../../src/core/backup-id.ts';
import { chooseSet } from '../../src/core/choose-set.ts';
import { IntegrityError } from '../../src/core/errors.ts';

const id = (day: number, random = '00000000') =>
  parseBackupId(`202611${String(day).padStart(2, '0')}T020000Z-daily-${random}`);

const sets = [
  { id: id(1), committed: true, partial: false },
  { id: id(2), committed: true, partial: false },
  { id: id(3), committed: true, partial: true },
  { id: id(4), committed: false, partial: false },
];

test.for([
  ['latest', id(2)],
  ['2026-11-02T02:00:00Z', id(2)],
  ['2026-11-02T01:59:59Z', id(1)],
  ['2026-11-02T03:00:00+02:00', id(1)],
  ['2026-11-02 02:00:00', id(2)],
  ['2026-11-01', id(1)],
  [id(1), id(1)],
] as const)('%s means %s', ([at, expected]) => {
  expect(chooseSet('shop', sets, at)).toEqual({ id: expected, partial: false });
});

test('a partial set is taken by its id only', () => {
  expect(chooseSet('shop', sets, id(3))).toEqual({ id: id(3), partial: true });
});

test.for([
  [id(4), 'was never committed'],
  [id(9), `there is no ${id(9)}`],
  ['2026-10-01T00:00:00Z', 'no whole set as old as 2026-10-01T00:00:00Z, 1 partial'],
] as const)('%s: %s', ([at, seen]) => {
  expect(() => chooseSet('shop', sets, at)).toThrow(seen);
});

test('says so when there is nothing at all', () => {
  expect(() => chooseSet('shop', [], 'latest')).toThrow('No backup of shop fits: no whole set');
});

test.for(['yesterday', '12', '2026-13-45'])('%s is neither a time nor an id', (at) => {
  expect(() => chooseSet('shop', sets, at)).toThrow(
    `"${at}" is neither "latest", nor a time, nor a backup id`,
  );
});

const problem = new IntegrityError('sets/shop/…/manifest.json is cut', { code: 'OBJECT_CUT' });
const damaged = [...sets.toReversed(), { id: id(5), committed: false, partial: false, problem }];

test.for(['latest', '2026-11-06', id(5)])('%s never falls back behind a damaged set', (at) => {
  expect(() => chooseSet('shop', damaged, at)).toThrow(
    expect.objectContaining({
      code: 'SET_DAMAGED',
      message: problem.message,
      hint: expect.stringContaining('holdfast list shop'),
    }),
  );
});

test('a time before the damage is not touched by it', () => {
  expect(chooseSet('shop', damaged, '2026-11-04')).toEqual({ id: id(2), partial: false });
});
