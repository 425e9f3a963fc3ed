/** One schedule for each distinct time and zone: its execution maps over the sources that are due. */
import type { Config } from '../../src/core/config/schema.ts';
import { UsageError } from '../../src/core/errors.ts';
import { parseSchedule } from '../../src/core/schedule.ts';
import { startedRuns, type Timing } from '../../src/core/scheduled-runs.ts';
import { arnOf, digest, ref, type Value } from './names.ts';
import type { Resource, Resources } from './resource.ts';

export interface DueTime extends Timing {
  /** `orders/daily`, `orders drill`, `orders retain`. */
  readonly runs: readonly string[];
}

/** Leaves room for the rest within the 500 resources of a stack. */
const mostSchedules = 300;

/** A flexible window spreads the starts; short rates stay exact. */
const flexibleFromSeconds = 3600;

export function dueTimes(config: Config): DueTime[] {
  const runs = startedRuns(config);
  const times = Map.groupBy(runs, ({ expression, timezone }) => `${expression} ${timezone}`);
  if (times.size > mostSchedules) throw tooMany(times.size);
  return [...times.values()].map((group) => ({
    expression: String(group[0]?.expression),
    timezone: String(group[0]?.timezone),
    runs: group.map(({ machine, source, policy }) =>
      policy ? `${source}/${policy}` : `${source} ${machine}`,
    ),
  }));
}

function tooMany(count: number): UsageError {
  return new UsageError(`${count} distinct schedules; a stack holds ${mostSchedules}`, {
    code: 'TOO_MANY_SCHEDULES',
    hint: 'Give policies the same time and zone: one schedule starts any number of sources.',
  });
}

export function scheduleResources(stage: string, config: Config): Resources {
  const due = dueTimes(config).map((time) => {
    const input = {
      expression: time.expression,
      timezone: time.timezone,
      scheduledTime: '<aws.scheduler.scheduled-time>',
    };
    const id = digest(`${time.expression} ${time.timezone}`, 12);
    return [
      `Schedule${id}`,
      schedule({
        ...{ ...time, name: `holdfast-${stage}-${id}`, input },
        description: describe(time),
        target: ref('ScheduledMachine'),
      }),
    ] as const;
  });
  return { ...Object.fromEntries(due), ...healthSchedule(stage, config) };
}

function healthSchedule(stage: string, config: Config): Resources {
  const ScheduleHealth = schedule({
    name: `holdfast-${stage}-health`,
    expression: config.health.schedule,
    timezone: 'UTC',
    description: 'The dead-man check, escalation, the digest.',
    target: ref('HealthMachine'),
    input: {},
  });
  return { ScheduleHealth };
}

function describe({ expression, timezone, runs }: DueTime): string {
  const named = runs.slice(0, 3).join(', ');
  const more = runs.length > 3 ? ` and ${runs.length - 3} more` : '';
  return `${expression} ${timezone}: ${named}${more}`;
}

interface Planned {
  readonly name: string;
  readonly expression: string;
  readonly timezone: string;
  readonly description: string;
  readonly target: Value;
  /** Which may start it. */
  readonly role?: string;
  readonly input: object;
}

/** Retries and the queue cover the start of the execution alone, never its outcome. */
export function schedule(planned: Planned): Resource {
  return {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      Name: planned.name,
      GroupName: ref('ScheduleGroup'),
      Description: planned.description,
      ScheduleExpression: planned.expression,
      ScheduleExpressionTimezone: planned.timezone,
      FlexibleTimeWindow: flexibleWindow(planned.expression),
      State: 'ENABLED',
      KmsKeyArn: arnOf('ServiceKey'),
      Target: {
        Arn: planned.target,
        RoleArn: arnOf(planned.role ?? 'SchedulerRole'),
        Input: JSON.stringify(planned.input),
        RetryPolicy: { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 3600 },
        DeadLetterConfig: { Arn: arnOf('DeadLetters') },
      },
    },
  };
}

function flexibleWindow(expression: string) {
  const { rule } = parseSchedule(expression);
  const seconds = rule.kind === 'rate' ? rule.periodMs / 1000 : flexibleFromSeconds;
  if (seconds < flexibleFromSeconds) return { Mode: 'OFF' };
  return { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 };
}
