import { describe, expect, test } from 'vitest';
import { missedRun, rpoStatus, rtoStatus } from '../../src/core/objectives.ts';
import { parseSchedule } from '../../src/core/schedule.ts';

const now = new Date('2026-11-21T12:00:00Z');
const at = (text: string) => new Date(text);

describe('rpoStatus', () => {
  test.each([
    ['1h', '2026-11-21T09:00:00Z', true, 'RPO 1h: the newest verified backup is 3h old'],
    ['3h', '2026-11-21T09:00:00Z', false, 'RPO 3h: the newest verified backup is 3h old'],
    ['1h', undefined, true, 'RPO 1h: there is no verified backup'],
    ['1h', '2026-11-22T00:00:00Z', false, 'RPO 1h: the newest verified backup is 0s old'],
    [
      undefined,
      '2020-01-01T00:00:00Z',
      false,
      'no RPO: the newest verified backup is 2516d 12h old',
    ],
    [undefined, undefined, false, 'no RPO: there is no verified backup'],
  ])('RPO %s, verified %s: stale is %s', (rpo, verified, stale, text) => {
    const status = rpoStatus({ rpo, newestVerifiedAt: verified ? at(verified) : undefined, now });
    expect(status).toMatchObject({ stale, text });
  });
});

describe('missedRun', () => {
  const facts = {
    schedules: [parseSchedule('cron(0 2 * * ? *)'), parseSchedule('cron(0 11 * * ? *)')],
    since: at('2026-11-01T00:00:00Z'),
    now,
  };

  test('is the newest scheduled time, an hour past, that no set covers', () => {
    const newestAt = at('2026-11-20T11:00:10Z');
    expect(missedRun({ ...facts, newestAt })).toEqual(at('2026-11-21T11:00:00Z'));
  });

  test('a run still in its hour of grace is not missed', () => {
    const newestAt = at('2026-11-21T02:00:10Z');
    expect(missedRun({ ...facts, newestAt, now: at('2026-11-21T11:59:59Z') })).toBeUndefined();
  });

  test('nothing is missed from before somebody served the schedule', () => {
    const since = at('2026-11-21T11:30:00Z');
    expect(missedRun({ ...facts, newestAt: undefined, since })).toBeUndefined();
    expect(missedRun({ ...facts, newestAt: at('2026-11-20T00:00:00Z'), since })).toBeUndefined();
  });

  test('a schedule that never ran yet misses nothing', () => {
    const schedules = [parseSchedule('cron(0 2 1 1 ? 2030)')];
    expect(missedRun({ ...facts, schedules, newestAt: undefined })).toBeUndefined();
  });
});

test.each([
  [undefined, 10, 'none'],
  ['30m', undefined, 'unmeasured'],
  ['30m', 1800, 'met'],
  ['30m', 1801, 'missed'],
])('RTO %s measured at %s is %s', (rto, measured, expected) => {
  expect(rtoStatus(rto, measured)).toBe(expected);
});
