import { expect, test } from 'vitest';
import { dailyRuns, runsPerMonth, runTimes } from '../../../src/core/cost/run-times.ts';
import { parseSchedule } from '../../../src/core/schedule.ts';

const now = new Date('2026-11-21T08:00:00Z');

test.each([
  ['rate(5 minutes)', 8760],
  ['rate(1 hour)', 730],
  ['cron(0 2 * * ? *)', 365 / 12],
  ['cron(0 5 ? * SUN *)', 53 / 12],
  ['cron(0 4 1 * ? *)', 1],
  ['cron(* * * * ? *)', 43_800],
])('%s runs %f times in a month of 730 hours', (schedule, times) => {
  expect(runsPerMonth(schedule, now)).toBeCloseTo(times, times > 1000 ? -2 : 1);
});

test.each([undefined, 'cron(0 2 1 1 ? 2020)'])('%s never runs', (schedule) => {
  expect(runsPerMonth(schedule, now)).toBe(0);
});

test('the first moment belongs to a span, the last does not', () => {
  const schedule = parseSchedule('rate(1 hour)');
  const fromMs = Date.parse('2026-11-21T08:00:00Z');
  expect(runTimes(schedule, { fromMs, toMs: fromMs + 2 * 3_600_000 })).toEqual([
    fromMs,
    fromMs + 3_600_000,
  ]);
});

test('one run of each day', () => {
  const fromMs = Date.parse('2026-11-21T00:00:00Z');
  const runs = dailyRuns(parseSchedule('rate(1 hour)'), { fromMs, toMs: fromMs + 3 * 86_400_000 });
  expect(runs.map((run) => new Date(run).getUTCDate())).toEqual([21, 22, 23]);
});
