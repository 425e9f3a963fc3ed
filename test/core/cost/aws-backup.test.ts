import { expect, test } from 'vitest';
import { awsBackupMonth } from '../../../src/core/cost/aws-backup.ts';
import { orders, primary } from './sample-facts.ts';

const gib = 1024 ** 3;
const measured = [
  {
    policy: 'daily',
    full: true,
    bornMs: 0,
    storedBytes: gib,
    sourceBytes: 10 * gib,
    objects: 4,
    seconds: 9,
  },
];
const source = { ...orders, measured };
const here = { destination: primary, sets: 11, made: 30 };

test('eleven recovery points of 10 GiB: 12 GiB where 2 % change, 110 GiB where each is whole', () => {
  const { least, most } = awsBackupMonth(source, [here]);
  expect(least).toBeCloseTo(12 * 0.095, 9);
  expect(most).toBeCloseTo(110 * 0.095, 9);
});

test('a copy in another Region is stored again, and what goes there is transferred', () => {
  const west = {
    destination: { ...primary, distance: 'other-region' as const },
    sets: 1,
    made: 30,
  };
  const { least } = awsBackupMonth(source, [here, west]);
  expect(least).toBeCloseTo(22 * 0.095 + 30 * 0.2 * 0.02, 9);
});

test('a directory has the price of EFS, and three times what is stored where nothing is measured', () => {
  const { most } = awsBackupMonth({ ...orders, engine: 'files' }, [{ ...here, sets: 1 }]);
  expect(most).toBeCloseTo(3 * 0.05, 9);
});

test('no set, no bill', () => {
  expect(awsBackupMonth(source, [{ ...here, sets: 0, made: 0 }])).toEqual({ least: 0, most: 0 });
});
