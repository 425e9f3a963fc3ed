/** Figures for Prometheus: what ended here, and what the journal knows. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Json } from '../core/canonical-json.ts';
import type { Journal } from './journal/journal.ts';
import type { ExecutionRecord } from './journal/records.ts';
import type { Scheduler } from './scheduler.ts';

export interface Metrics {
  readonly registry: Registry;
  readonly observe: (ended: ExecutionRecord) => void;
}

export interface MetricsParts {
  readonly journal: Journal;
  readonly scheduler: Scheduler;
}

const durationBuckets = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400];

export function createMetrics({ journal, scheduler }: MetricsParts): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const ended = new Counter({
    name: 'holdfast_executions_total',
    help: 'Executions that ended since this process started.',
    labelNames: ['machine', 'source', 'status', 'outcome'],
    registers,
  });
  const duration = new Histogram({
    name: 'holdfast_execution_duration_seconds',
    help: 'How long they took.',
    labelNames: ['machine', 'status'],
    buckets: durationBuckets,
    registers,
  });
  collectJournal(journal, registers);
  collectScheduler(scheduler, registers);

  return {
    registry,
    observe: (record) => {
      const { machine, status } = record;
      const outcome = field(record.output, 'outcome');
      ended.inc({ machine, source: field(record.input, 'source'), status, outcome });
      duration.observe({ machine, status }, secondsOf(record));
    },
  };
}

function collectJournal(journal: Journal, registers: Registry[]): void {
  new Gauge({
    name: 'holdfast_executions_running',
    help: 'Executions that run now.',
    labelNames: ['machine'],
    registers,
    collect() {
      this.reset();
      for (const { machine } of journal.executions.list({ status: 'RUNNING' })) {
        this.inc({ machine });
      }
    },
  });
  new Gauge({
    name: 'holdfast_last_success_timestamp_seconds',
    help: 'When the last execution that succeeded ended.',
    labelNames: ['machine', 'source'],
    registers,
    collect() {
      this.reset();
      for (const { machine, source, stoppedAt } of journal.executions.lastSuccesses()) {
        this.set({ machine, source }, Date.parse(stoppedAt) / 1000);
      }
    },
  });
}

function collectScheduler(scheduler: Scheduler, registers: Registry[]): void {
  new Gauge({
    name: 'holdfast_scheduler_last_tick_timestamp_seconds',
    help: 'When the scheduler last looked at the clock.',
    registers,
    collect() {
      this.set((scheduler.state().lastTick?.getTime() ?? 0) / 1000);
    },
  });
  new Gauge({
    name: 'holdfast_scheduler_queued',
    help: 'Runs that are due and wait for a place or for their source.',
    registers,
    collect() {
      this.set(scheduler.state().queued.length);
    },
  });
  new Gauge({
    name: 'holdfast_schedule_next_run_timestamp_seconds',
    help: 'When each schedule runs next.',
    labelNames: ['schedule'],
    registers,
    collect() {
      this.reset();
      for (const { name, at } of scheduler.state().next) {
        this.set({ schedule: name }, at.getTime() / 1000);
      }
    },
  });
}

function field(value: Json | undefined, name: string): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return '';
  const found: unknown = (value as Record<string, Json>)[name];
  return typeof found === 'string' ? found : '';
}

const secondsOf = ({ startedAt, stoppedAt = startedAt }: ExecutionRecord): number =>
  (Date.parse(stoppedAt) - Date.parse(startedAt)) / 1000;
