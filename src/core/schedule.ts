/**
 * Schedules as EventBridge Scheduler reads them, evaluated here for the single machine.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 *
 * A wall-clock time that daylight saving skips does not run; one that comes twice runs once, the
 * first time (#daylist-savings-time of that page). A rate counts elapsed time: `days` are 24 hours.
 * There, a rate starts when its schedule is created; here it is aligned to 1970-01-01T00:00Z, so that
 * a restart or a second machine finds the same times: rate(1 hour) runs on the hour, UTC.
 */
import type { Cron } from 'croner';
import { UsageError } from './errors.ts';
import { parseCron } from './schedule-cron.ts';
import { firstInstant, isTimeZone, wallTime } from './zoned-time.ts';

export interface Schedule {
  readonly expression: string;
  /** IANA; a rate does not depend on it. */
  readonly timezone: string;
  readonly rule:
    | { readonly kind: 'cron'; readonly cron: Cron }
    | { readonly kind: 'rate'; readonly periodMs: number };
}

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** Throws UsageError SCHEDULE_INVALID or TIMEZONE_INVALID, saying what is allowed. */
export function parseSchedule(expression: string, timezone = 'UTC'): Schedule {
  if (!isTimeZone(timezone)) {
    throw new UsageError(`"${timezone}" is not a time zone`, {
      code: 'TIMEZONE_INVALID',
      hint: 'Write an IANA name, such as Europe/Paris or UTC.',
    });
  }
  return { expression, timezone, rule: parseRule(expression) };
}

function parseRule(expression: string): Schedule['rule'] {
  const [, kind, body] = /^(cron|rate)\((.*)\)$/.exec(expression.trim()) ?? [];
  if (kind === 'cron') return { kind, cron: parseCron(String(body)) };
  if (kind === 'rate') return { kind, periodMs: parseRate(String(body)) };
  throw new UsageError(`schedule "${expression}" is neither cron(…) nor rate(…)`, {
    code: 'SCHEDULE_INVALID',
    hint: 'Allowed: such as cron(0 2 * * ? *) or rate(1 hour).',
  });
}

function parseRate(body: string): number {
  const [, value, unit] = /^\s*([1-9]\d{0,4})\s+(minute|hour|day)s?\s*$/.exec(body) ?? [];
  if (value === undefined) {
    throw new UsageError(`rate schedule: "${body}" is not a number and a unit`, {
      code: 'SCHEDULE_INVALID',
      hint: 'Allowed: rate(N unit), N from 1 to 99999, unit minutes, hours or days.',
    });
  }
  return Number(value) * unitMs[unit as keyof typeof unitMs];
}

/** The first run strictly after `after`; undefined when there is none any more. */
export function nextRun(schedule: Schedule, after: Date): Date | undefined {
  const { rule, timezone } = schedule;
  if (rule.kind === 'rate') {
    return new Date((Math.floor(after.getTime() / rule.periodMs) + 1) * rule.periodMs);
  }
  let wall = rule.cron.nextRun(wallTime(after, timezone));
  while (wall) {
    const instant = firstInstant(wall, timezone);
    if (instant && instant > after) return instant;
    wall = rule.cron.nextRun(wall);
  }
  return undefined;
}

/** No zone has ever set its clocks back by more. */
const longestFoldMs = 24 * 3_600_000;

/** The last run at or before `at`; undefined when there was none since 1970. */
export function previousRun(schedule: Schedule, at: Date): Date | undefined {
  const { rule, timezone } = schedule;
  if (rule.kind === 'rate') {
    return new Date(Math.floor(at.getTime() / rule.periodMs) * rule.periodMs);
  }
  // In a repeated hour, readings later than the present one may already have run.
  let wall = new Date(wallTime(at, timezone).getTime() + longestFoldMs);
  for (;;) {
    const [earlier] = rule.cron.previousRuns(1, wall);
    if (!earlier) return undefined;
    const instant = firstInstant(earlier, timezone);
    if (instant && instant <= at) return instant;
    wall = earlier;
  }
}
