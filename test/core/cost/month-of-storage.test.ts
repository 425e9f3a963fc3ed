import { describe, expect, test } from 'vitest';
import { monthOfStorage } from '../../../src/core/cost/month-of-storage.ts';
import { gibibyte, monthMs } from '../../../src/core/cost/prices.ts';
import type { LivedSet } from '../../../src/core/cost/simulate-sets.ts';

const dayMs = 86_400_000;
const month = { fromMs: 0, toMs: monthMs };
const set = (bornDays: number, removedDays?: number): LivedSet => ({
  policy: 'daily',
  full: true,
  bornMs: bornDays * dayMs,
  ...(removedDays !== undefined && { removedMs: removedDays * dayMs }),
});
const days = (count: number) => (count * dayMs) / monthMs;
const measure = (sets: LivedSet[], tiers: Parameters<typeof monthOfStorage>[2]['tiers'] = []) =>
  monthOfStorage(sets, month, { tiers, bytesOf: () => gibibyte });

describe('one GiB', () => {
  test('all month is one GiB-month', () => {
    expect(measure([set(-100)]).gibMonths.get('STANDARD')).toBeCloseTo(1, 9);
  });

  test('for ten days of the month is ten days of it', () => {
    const { gibMonths, sets, storedBytes, made, removed } = measure([set(5, 15)]);
    expect(gibMonths.get('STANDARD')).toBeCloseTo(days(10), 9);
    expect(sets).toBeCloseTo(days(10), 9);
    expect(storedBytes).toBeCloseTo(days(10) * gibibyte, 0);
    expect([made.length, removed]).toEqual([1, 1]);
  });

  test('removed before the month costs nothing in it', () => {
    expect(measure([set(-10, -1)])).toMatchObject({ sets: 0, removed: 0, made: [] });
  });
});

describe('with GLACIER_IR after 30 days', () => {
  const tiers = [{ storageClass: 'GLACIER_IR', afterDays: 30 }] as const;

  test('a set that turns 30 on the tenth day is in both, and is moved', () => {
    const { gibMonths, moved } = measure([set(-20)], tiers);
    expect(gibMonths.get('STANDARD')).toBeCloseTo(days(10), 9);
    expect(gibMonths.get('GLACIER_IR')).toBeCloseTo(1 - days(10), 9);
    expect(moved.get('GLACIER_IR')).toHaveLength(1);
  });

  test('removed ten days after its move it pays the other eighty at once', () => {
    const { gibMonths, earlyGibMonths } = measure([set(-20, 20)], tiers);
    expect(gibMonths.get('GLACIER_IR')).toBeCloseTo(days(10), 9);
    expect(earlyGibMonths.get('GLACIER_IR')).toBeCloseTo(days(80), 9);
  });

  test('removed after its least days it pays what it stayed', () => {
    const { gibMonths, earlyGibMonths } = measure([set(-200, 10)], tiers);
    expect(gibMonths.get('GLACIER_IR')).toBeCloseTo(days(10), 9);
    expect(earlyGibMonths.size).toBe(0);
  });

  test('a set that goes before thirty days never moves', () => {
    const { gibMonths, moved } = measure([set(0, 20)], tiers);
    expect([...gibMonths.keys()]).toEqual(['STANDARD']);
    expect(moved.get('GLACIER_IR') ?? []).toEqual([]);
  });
});

test('a set in INTELLIGENT_TIERING is watched as long as it is there', () => {
  const tiers = [{ storageClass: 'INTELLIGENT_TIERING', afterDays: 0 }] as const;
  const { watched, gibMonths } = measure([set(-25)], tiers);
  expect(watched.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  expect(gibMonths.get('INTELLIGENT_TIERING')).toBeCloseTo(days(5), 9);
  expect(gibMonths.get('infrequent access')).toBeCloseTo(1 - days(5), 9);
});
