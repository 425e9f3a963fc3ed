import { describe, expect, test } from 'vitest';
import {
  anomalyThresholds,
  comparableSets,
  findAnomalies,
  type MeasuredSet,
} from '../../src/core/anomaly.ts';
import { mintBackupId } from '../../src/core/backup-id.ts';

const thresholds = { size: 0.4, rows: 0.2 };
const sizes = (...all: number[]) => all.map((storedBytes) => ({ storedBytes }));

function setOfDay(day: number, fields: Partial<MeasuredSet> = {}): MeasuredSet {
  const id = mintBackupId(new Date(Date.UTC(2026, 10, day)), 'daily', '00000000');
  return {
    id,
    policy: 'daily',
    method: 'dump',
    partial: false,
    totals: { storedBytes: day },
    ...fields,
  };
}

describe('findAnomalies', () => {
  test('says by how much a set differs from the median', () => {
    expect(findAnomalies({ storedBytes: 380 }, sizes(1000, 900, 5000), thresholds)).toEqual([
      { figure: 'size', current: 380, median: 1000, change: -0.62, threshold: 0.4, samples: 3 },
    ]);
  });

  test.each([
    ['exactly at the threshold', 60, sizes(100, 100, 100)],
    ['with two comparable sets', 1, sizes(100, 100)],
    ['when there was nothing before', 500, sizes(0, 0, 0)],
    ['the mean of the two in the middle counts', 75, sizes(10, 100, 150, 900)],
  ])('is silent %s', (_title, storedBytes, earlier) => {
    expect(findAnomalies({ storedBytes }, earlier, thresholds)).toEqual([]);
  });

  test('compares rows and files by the threshold of rows, where they are known', () => {
    const earlier = [1, 2, 3].map(() => ({ storedBytes: 100, rows: 1000, files: 10 }));
    const found = findAnomalies({ storedBytes: 100, rows: 700, files: 13 }, earlier, thresholds);
    expect(found.map(({ figure, change }) => [figure, change])).toEqual([
      ['rows', -0.3],
      ['files', 0.3],
    ]);
  });

  test('a set that lost its rows altogether is found', () => {
    const earlier = [1, 2, 3].map(() => ({ storedBytes: 100, rows: 1000 }));
    expect(findAnomalies({ storedBytes: 100, rows: 0 }, earlier, thresholds)[0]?.change).toBe(-1);
  });
});

test('comparable are the last seven earlier, complete ones of one policy and method', () => {
  const current = setOfDay(20);
  const others = [
    setOfDay(19, { partial: true }),
    setOfDay(18, { policy: 'hourly' }),
    setOfDay(17, { method: 'full' }),
    setOfDay(21),
    ...[3, 1, 2, 4, 5, 6, 7, 8, 9].map((day) => setOfDay(day)),
  ];
  const days = comparableSets(current, others).map(({ totals }) => totals.storedBytes);
  expect(days).toEqual([9, 8, 7, 6, 5, 4, 3]);
});

test('thresholds are 50 % where nothing is said', () => {
  expect(anomalyThresholds()).toEqual({ size: 0.5, rows: 0.5 });
  expect(anomalyThresholds({ size: '40%' })).toEqual({ size: 0.4, rows: 0.5 });
  expect(anomalyThresholds({ rows: '20%' })).toEqual({ size: 0.5, rows: 0.2 });
});
