/** What the schedules of a configuration start: backups and drills, by time and zone. */
import { hash } from 'node:crypto';
import type { Standby } from './config/deployment.ts';
import type { SourceBase } from './config/source.ts';

export interface Timing {
  /** `cron(…)` or `rate(…)`, as written in the configuration. */
  readonly expression: string;
  /** IANA name. */
  readonly timezone: string;
}

type TimedMachine = 'backup' | 'drill' | 'retain';

export interface TimedRun extends Timing {
  readonly machine: TimedMachine;
  readonly source: string;
  /** Of a backup. */
  readonly policy?: string;
}

/** One execution that is due, with the name that makes a second start of it harmless. */
export interface DueRun {
  readonly machine: TimedMachine;
  /** At most 80 characters of `[a-z0-9TZ-]`, unique by machine, source, policy and time. */
  readonly name: string;
  readonly input: Readonly<Record<string, string>>;
}

type Sources = Readonly<Record<string, SourceBase>>;

interface Scheduling {
  readonly sources: Sources;
  readonly deploy: { readonly standby?: Standby | undefined };
}

/** What a deployment starts by itself: all that has a schedule, or the little that a stack does that stands by. */
export const startedRuns = ({ sources, deploy: { standby } }: Scheduling): TimedRun[] =>
  standby === undefined ? timedRuns(sources) : standbyRuns(sources, standby);

function standbyRuns(sources: Sources, { retention, drills, timezone }: Standby): TimedRun[] {
  return Object.entries(sources).flatMap(([source, { drill }]): TimedRun[] => [
    { machine: 'retain', source, expression: retention, timezone },
    ...(drill === undefined || drills === 'off'
      ? []
      : [{ machine: 'drill' as const, source, expression: drills, timezone }]),
  ]);
}

/** Every run with a schedule, source by source. */
export function timedRuns(sources: Sources): TimedRun[] {
  return Object.entries(sources).flatMap(([source, { policies, drill }]) => [
    ...Object.entries(policies).flatMap(([policy, { schedule, timezone }]): TimedRun[] =>
      schedule === undefined
        ? []
        : [{ machine: 'backup', source, policy, expression: schedule, timezone }],
    ),
    ...(drill?.schedule === undefined
      ? []
      : [
          {
            machine: 'drill' as const,
            source,
            expression: drill.schedule,
            timezone: drill.timezone,
          },
        ]),
  ]);
}

/** One for each distinct time and zone: however many sources, so many schedules are enough. */
export function distinctTimings(sources: Sources): Timing[] {
  const runs = timedRuns(sources);
  const byKey = new Map(
    runs.map(({ expression, timezone }) => [`${expression} ${timezone}`, { expression, timezone }]),
  );
  return [...byKey.values()];
}

/** What starts when the schedule with that expression and zone fires for `scheduledTime`. */
export function dueRuns(runs: readonly TimedRun[], timing: Timing, scheduledTime: Date): DueRun[] {
  return runs
    .filter(
      ({ expression, timezone }) =>
        expression === timing.expression && timezone === timing.timezone,
    )
    .map((run) => ({
      machine: run.machine,
      name: executionName(runName(run), scheduledTime),
      input: inputOf(run, scheduledTime),
    }));
}

function inputOf({ source, policy }: TimedRun, scheduledTime: Date): DueRun['input'] {
  if (policy === undefined) return { source };
  return { source, policy, scheduledTime: scheduledTime.toISOString() };
}

/** With the time after it, a name has at most 80 characters: Step Functions allows no more. */
const longestName = 62;

/** `backup-orders-daily`, `drill-orders`; one that is too long ends in a digest of the whole. */
export function runName(run: Pick<TimedRun, 'machine' | 'source' | 'policy'>): string {
  const { machine, source, policy } = run;
  const name = [machine, source, ...(policy === undefined ? [] : [policy])].join('-');
  if (name.length <= longestName) return name;
  const digest = hash('sha256', name).slice(0, 8);
  return `${name.slice(0, longestName - 9)}-${digest}`;
}

/** `backup-orders-daily-20261121T020000Z` */
export function executionName(run: string, scheduledTime: Date): string {
  return `${run}-${scheduledTime.toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
}
