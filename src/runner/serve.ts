/** The single machine's daemon: schedules, resumption, health and metrics until it is told to stop. */
import type { Registry } from 'prom-client';
import { type Clock, systemClock } from './clock.ts';
import { checkJournal, checkScheduler, type HealthCheck, reportHealth } from './health.ts';
import type { Journal } from './journal/journal.ts';
import { createMetrics } from './metrics.ts';
import type { Runner } from './runner.ts';
import { createScheduler, type ScheduledRun, type SchedulerEvent } from './scheduler.ts';
import { openStatusServer } from './status-server.ts';

export interface ServeOptions {
  readonly runner: Runner;
  readonly journal: Journal;
  readonly schedules: readonly ScheduledRun[];
  /** Of /health and /metrics on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** Executions at a time. */
  readonly concurrency: number;
  /** How long running executions may go on after the signal. */
  readonly graceMilliseconds: number;
  /** Aborted by SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Further checks of /health, by name. */
  readonly checks?: Readonly<Record<string, HealthCheck>>;
  /** Adds metrics that are known elsewhere: ages of backups, sizes. */
  readonly registerMetrics?: (registry: Registry) => void;
  readonly onEvent?: (event: SchedulerEvent) => void;
}

export interface Serving {
  readonly port: number;
  /** Takes a changed configuration; what runs goes on as it started. */
  readonly reload: (schedules: readonly ScheduledRun[]) => void;
  /** Resolves when the signal was obeyed; what still runs can be resumed. */
  readonly done: Promise<void>;
}

/** @throws UsageError when the port is in use */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { runner, journal, signal, checks = {} } = options;
  const clock = options.clock ?? systemClock();
  const scheduler = createScheduler({ ...options, clock });
  const { registry, observe } = createMetrics({ journal, scheduler });
  options.registerMetrics?.(registry);
  const server = await openStatusServer({
    port: options.port,
    registry,
    health: () =>
      reportHealth({
        scheduler: checkScheduler(scheduler, clock.now),
        journal: checkJournal(journal),
        ...checks,
      }),
  });
  const forget = runner.onEnded(observe);

  const work = async (): Promise<void> => {
    await scheduler.run(signal);
    await runner.close(options.graceMilliseconds);
    forget();
    await server.close();
  };
  return { port: server.port, reload: scheduler.replace, done: work() };
}
