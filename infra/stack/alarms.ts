/** Alarms whose limits follow from holdfast.yaml: the check that fell silent, the backup that never came. */
import type { Config } from '../../src/core/config/schema.ts';
import { type FigureName, metricNamespace } from '../../src/core/figures.ts';
import { nextRun, parseSchedule } from '../../src/core/schedule.ts';
import { timedRuns } from '../../src/core/scheduled-runs.ts';
import { ref } from './names.ts';
import type { Resource, Resources } from './resource.ts';

const hour = 3600;
const day = 24 * hour;
/** Of the periods of an alarm together: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const longest = 7 * day;

export function alarmResources(stage: string, config: Config): Resources {
  const backups = timedRuns(config.sources).filter(({ machine }) => machine === 'backup');
  return { ...watchAlarms(stage, config), ...noBackup(stage, backups) };
}

/** Of the health check, which a stack without backups of its own has too. */
export function watchAlarms(stage: string, config: Config): Resources {
  const quiet = Math.max(900, 3 * longestGap([{ expression: config.health.schedule }]));
  return {
    SilentAlarm: alarm(stage, {
      name: 'silent',
      description: `The health check has said nothing for ${text(quiet)}: look at the executions of health.`,
      metric: 'HealthChecks',
      missing: 'breaching',
      ...below(1, quiet),
    }),
    StaleAlarm: alarm(stage, {
      name: 'stale',
      description:
        'A source has no verified backup as young as its RPO asks, or a run was missed: holdfast status.',
      metric: 'StaleSources',
      // That nothing is said at all is the other alarm.
      missing: 'notBreaching',
      ...above(0, quiet),
    }),
  };
}

/**
 * Twice the pause of the most frequent schedule, and an hour to run, without any backup is a fault. Where
 * that is longer than an alarm can look back, the stale alarm is alone.
 */
function noBackup(stage: string, backups: readonly Timed[]): Resources {
  const times = new Map(backups.map((timed) => [`${timed.expression} ${timed.timezone}`, timed]));
  const gaps = [...times.values()].map((timed) => longestGap([timed]));
  const seconds = 2 * Math.min(...gaps) + hour;
  if (seconds > longest) return {};
  const NoBackupAlarm = alarm(stage, {
    name: 'no-backup',
    description: `No backup of any source was verified for ${text(seconds)}: holdfast executions --stage ${stage}.`,
    metric: 'VerifiedBackups',
    missing: 'breaching',
    ...below(1, seconds),
  });
  return { NoBackupAlarm };
}

interface Planned {
  readonly name: string;
  readonly description: string;
  readonly metric: FigureName;
  readonly missing: 'breaching' | 'notBreaching';
  readonly Statistic: 'Sum' | 'Maximum';
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly Period: number;
  readonly EvaluationPeriods: number;
}

function alarm(stage: string, planned: Planned): Resource {
  const { name, description, metric, missing, ...limits } = planned;
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `holdfast-${stage}-${name}`,
      AlarmDescription: description,
      Namespace: metricNamespace,
      MetricName: metric,
      Dimensions: [{ Name: 'service', Value: `holdfast-${stage}` }],
      ...limits,
      TreatMissingData: missing,
      AlarmActions: [ref('AlertTopic')],
      OKActions: [ref('AlertTopic')],
    },
  };
}

const below = (Threshold: number, seconds: number) =>
  ({
    Statistic: 'Sum',
    Threshold,
    ComparisonOperator: 'LessThanThreshold',
    ...over(seconds),
  }) as const;
const above = (Threshold: number, seconds: number) =>
  ({
    Statistic: 'Maximum',
    Threshold,
    ComparisonOperator: 'GreaterThanThreshold',
    ...over(seconds),
  }) as const;

/** Whole days where one period is too short; every one of them has to breach. */
function over(seconds: number): { readonly Period: number; readonly EvaluationPeriods: number } {
  if (seconds <= day) return { Period: Math.ceil(seconds / 60) * 60, EvaluationPeriods: 1 };
  return { Period: day, EvaluationPeriods: Math.ceil(Math.min(seconds, longest) / day) };
}

interface Timed {
  readonly expression: string;
  readonly timezone?: string;
}

/** So many runs show the rhythm of a schedule, and the same ones each time the stack is made. */
const looked = 10;
const from = new Date('2026-01-01T00:00:00Z');

function gaps({ expression, timezone = 'UTC' }: Timed): number[] {
  const schedule = parseSchedule(expression, timezone);
  const runs: Date[] = [];
  for (let after: Date | undefined = from; after && runs.length < looked; ) {
    after = nextRun(schedule, after);
    if (after) runs.push(after);
  }
  const distances = runs
    .slice(1)
    .map((run, index) => (run.getTime() - Number(runs[index]?.getTime())) / 1000);
  // What runs once is waited for as long as an alarm can wait.
  return distances.length > 0 ? distances : [longest];
}

/** Nights and weekends count. */
const longestGap = (timed: readonly Timed[]): number => Math.max(...timed.flatMap(gaps));

const text = (seconds: number): string =>
  seconds < 2 * hour
    ? `${Math.round(seconds / 60)} minutes`
    : seconds < 2 * day
      ? `${Math.round(seconds / hour)} hours`
      : `${Math.round(seconds / day)} days`;
