import { expect, test } from 'vitest';
import { forecast } from '../../../src/core/cost/forecast.ts';
import { recorded } from '../../../src/core/cost/recorded.ts';
import { facts, orders } from './sample-facts.ts';

const deployment = (count: number) =>
  facts({
    sources: Array.from({ length: count }, (_, n) => ({ ...orders, name: `tenant-${n}` })),
  });

const lineOf = (count: number, detail: string) =>
  forecast(deployment(count), { moment: 'settled' }).common.find((line) => line.detail === detail);

test('fifty sources have metrics of their own, more have not: 5 + 4 × 50, and 5', () => {
  expect(lineOf(50, 'metrics')?.quantity).toBe(205);
  expect(lineOf(51, 'metrics')?.quantity).toBe(5);
});

test('the health check of many reads the newest sets alone', () => {
  const { health, healthOfMany } = recorded;
  expect(lineOf(100, 'health check')?.quantity).toBeCloseTo(
    730 * (health.put.base + 100 * healthOfMany.put),
    6,
  );
});
