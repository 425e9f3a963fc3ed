import { describe, expect, test } from 'vitest';
import type { CostFacts, DestinationFacts } from '../../../src/core/cost/facts.ts';
import { byItem, forecast, type Month, withKeep } from '../../../src/core/cost/forecast.ts';
import { type CostItem, type CostLine, sumOf } from '../../../src/core/cost/prices.ts';
import { at, recorded } from '../../../src/core/cost/recorded.ts';
import { facts, orders, primary } from './sample-facts.ts';

const settled = (given: CostFacts) => forecast(given, { moment: 'settled' });
const linesOf = ({ sources, common }: Month, item: CostItem): CostLine[] =>
  [...sources.flatMap(({ lines }) => lines), ...common].filter((line) => line.item === item);
const dollarsOf = (month: Month, item: CostItem) => sumOf(linesOf(month, item));
const copy = (more: Partial<DestinationFacts>): DestinationFacts => ({
  ...primary,
  name: 'west',
  distance: 'other-region',
  ...more,
});

describe('a nightly GiB that is kept for seven nights', () => {
  const month = settled(facts());
  const nights = 365 / 12;

  test('stores seven GiB: 7 × 0.023', () => {
    expect(dollarsOf(month, 'storage')).toBeCloseTo(7 * 0.023, 2);
  });

  test('runs a task of 50.48 s a night: one minute is billed', () => {
    // 1 GiB at 50 MiB/s is 20.48 s, and 30 s to start.
    const hours = nights / 60;
    expect(dollarsOf(month, 'tasks')).toBeCloseTo(hours * (0.03238 + 2 * 0.00356), 6);
    expect(dollarsOf(month, 'network')).toBeCloseTo(hours * 0.005, 6);
  });

  test('has as many transitions as were recorded, and 4,000 of them free', () => {
    const used = nights * recorded.full.transitions + 730 * recorded.health.transitions;
    expect(used).toBeLessThan(4000);
    expect(dollarsOf(month, 'transitions')).toBeCloseTo(0, 12);
  });

  test('sends the recorded requests, those of four objects and 128 parts', () => {
    const { full, health, perObject, perPart, perRemovedSet } = recorded;
    const sets = month.sources[0]?.sets ?? 0;
    const puts =
      nights * (at(full.put, sets) + 2 * perObject.put + 128 * perPart.put) +
      30 * perRemovedSet.put +
      730 * at(health.put, sets);
    const billed = linesOf(month, 'requests').reduce((sum, line) => sum + line.dollars, 0);
    expect(billed).toBeGreaterThanOrEqual((puts / 1000) * 0.005);
    expect(billed).toBeLessThan((puts / 1000) * 0.005 * 1.4);
  });

  test('keeps two keys and a secret', () => {
    expect(dollarsOf(month, 'keys')).toBeCloseTo(2 + (nights * 4 * 0.03) / 10_000, 6);
    expect(dollarsOf(month, 'secrets')).toBeCloseTo(0.4 + (nights * 2 * 0.05) / 10_000, 6);
  });

  test('adds up', () => {
    const items = byItem(month).reduce((sum, { dollars }) => sum + dollars, 0);
    expect(items).toBeCloseTo(month.dollars, 9);
    expect(sumOf([...month.sources.flatMap(({ lines }) => lines), ...month.common])).toBeCloseTo(
      month.dollars,
      9,
    );
  });
});

test('before the first night the coming month stores less than a settled one', () => {
  const coming = forecast(facts(), { moment: 'coming' });
  expect(dollarsOf(coming, 'storage')).toBeLessThan(dollarsOf(settled(facts()), 'storage'));
  expect(dollarsOf(coming, 'tasks')).toBeCloseTo(dollarsOf(settled(facts()), 'tasks'), 9);
});

describe('a copy', () => {
  const alone = settled(facts());
  const withCopy = (more: Partial<DestinationFacts>) =>
    settled(facts({ destinations: [primary, copy(more)] }));

  test('by S3 pays the way of 30 GiB and the promise of its time', () => {
    const month = withCopy({ way: 's3-replication' });
    expect(dollarsOf(month, 'transfer')).toBeCloseTo(30 * (0.02 + 0.015), 6);
    expect(dollarsOf(month, 'storage')).toBeCloseTo(2 * dollarsOf(alone, 'storage'), 6);
    expect(dollarsOf(month, 'tasks')).toBeCloseTo(dollarsOf(alone, 'tasks'), 9);
  });

  test('by Holdfast pays the way and a second task', () => {
    const month = withCopy({ way: 'holdfast' });
    expect(dollarsOf(month, 'transfer')).toBeCloseTo(30 * 0.02, 6);
    expect(dollarsOf(month, 'tasks')).toBeCloseTo(2 * dollarsOf(alone, 'tasks'), 9);
  });

  test('in the same Region pays no way', () => {
    expect(dollarsOf(withCopy({ way: 'holdfast', distance: 'same' }), 'transfer')).toBe(0);
  });

  test('in the house pays the internet, and no storage', () => {
    const month = withCopy({ way: 'holdfast', distance: 'internet', onAws: false });
    expect(dollarsOf(month, 'transfer')).toBeCloseTo(30 * 0.09, 6);
    expect(dollarsOf(month, 'storage')).toBeCloseTo(dollarsOf(alone, 'storage'), 9);
  });
});

