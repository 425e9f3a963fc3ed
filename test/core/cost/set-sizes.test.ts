import { describe, expect, test } from 'vitest';
import { monthMs } from '../../../src/core/cost/prices.ts';
import {
  assumed,
  growthPerMonth,
  type MeasuredSet,
  setSizes,
} from '../../../src/core/cost/set-sizes.ts';

const set = (day: number, storedBytes: number, more: Partial<MeasuredSet> = {}): MeasuredSet => ({
  policy: 'daily',
  full: true,
  bornMs: day * 86_400_000,
  storedBytes,
  objects: 5,
  seconds: 60,
  ...more,
});

describe('sizes', () => {
  test('are the median of the last seven', () => {
    const sets = [1, 1, 1, 10, 20, 30, 40, 50, 60, 70].map((size, day) => set(day, size));
    expect(setSizes('daily', sets)).toMatchObject({ fullBytes: 40, basis: 'measured', objects: 5 });
  });

  test('of increments are apart from those of fulls', () => {
    const sets = [set(1, 100), set(2, 7, { full: false }), set(3, 9, { full: false })];
    expect(setSizes('daily', sets)).toMatchObject({ fullBytes: 100, incrementBytes: 8 });
  });

  test('of a policy without sets are those of the source', () => {
    expect(setSizes('weekly', [set(1, 100)])).toMatchObject({ fullBytes: 100, basis: 'measured' });
  });

  test('are assumed before the first backup, or as somebody says', () => {
    const nothing = setSizes('daily', []);
    expect(nothing).toMatchObject({ basis: 'assumed', fullBytes: assumed.fullBytes });
    expect(nothing.incrementBytes).toBe(assumed.fullBytes * 0.05);
    expect(nothing.fullSeconds).toBe((10 * 1024) / 50);
    expect(setSizes('daily', [], 1000)).toMatchObject({ fullBytes: 1000, basis: 'assumed' });
  });
});

describe('growth', () => {
  test('is the slope of a line through all fulls, against its end', () => {
    const sets = Array.from({ length: 11 }, (_, day) => set(day, 100 + 10 * day));
    expect(growthPerMonth(sets)).toBeCloseTo((10 * (monthMs / 86_400_000)) / 200, 6);
  });

  test('is none where sizes stay', () => {
    const sets = Array.from({ length: 10 }, (_, day) => set(day, 100));
    expect(growthPerMonth(sets)).toBe(0);
  });

  test('is not told of sets that all but vanished', () => {
    const sets = [10_000, 0, 0, 0, 0].map((size, n) => set(2 * n, size));
    expect(growthPerMonth(sets)).toBeUndefined();
  });

  test('is not told from four sets, from six days, from increments', () => {
    expect(growthPerMonth([0, 10, 20, 30].map((day) => set(day, day)))).toBeUndefined();
    expect(growthPerMonth([0, 1, 2, 3, 4, 5, 6].map((day) => set(day, day)))).toBeUndefined();
    const increments = [0, 5, 10, 15, 20, 25].map((day) => set(day, day, { full: false }));
    expect(growthPerMonth(increments)).toBeUndefined();
  });
});
