// Expectations come from https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/core/errors.ts';
import { nextRun, parseSchedule, previousRun, type Schedule } from '../../src/core/schedule.ts';

const at = (text: string) => new Date(text);
function* runsBetween(schedule: Schedule, after: Date, until: Date): Generator<Date> {
  let run = nextRun(schedule, after);
  while (run && run <= until) {
    yield run;
    run = nextRun(schedule, run);
  }
}
const runs = (expression: string, zone: string, from: string, to: string) =>
  [...runsBetween(parseSchedule(expression, zone), at(from), at(to))].map((run) =>
    run.toISOString().replace(':00.000Z', 'Z'),
  );

describe('cron', () => {
  test.each([
    ['every day', 'cron(0 2 * * ? *)', ['2026-11-21T02:00Z', '2026-11-22T02:00Z']],
    ['without the optional year', 'cron(0 2 * * ?)', ['2026-11-21T02:00Z', '2026-11-22T02:00Z']],
    ['1 is Sunday', 'cron(0 5 ? * 1 *)', ['2026-11-22T05:00Z', '2026-11-29T05:00Z']],
    ['a weekday by name', 'cron(0 5 ? * sun *)', ['2026-11-22T05:00Z', '2026-11-29T05:00Z']],
    ['a range of weekdays', 'cron(0 5 ? * MON-TUE *)', ['2026-11-23T05:00Z', '2026-11-24T05:00Z']],
    ['the last Friday', 'cron(15 10 ? * 6L *)', ['2026-11-27T10:15Z', '2026-12-25T10:15Z']],
    ['the last Friday by name', 'cron(0 1 ? * FRIL *)', ['2026-11-27T01:00Z', '2026-12-25T01:00Z']],
    ['the second Tuesday', 'cron(0 1 ? * 3#2 *)', ['2026-12-08T01:00Z', '2027-01-12T01:00Z']],
    [
      'the second Tuesday by name',
      'cron(0 1 ? * TUE#2 *)',
      ['2026-12-08T01:00Z', '2027-01-12T01:00Z'],
    ],
    [
      'L as the last day of the week',
      'cron(0 1 ? * L *)',
      ['2026-11-21T01:00Z', '2026-11-28T01:00Z'],
    ],
    [
      'L as the last day of the month',
      'cron(0 1 L * ? *)',
      ['2026-11-30T01:00Z', '2026-12-31T01:00Z'],
    ],
    ['the nearest weekday', 'cron(0 1 28W * ? *)', ['2026-11-27T01:00Z', '2026-12-28T01:00Z']],
    [
      '1/10: from the 11th minute on',
      'cron(1/10 0 * * ? *)',
      ['2026-11-21T00:01Z', '2026-11-21T00:11Z'],
    ],
    ['a stepped range', 'cron(0 8-20/6 * * ? *)', ['2026-11-21T08:00Z', '2026-11-21T14:00Z']],
    ['a list of months', 'cron(0 0 1 JAN,apr ? *)', ['2027-01-01T00:00Z', '2027-04-01T00:00Z']],
    ['a range of years', 'cron(0 0 1 1 ? 2028-2029)', ['2028-01-01T00:00Z', '2029-01-01T00:00Z']],
    ['only in leap years', 'cron(0 0 29 2 ? *)', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
  ])('%s', (_title, expression, expected) => {
    const schedule = parseSchedule(expression);
    const first = nextRun(schedule, at('2026-11-21T00:00:30Z')) ?? at('');
    const second = nextRun(schedule, first) ?? at('');
    expect([first, second]).toEqual(expected.map((text) => at(text)));
  });

  test('ends with its last year', () => {
    const schedule = parseSchedule('cron(0 0 1 1 ? 2020)');
    expect(nextRun(schedule, at('2026-11-21T00:00Z'))).toBeUndefined();
    expect(previousRun(schedule, at('2026-11-21T00:00Z'))).toEqual(at('2020-01-01T00:00Z'));
    expect(previousRun(schedule, at('2019-11-21T00:00Z'))).toBeUndefined();
  });

  test.each([
    ['cron(61 2 * * ? *)', 'minutes: "61" is out of range', '0-59'],
    ['cron(0 24 * * ? *)', 'hours: "24" is out of range', '0-23'],
    ['cron(0 2 0 * ? *)', 'day-of-month: "0" is out of range', '1-31'],
    ['cron(0 2 * 13 ? *)', 'month: "13" is out of range', '1-12 or JAN-DEC'],
    ['cron(0 2 ? * 0 *)', 'day-of-week: "0" is out of range', '1 is Sunday'],
    ['cron(0 2 ? * MOON *)', 'day-of-week: "MOON" is not understood', 'SUN-SAT'],
    ['cron(0 2 ? * XXXL *)', 'day-of-week: "XXXL" is not understood', 'SUN-SAT'],
    ['cron(0 2 ? * 3#6 *)', 'day-of-week: "3#6" is not understood', 'second Tuesday'],
    ['cron(0 2 ? * 3#1,6#3 *)', 'day-of-week: "3#1" is not understood', 'alone'],
    ['cron(0 2 15W,L * ? *)', 'day-of-month: "15W" is not understood', 'alone'],
    ['cron(0 2 * * ? 1969)', 'year: "1969" is out of range', '1970-2199'],
    ['cron(0/0 2 * * ? *)', 'minutes: "/0" is not a possible step', '0-59'],
    ['cron(0/75 2 * * ? *)', 'minutes: "/75" is not a possible step', '0-59'],
    ['cron(0 22-4 * * ? *)', 'hours: the range "22-4" goes backwards', 'hours: 0-23'],
    [
      'cron(0 2 * * * *)',
      'day-of-month is "*" and day-of-week is "*"',
      'exactly one of the two is "?"',
    ],
    [
      'cron(0 2 ? * ? *)',
      'day-of-month is "?" and day-of-week is "?"',
      'exactly one of the two is "?"',
    ],
    ['cron(0 2 * *)', 'it has 4 fields instead of 6', 'cron(minutes hours day-of-month'],
    ['cron(0 2 30 2 ? *)', 'no such date exists', 'cron(minutes hours'],
    ['cron(0 2 ? ? MON *)', 'month: "?" is not understood', '1-12'],
    ['at(2026-11-20T13:00:00)', 'neither cron(…) nor rate(…)', 'rate(1 hour)'],
    ['0 2 * * *', 'neither cron(…) nor rate(…)', 'cron(0 2 * * ? *)'],
    ['rate(0 minutes)', '"0 minutes" is not a number and a unit', 'minutes, hours or days'],
    ['rate(1.5 hours)', '"1.5 hours" is not a number and a unit', 'N from 1'],
    ['rate(1 week)', '"1 week" is not a number and a unit', 'minutes, hours or days'],
  ])('%s is refused, saying what is allowed', (expression, problem, allowed) => {
    const error = refusal(() => parseSchedule(expression));
    expect(error.message).toContain(problem);
    expect(error.hint).toContain(allowed);
    expect(error.code).toBe('SCHEDULE_INVALID');
  });

  test('a zone that does not exist is refused', () => {
    const error = refusal(() => parseSchedule('rate(1 day)', 'Europe/Atlantis'));
    expect(error.message).toBe('"Europe/Atlantis" is not a time zone');
    expect(error.code).toBe('TIMEZONE_INVALID');
  });
});

function refusal(action: () => unknown): UsageError {
  try {
    action();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('daylight saving', () => {
  test('a time that spring leaves out is skipped, and the next day runs normally', () => {
    const found = runs(
      'cron(30 2 * * ? *)',
      'America/Los_Angeles',
      '2026-03-07T00:00Z',
      '2026-03-10T00:00Z',
    );
    expect(found).toEqual(['2026-03-07T10:30Z', '2026-03-09T09:30Z']);
  });

  test('a time that autumn repeats runs once, before the shift', () => {
    const found = runs(
      'cron(30 1 * * ? *)',
      'America/Los_Angeles',
      '2026-10-31T12:00Z',
      '2026-11-03T00:00Z',
    );
    expect(found).toEqual(['2026-11-01T08:30Z', '2026-11-02T09:30Z']);
  });

  test('each reading of a repeated hour runs once, whenever one looks', () => {
    const schedule = parseSchedule('cron(0/20 * * * ? *)', 'Europe/Paris');
    expect(nextRun(schedule, at('2026-10-25T00:41Z'))).toEqual(at('2026-10-25T02:00Z'));
    expect(nextRun(schedule, at('2026-10-25T01:10Z'))).toEqual(at('2026-10-25T02:00Z'));
    expect(previousRun(schedule, at('2026-10-25T01:10Z'))).toEqual(at('2026-10-25T00:40Z'));
  });

  test('a rate counts elapsed hours through both changes', () => {
    expect(
      runs('rate(1 days)', 'America/New_York', '2026-03-07T12:00Z', '2026-03-09T12:00Z'),
    ).toEqual(['2026-03-08T00:00Z', '2026-03-09T00:00Z']);
  });
});

describe('rate', () => {
  test('is aligned to 1970, so that a restart finds the same times', () => {
    const schedule = parseSchedule('rate(7 hours)');
    const next = nextRun(schedule, at('2026-11-21T03:04:05Z'));
    expect((next?.getTime() ?? 1) % (7 * 3_600_000)).toBe(0);
    expect(nextRun(schedule, at('2026-11-21T03:05:00Z'))).toEqual(next);
  });

  test.each([
    ['rate(1 minute)', '2026-11-21T03:05:00Z'],
    ['rate(5 minutes)', '2026-11-21T03:05:00Z'],
    ['rate(1 hour)', '2026-11-21T04:00:00Z'],
    ['rate(2 day)', '2026-11-23T00:00:00Z'],
  ])('%s', (expression, expected) => {
    expect(nextRun(parseSchedule(expression), at('2026-11-21T03:04:05Z'))).toEqual(at(expected));
  });
});

test('previous run, instant, next run: always in this order, with nothing between', () => {
  const expressions = [
    'cron(30 2 * * ? *)',
    'cron(0/20 1-3 * * ? *)',
    'rate(3 hours)',
    'cron(0 0 L * ? *)',
  ];
  const zones = ['UTC', 'Europe/Paris', 'Australia/Lord_Howe', 'America/St_Johns', 'Pacific/Apia'];
  const minutes = fc.integer({ min: 20_000_000, max: 31_000_000 });
  fc.assert(
    fc.property(
      fc.constantFrom(...expressions),
      fc.constantFrom(...zones),
      minutes,
      (expression, zone, minute) => {
        const schedule = parseSchedule(expression, zone);
        const instant = new Date(minute * 60_000);
        const previous = previousRun(schedule, instant) ?? at('');
        const next = nextRun(schedule, instant) ?? at('');
        expect(previous.getTime()).toBeLessThanOrEqual(instant.getTime());
        expect(next.getTime()).toBeGreaterThan(instant.getTime());
        expect(nextRun(schedule, previous)).toEqual(next);
        expect(previousRun(schedule, new Date(next.getTime() - 1))).toEqual(previous);
      },
    ),
  );
});