describe('data that moves to a colder class after a day', () => {
  const month = settled(
    facts({
      destinations: [{ ...primary, tiers: [{ storageClass: 'GLACIER_IR', afterDays: 1 }] }],
    }),
  );

  test('is moved object by object: four a night', () => {
    const moves = linesOf(month, 'requests').filter(({ unit }) => unit === 'objects');
    expect(sumOf(moves)).toBeCloseTo(((4 * 365) / 12 / 1000) * 0.02, 3);
  });

  test('pays ninety days though it goes after seven', () => {
    const cold = linesOf(month, 'storage').filter(({ detail }) => detail.startsWith('GLACIER_IR'));
    expect(cold[0]?.quantity).toBeCloseTo(6, 0);
    const [left] = linesOf(month, 'left early');
    expect(left?.detail).toBe('the rest of 90 days of GLACIER_IR at primary');
    expect(left?.quantity).toBeCloseTo(84, -1);
    expect(dollarsOf(month, 'left early')).toBeCloseTo(84 * 0.004, 1);
  });
});

test('INTELLIGENT_TIERING is billed for each object under its watch: 28 of seven sets, to 32', () => {
  const tiers = [{ storageClass: 'INTELLIGENT_TIERING', afterDays: 0 }] as const;
  const month = settled(facts({ destinations: [{ ...primary, tiers }] }));
  const [watch] = linesOf(month, 'storage').filter(({ unit }) => unit === 'object-months');
  expect(watch?.quantity).toBeGreaterThanOrEqual(28);
  expect(watch?.quantity).toBeLessThanOrEqual(32);
  expect(watch?.dollars).toBeCloseTo(((watch?.quantity ?? 0) / 1000) * 0.0025, 9);
});

describe('increments', () => {
  const policies = {
    daily: { schedule: 'cron(0 2 * * ? *)', incremental: true, full: 'weekly', keep: { daily: 7 } },
    byHand: { incremental: false },
  };
  const months = [[primary], [primary, copy({ way: 'holdfast' })]] as const;
  const [alone, copied] = months.map(([first, ...others]) =>
    settled(facts({ sources: [{ ...orders, policies }], destinations: [first, ...others] })),
  );

  test('store a twentieth of a full, and a full a week', () => {
    const gib = alone?.sources[0]?.storedBytes ?? 0;
    // About ten sets, of them one or two whole.
    expect(gib / 1024 ** 3).toBeGreaterThan(1.2);
    expect(gib / 1024 ** 3).toBeLessThan(2.6);
  });

  test('are copied like fulls', () => {
    expect(copied?.dollars).toBeGreaterThan(alone?.dollars ?? Infinity);
  });

  test('that are measured are as large as they were', () => {
    const measured = [
      { policy: 'daily', full: true, bornMs: 0, storedBytes: 1000, objects: 2, seconds: 9 },
      { policy: 'daily', full: false, bornMs: 1, storedBytes: 10, objects: 2, seconds: 3 },
    ];
    const month = settled(
      facts({
        sources: [
          { ...orders, policies, measured, drillSeconds: 60, drillSchedule: 'cron(0 5 ? * SUN *)' },
        ],
      }),
    );
    expect(month.sources[0]?.storedBytes).toBeLessThan(3000);
    expect(linesOf(month, 'tasks').some(({ detail }) => detail === 'drill')).toBe(true);
  });
});

test('Spot takes 0.3 of the task, and nothing of the rest', () => {
  const spot = { ...orders, task: { ...orders.task, spot: true } };
  const [before, after] = [settled(facts()), settled(facts({ sources: [spot] }))];
  expect(dollarsOf(after, 'tasks')).toBeCloseTo(0.3 * dollarsOf(before, 'tasks'), 9);
  expect(dollarsOf(after, 'network')).toBeCloseTo(dollarsOf(before, 'network'), 9);
});

test('endpoints in two zones cost 6 × 2 × 730 hours', () => {
  const month = settled(facts({ publicIp: false, endpoints: true }));
  expect(dollarsOf(month, 'network')).toBeCloseTo(6 * 2 * 730 * 0.01, 6);
});

describe('another retention', () => {
  test('of all policies is that of all policies', () => {
    const changed = withKeep(facts(), [{ keep: { daily: 30 } }]);
    const month = settled(changed);
    expect(month.sources[0]?.sets).toBeCloseTo(30, 0);
    expect(dollarsOf(month, 'storage')).toBeCloseTo(30 * 0.023, 2);
  });

  test('of another policy changes nothing', () => {
    const changed = withKeep(facts(), [{ policy: 'hourly', keep: { last: 1 } }]);
    expect(settled(changed).dollars).toBe(settled(facts()).dollars);
  });
});

test('with a tenth more each month, a year ahead stores more than twice as much', () => {
  const dayMs = 86_400_000;
  const measured = Array.from({ length: 31 }, (_, day) => ({
    policy: 'daily',
    full: true,
    bornMs: day * dayMs,
    storedBytes: 1000 * 1024 ** 2 * (1 + day / 300),
    objects: 4,
    seconds: 20,
  }));
  const given = facts({ sources: [{ ...orders, measured }] });
  const ahead = forecast(given, { moment: 'settled', monthsAhead: 12 });
  expect(dollarsOf(ahead, 'storage') / dollarsOf(settled(given), 'storage')).toBeCloseTo(
    1 + (12 * (730 / 24)) / 330,
    3,
  );
});
