import { describe, expect, test } from 'vitest';
import { costLine, type PriceName, prices, sumOf } from '../../../src/core/cost/prices.ts';

const names = Object.keys(prices.prices) as PriceName[];

test.each(names)('%s has a unit, a date and a page of AWS', (name) => {
  const { dollars, per, date, source } = prices.prices[name];
  expect(dollars).toBeGreaterThan(0);
  expect(per).toMatch(/\S/);
  expect(date).toMatch(/^20\d\d(-\d\d){0,2}$/);
  expect(source).toMatch(/^https:\/\/aws\.amazon\.com\/.+\/pricing\//);
});

test('the list says its day, its Region and what nobody checked', () => {
  expect(prices).toMatchObject({ region: 'us-east-1', currency: 'USD' });
  expect(prices.asOf).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(prices.notChecked.length).toBeGreaterThan(0);
});

/** A night of 100 GB: 1 vCPU and 4 GB on arm64 for an hour, 120 GB of disk, parts of 64 MiB. */
describe('a night, computed by hand', () => {
  const line = (price: PriceName, quantity: number) =>
    costLine('tasks', price, { quantity, detail: '' }).dollars;

  test('the task: 0.03238 + 4 × 0.00356 + 100 × 0.000111 = 0.0577', () => {
    const task =
      line('fargate.arm64.vcpu', 1) + line('fargate.arm64.memory', 4) + line('fargate.disk', 100);
    expect(task).toBeCloseTo(0.0577, 4);
  });

  test('1,600 parts, one begin and one end: 1.602 × 0.005 = 0.008', () => {
    expect(line('s3.put', 1602)).toBeCloseTo(0.00801, 5);
  });

  test('12 transitions: 0.012 × 0.025 = 0.0003', () => {
    expect(line('states.transition', 12)).toBeCloseTo(0.0003, 6);
  });

  test('to another Region 100 × 0.02, promised in time 100 × 0.015', () => {
    expect(line('transfer.other-region', 100)).toBeCloseTo(2, 9);
    expect(line('s3.replication-time-control', 100)).toBeCloseTo(1.5, 9);
  });

  test('a month of it: 2.30 in STANDARD, 0.40 in GLACIER_IR', () => {
    expect(line('s3.standard', 100)).toBeCloseTo(2.3, 9);
    expect(line('s3.glacier-ir', 100)).toBeCloseTo(0.4, 9);
  });
});

test('a price per thousand is applied per thousand, and a factor scales it', () => {
  const line = costLine('requests', 's3.put', { quantity: 500, detail: 'x', factor: 0.3 });
  expect(line).toMatchObject({ unit: 'requests', quantity: 500 });
  expect(sumOf([line, line])).toBeCloseTo(2 * 0.0025 * 0.3, 12);
});
