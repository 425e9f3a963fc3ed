import { expect, test } from 'vitest';
import { periodOf } from '../../../src/core/retention/periods.ts';

test.each([
  ['hourly', '2026-11-21T02:59:00Z', 'UTC', '2026-11-21T02:00+00:00'],
  ['hourly', '2026-11-21T02:59:00Z', 'America/St_Johns', '2026-11-20T23:00-03:30'],
  ['daily', '2026-11-21T23:30:00Z', 'UTC', '2026-11-21'],
  ['daily', '2026-11-21T23:30:00Z', 'Europe/Paris', '2026-11-22'],
  ['weekly', '2026-11-22T12:00:00Z', 'UTC', '2026-W47'],
  ['weekly', '2026-11-23T12:00:00Z', 'UTC', '2026-W48'],
  ['weekly', '2027-01-01T12:00:00Z', 'UTC', '2026-W53'],
  ['weekly', '2025-12-29T12:00:00Z', 'UTC', '2026-W01'],
  ['monthly', '2026-11-30T23:30:00Z', 'Europe/Paris', '2026-12'],
  ['yearly', '2026-12-31T23:30:00Z', 'Europe/Paris', '2027'],
] as const)('%s period of %s in %s is %s', (period, time, zone, expected) => {
  expect(periodOf(period, new Date(time), zone)).toBe(expected);
});

test('the hour that autumn repeats is two hours', () => {
  const hours = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].map((time) =>
    periodOf('hourly', new Date(time), 'Europe/Paris'),
  );
  expect(hours).toEqual(['2026-10-25T02:00+02:00', '2026-10-25T02:00+01:00']);
});
