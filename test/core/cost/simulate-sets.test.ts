import { expect, test } from 'vitest';
import { mintBackupId } from '../../../src/core/backup-id.ts';
import type { Keep } from '../../../src/core/config/source.ts';
import { monthOfStorage } from '../../../src/core/cost/month-of-storage.ts';
import { monthMs } from '../../../src/core/cost/prices.ts';
import {
  type SimulatedSource,
  settlingMs,
  simulateSets,
} from '../../../src/core/cost/simulate-sets.ts';

const dayMs = 86_400_000;
const fromMs = Date.parse('2026-11-21T12:00:00Z');
const month = { fromMs, toMs: fromMs + monthMs };
const nightly = 'cron(0 2 * * ? *)';

const source = (keep: Keep | undefined, more: Partial<SimulatedSource> = {}): SimulatedSource => ({
  policies: { daily: { schedule: nightly, incremental: false, keep } },
  floor: 1,
  ...more,
});

function settled(rules: SimulatedSource) {
  const sets = simulateSets(rules, { fromMs: fromMs - settlingMs(rules), watched: month });
  return monthOfStorage(sets, month, { tiers: [], bytesOf: () => 1 });
}

test.each([
  ['daily: 7', { daily: 7 }, 7],
  ['last: 20', { last: 20 }, 20],
  ['the floor, where it is more than is kept', { last: 1 }, 3],
] as const)('nightly sets settle at %s', (_, keep, sets) => {
  expect(settled(source(keep, { floor: 3 })).sets).toBeCloseTo(sets, 0);
});

test('as many go as are made', () => {
  const { made, removed } = settled(source({ daily: 7 }));
  expect([made.length, removed]).toEqual([30, 30]);
});

test('hours that are kept for two days are 48 sets, and one that has just come', () => {
  const hourly = {
    hourly: { schedule: 'rate(1 hour)', incremental: false, keep: { within: '48h' } },
  };
  const { sets, made } = settled({ policies: hourly, floor: 1 });
  expect(made).toHaveLength(730);
  expect(sets).toBeCloseTo(49, 0);
});

test('days, weeks and months overlap: 14 days, 8 weeks and 6 months are 14 + 6 + 4 sets or so', () => {
  const { sets } = settled(source({ daily: 14, weekly: 8, monthly: 6 }));
  expect(sets).toBeGreaterThan(22);
  expect(sets).toBeLessThan(26);
});

test('a lock keeps what no rule keeps any more', () => {
  expect(settled(source({ last: 1 }, { lockDays: 10 })).sets).toBeCloseTo(10, 0);
});

test("a destination's own retention stands in for that of the policies", () => {
  expect(settled(source({ daily: 30 }, { keep: { daily: 7 } })).sets).toBeCloseTo(7, 0);
});

test('without keep everything stays: a year and a month of nights at the end', () => {
  const { sets, removed } = settled(source(undefined));
  expect(removed).toBe(0);
  expect(sets).toBeGreaterThan(370);
});

test('increments stay as long as one that builds on them', () => {
  const policies = {
    daily: { schedule: nightly, incremental: true, full: 'weekly', keep: { daily: 7 } },
  };
  const { sets, made } = settled({ policies, floor: 1 });
  // Seven, and of the week before those that the oldest of them builds on: none to six, three on average.
  expect(sets).toBeGreaterThan(9);
  expect(sets).toBeLessThan(11.5);
  expect(made.filter(({ full }) => full).length).toBeGreaterThanOrEqual(4);
  expect(made.filter(({ full }) => full).length).toBeLessThanOrEqual(5);
});

test('what lies there ages out as the rules say, with its own size', () => {
  const ids = [1, 2, 3].map((days) =>
    mintBackupId(new Date(fromMs - days * dayMs), 'daily', `0000000${days}`),
  );
  const present = ids.map((id, n) => ({
    ...{ id, policy: 'daily', parent: null },
    bornMs: fromMs - (n + 1) * dayMs,
    storedBytes: 100 + n,
  }));
  const sets = simulateSets(source({ daily: 2 }), { fromMs, watched: month }, present);
  const old = sets.filter(({ storedBytes }) => storedBytes !== undefined);
  expect(old.map(({ storedBytes }) => storedBytes).toSorted()).toEqual([100, 101, 102]);
  expect(old.every(({ removedMs }) => removedMs !== undefined)).toBe(true);
});

test('a policy by hand makes no set', () => {
  const policies = { deploy: { incremental: false, keep: { last: 3 } } };
  expect(simulateSets({ policies, floor: 1 }, { fromMs, watched: month })).toEqual([]);
});

test.each([
  ['daily', 1],
  ['weekly', 7],
  ['monthly', 31],
  ['10d', 10],
  [undefined, 7],
])('retention settles when what it keeps and a chain are over: full %s', (full, days) => {
  const daily = { schedule: nightly, incremental: true, full, keep: { daily: 20 } };
  expect(settlingMs({ policies: { daily } })).toBe((20 + days + 1) * dayMs);
});
