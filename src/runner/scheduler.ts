/**
 * Starts executions when their schedules say so. What was missed while nobody looked is caught up
 * once, the latest only; runs of one source wait for each other; the rest wait for a free place.
 */
import type { Json } from '../core/canonical-json.ts';
import { type ErrorReport, reportError, UsageError } from '../core/errors.ts';
import { nextRun, previousRun, type Schedule } from '../core/schedule.ts';
import { executionName } from '../core/scheduled-runs.ts';
import type { Clock } from './clock.ts';
import type { Journal } from './journal/journal.ts';
import type { ExecutionRecord } from './journal/records.ts';
import type { Runner } from './runner.ts';

export interface ScheduledRun {
  /** Unique, part of its executions' names: `backup-orders-daily`. */
  readonly name: string;
  readonly schedule: Schedule;
  readonly machine: string;
  readonly input: (scheduledTime: Date) => Json;
  /** While such an execution runs, this one waits. */
  readonly overlaps: (running: ExecutionRecord) => boolean;
  /** What is known elsewhere of the last run, asked for when the journal knows nothing. */
  readonly lastRun?: () => Promise<Date | undefined>;
}

export type SchedulerEvent =
  | { readonly kind: 'started'; readonly run: string; readonly execution: string }
  | { readonly kind: 'queued'; readonly run: string; readonly scheduledTime: Date }
  | { readonly kind: 'resumed'; readonly execution: string }
  | { readonly kind: 'failed'; readonly run: string; readonly error: ErrorReport };

export interface SchedulerOptions {
  readonly runner: Runner;
  readonly journal: Journal;
  readonly schedules: readonly ScheduledRun[];
  readonly clock: Clock;
  /** Executions at a time, resumed ones included. */
  readonly concurrency: number;
  readonly onEvent?: (event: SchedulerEvent) => void;
}

export interface Scheduler {
  /** One look at the clock: queues what is due, starts what may start. */
  tick(): Promise<void>;
  /** Looks until the signal is aborted. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  replace(schedules: readonly ScheduledRun[]): void;
  readonly state: () => SchedulerState;
}

export interface SchedulerState {
  readonly lastTick: Date | undefined;
  readonly queued: readonly string[];
  readonly next: readonly { readonly name: string; readonly at: Date }[];
  /** Of the last tick. */
  readonly error: ErrorReport | undefined;
}

/** A look at least so often: a clock may jump, an execution may end, a process may die. */
const longestNapMilliseconds = 5_000;

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { clock } = options;
  let schedules = options.schedules;
  const queue = new Map<string, Date>();
  let lastTick: Date | undefined;
  let error: ErrorReport | undefined;

  const tick = async (): Promise<void> => {
    const now = clock.now();
    try {
      for (const { id } of await options.runner.resumeDead()) {
        options.onEvent?.({ kind: 'resumed', execution: id });
      }
      for (const run of schedules) await queueDue(run, { ...options, queue, now });
      error = await startQueued(schedules, { ...options, queue });
    } catch (cause) {
      error = reportError(cause);
      options.onEvent?.({ kind: 'failed', run: '', error });
    }
    lastTick = now;
  };

  return {
    tick,
    run: async (signal) => {
      while (!signal.aborted) {
        await tick();
        await clock.sleep(napFor(schedules, clock.now()), signal).catch(() => undefined);
      }
    },
    replace: (replacement) => {
      schedules = replacement;
      const names = new Set(schedules.map(({ name }) => name));
      for (const name of queue.keys()) if (!names.has(name)) queue.delete(name);
    },
    state: () => ({
      lastTick,
      error,
      queued: [...queue.keys()],
      next: schedules.flatMap(({ name, schedule }) => {
        const at = nextRun(schedule, clock.now());
        return at === undefined ? [] : [{ name, at }];
      }),
    }),
  };
}

function napFor(schedules: readonly ScheduledRun[], now: Date): number {
  const next = schedules.map(({ schedule }) => nextRun(schedule, now)?.getTime());
  const soonest = Math.min(...next.filter((time) => time !== undefined), Number.POSITIVE_INFINITY);
  return Math.max(1, Math.min(longestNapMilliseconds, soonest - now.getTime()));
}

type Queueing = SchedulerOptions & { readonly queue: Map<string, Date> };

/** A later time replaces an earlier one that still waits: one run makes up for both. */
async function queueDue(run: ScheduledRun, at: Queueing & { readonly now: Date }): Promise<void> {
  const { journal, queue, now } = at;
  const due = previousRun(run.schedule, now);
  if (due === undefined) return;
  const last = journal.slots.last(run.name) ?? (await baseline(run, at));
  if (due <= last || queue.get(run.name)?.getTime() === due.getTime()) return;
  queue.set(run.name, due);
  at.onEvent?.({ kind: 'queued', run: run.name, scheduledTime: due });
}

/** A schedule nobody has seen before missed nothing: it begins now. */
async function baseline(
  run: ScheduledRun,
  { journal, now }: Queueing & { now: Date },
): Promise<Date> {
  const last = (await run.lastRun?.()) ?? now;
  journal.slots.remember(run.name, last);
  return last;
}

/** Returns the last failure to start: one schedule that cannot must not hold up the others. */
async function startQueued(
  schedules: readonly ScheduledRun[],
  at: Queueing,
): Promise<ErrorReport | undefined> {
  let failure: ErrorReport | undefined;
  for (const run of schedules) {
    const scheduledTime = at.queue.get(run.name);
    if (scheduledTime === undefined) continue;
    const running = at.runner.list({ status: 'RUNNING' }).filter(isOutermost);
    if (running.length >= at.concurrency) return failure;
    if (running.some(run.overlaps)) continue;
    failure = (await startOne(run, scheduledTime, at)) ?? failure;
  }
  return failure;
}

const isOutermost = ({ parent }: ExecutionRecord): boolean => parent === undefined;

/** The name follows from the time, so a start whose remembering was lost is not made twice. */
async function startOne(
  run: ScheduledRun,
  scheduledTime: Date,
  { runner, journal, queue, onEvent }: Queueing,
): Promise<ErrorReport | undefined> {
  const name = executionName(run.name, scheduledTime);
  try {
    const { id } = await runner.start(run.machine, run.input(scheduledTime), { name });
    onEvent?.({ kind: 'started', run: run.name, execution: id });
  } catch (cause) {
    if (!(cause instanceof UsageError && cause.code === 'EXECUTION_EXISTS')) {
      const error = reportError(cause);
      onEvent?.({ kind: 'failed', run: run.name, error });
      return error;
    }
  }
  journal.slots.remember(run.name, scheduledTime);
  queue.delete(run.name);
  return undefined;
}
